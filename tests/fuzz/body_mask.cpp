// BodyMask with bodies of every type: what it masks is what a walk through nlohmann's document says, at those
// paths and nowhere else; what it calls JSON is JSON, and what it calls none is none.
#include "umbra/rules/body_mask.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "input.h"
#include "umbra/rules/inflate.h"
#include "umbra/rules/json_reader.h"

namespace umbra::fuzz {
namespace {

using nlohmann::json;
using rules::BodyMask;
using Steps = std::vector<std::string>;

constexpr size_t kMost = 64 * 1024;
constexpr const char* kMask = "masked";

// The same paths twice: as the mask is told them, and as the walk understands them.
const std::vector<std::pair<std::string, Steps>> kPaths{
    {"a", {"a"}},          {"a.b", {"a", "b"}}, {"*.b", {"*", "b"}},
    {"**.c", {"**", "c"}}, {"1", {"1"}},        {"a.**.b.*", {"a", "**", "b", "*"}},
    {"**", {"**"}},
};

bool leads(const Steps& path, size_t from, const Steps& place, size_t at) {
  if (from == path.size()) return at == place.size();
  if (path[from] == "**") {
    return leads(path, from + 1, place, at) || (at < place.size() && leads(path, from, place, at + 1));
  }
  return at < place.size() && (path[from] == "*" || path[from] == place[at]) &&
         leads(path, from + 1, place, at + 1);
}

// The document as it should become.
void mask(json& value, const std::vector<Steps>& paths, Steps& place) {
  if (std::any_of(paths.begin(), paths.end(), [&](const Steps& path) { return leads(path, 0, place, 0); })) {
    value = kMask;
    return;
  }
  size_t index = 0;
  for (auto item = value.begin(); value.is_structured() && item != value.end(); ++item) {
    place.push_back(value.is_object() ? item.key() : std::to_string(index++));
    mask(*item, paths, place);
    place.pop_back();
  }
}

// Where nlohmann and the reader are known to differ: see json_reader_test.cpp.
size_t depth_of(std::string_view text) {
  size_t depth = 0;
  size_t most = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && (text[i] == '{' || text[i] == '['))
      most = std::max(most, ++depth);
    else if (!quoted && (text[i] == '}' || text[i] == ']') && depth > 0)
      --depth;
  }
  return most;
}

bool beyond_comparison(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") || text.find('\0') != text.npos ||
         depth_of(text) > rules::JsonReader::kDepthMax;
}

void check_json(std::string_view body, uint8_t choice) {
  rules::MaskBody options;
  std::vector<Steps> paths;
  for (size_t i = 0; i < kPaths.size(); ++i) {
    if ((choice >> i & 1) == 0) continue;
    options.json.push_back(kPaths[i].first);
    paths.push_back(kPaths[i].second);
  }
  if (paths.empty()) return;
  options.with.text = kMask;
  const auto result = (*BodyMask::compile(options))->apply(body, "application/json", "", kMost);
  if (result.outcome == BodyMask::Outcome::too_large || beyond_comparison(body)) return;
  const json parsed = json::parse(body, nullptr, false);
  if (result.outcome == BodyMask::Outcome::cannot_read) {
    return require(body.empty() || parsed.is_discarded(), "what is called no JSON is none", body);
  }
  // A number too large for a double is JSON, but not for nlohmann.
  if (parsed.is_discarded()) return;
  json expected = parsed;
  Steps place;
  mask(expected, paths, place);
  const bool masked = result.outcome == BodyMask::Outcome::masked;
  const std::string_view made = masked ? std::string_view(result.body) : body;
  const json actual = json::parse(made, nullptr, false);
  require(!actual.is_discarded(), "what was masked is JSON", body, made);
  require(actual == expected, "the paths are masked, and nothing else", body, made);
  require(masked || expected == parsed, "unchanged: nothing stands at the paths", body);
}

// One more time finds nothing more: each masked field has the mask for its value.
void check_form(std::string_view body) {
  rules::MaskBody options;
  options.form = {"a", "b c"};
  options.with.text = kMask;
  const auto mask = *BodyMask::compile(options);
  const auto once = mask->apply(body, "application/x-www-form-urlencoded", "", kMost);
  if (once.outcome != BodyMask::Outcome::masked) return;
  const auto twice = mask->apply(once.body, "application/x-www-form-urlencoded", "", kMost);
  require(twice.outcome == BodyMask::Outcome::masked, "the fields stay", body, once.body);
  require_equal(once.body, twice.body, "and have their masks");
}

// Whatever the labels say, it ends, within its bound.
void check_labels(std::string_view body, uint8_t choice) {
  constexpr std::string_view types[] = {
      "application/json", "application/x-ndjson", "application/x-www-form-urlencoded",
      "text/plain",       "multipart/mixed",      "",
      "image/png"};
  constexpr std::string_view codings[] = {"gzip", "deflate", "identity", "br"};
  rules::MaskBody options;
  options.json = {"**.a"};
  options.form = {"a"};
  options.with.key = "key";
  const auto result =
      (*BodyMask::compile(options))->apply(body, types[choice % 7], codings[choice / 7 % 4], 4096);
  require(result.body.size() <= 4096, "within the bound", body, result.body);
  require((result.outcome == BodyMask::Outcome::masked) == !result.body.empty(), "a body if masked", body);
  for (const std::string_view coding : codings) {
    const auto unpacked = rules::unpack(body, coding, 4096);
    require(unpacked.body.size() <= 4096, "within the bound", body);
  }
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  Input input(data, size);
  const uint8_t choice = input.choice();
  // In memory of its own size, so that a look behind it is seen.
  feed(input.rest(), {}, [choice](std::string_view body) {
    check_json(body, choice);
    check_form(body);
    check_labels(body, choice);
  });
  return 0;
}
