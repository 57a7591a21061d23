// Rules on heads: whatever a configuration says and a stranger sends, the draft that is not spoiled is one
// head that reads as what the rules wrote, with the framing as it came.
//
// An input is lines of rules, an empty line, and a head.  A rule is a letter and its texts, each behind a
// tab; \r, \n and \0 in a text are those bytes.
#include <algorithm>
#include <array>

#include "input.h"
#include "strict_request.h"
#include "umbra/rules/program.h"

namespace umbra::fuzz {
namespace {

using namespace umbra::rules;

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() && text[i] == '\\' ? text[i + 1] : '\\';
    if (next == 'r' || next == 'n' || next == '0') {
      out.push_back(next == 'r' ? '\r' : next == 'n' ? '\n' : '\0');
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// The texts of a rule; those that are not there are empty.
using Texts = std::array<std::string, 3>;

Texts texts_of(std::string_view rest) {
  Texts texts;
  for (std::string& text : texts) {
    const size_t end = rest.find('\t');
    text = unescaped(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  return texts;
}

void add_step(char kind, const Texts& texts, std::vector<Step>& steps) {
  const auto& [one, two, three] = texts;
  switch (kind) {
    case 's':
      return static_cast<void>(steps.emplace_back(SetHeader{.name = one, .value = two}));
    case 'S':
      return static_cast<void>(steps.emplace_back(
          SetHeader{.name = one, .value = two, .first_line_only = true, .add_in_front = true}));
    case 'a':
      return static_cast<void>(steps.emplace_back(AddHeader{one, two}));
    case 'd':
      return static_cast<void>(steps.emplace_back(RemoveHeader{one}));
    case 'h':
      return static_cast<void>(steps.emplace_back(RewriteHeader{one, two, three, false}));
    case 't':
      return static_cast<void>(steps.emplace_back(RewriteTarget{{{one, two}}, false}));
    case 'p':
      return static_cast<void>(steps.emplace_back(PrefixPath{one}));
    case 'q':
      return static_cast<void>(steps.emplace_back(SetQuery{.name = one, .value = two}));
    case 'Q':
      return static_cast<void>(steps.emplace_back(SetQuery{.name = one, .value = two, .as_gor = true}));
    case 'x':
      return static_cast<void>(steps.emplace_back(RemoveQuery{one}));
    case 'm':
      return static_cast<void>(steps.emplace_back(MaskHead{
          .headers = {one}, .cookies = {two}, .query = {three}, .with = {.text = "***", .key = ""}}));
    case 'k':
      return static_cast<void>(steps.emplace_back(MaskHead{
          .headers = {one}, .cookies = {two}, .query = {three}, .with = {.text = "", .key = "key"}}));
    case 'T':
      return static_cast<void>(steps.emplace_back(Trace{static_cast<Trace::Mode>(one.size() % 4)}));
    case 'c':
      return static_cast<void>(steps.emplace_back(
          Choose{{{.target = one}}, {{.headers = {{.name = two, .pattern = three}}, .basic_auth = three}}}));
    case '%':
      return static_cast<void>(steps.emplace_back(
          Sample{.percent = 9000, .by = static_cast<Sample::By>(two.size() % 5), .name = one}));
    default:
      return;
  }
}

std::vector<Step> take_steps(std::string_view& rest) {
  std::vector<Step> steps;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty()) break;
    if (steps.size() < 16)
      add_step(line.front(), texts_of(line.substr(std::min<size_t>(line.size(), 2))), steps);
  }
  return steps;
}

bool frames(std::string_view name) {
  const std::string lower_name = lower(name);
  return lower_name == "content-length" || lower_name == "transfer-encoding" || lower_name == "connection";
}

std::string head_of(const Draft& draft) {
  std::string text = std::string(draft.method()) + " " + std::string(draft.target()) + " HTTP/1.1\r\n";
  for (const Draft::Field& field : draft.fields()) text += field.line;
  for (const http::Field& field : draft.received().fields()) {
    if (!draft.changed()) text += field.line;
  }
  return text + "\r\n";
}

template <typename Fields>
std::string framing_of(const Fields& fields) {
  std::string lines;
  for (const auto& field : fields) {
    if (frames(field.name)) lines += field.line;
  }
  return lines;
}

// The last step's own promise.
void check_last(const Step& last, const Draft& draft) {
  if (const auto* set = std::get_if<SetHeader>(&last); set != nullptr && !set->first_line_only) {
    size_t lines = 0;
    draft.each_field([&](std::string_view name, std::string_view) {
      if (lower(name) == lower(set->name)) ++lines;
      return true;
    });
    require(lines == 1 && draft.header(set->name) == set->value, "a header that was set", set->value,
            draft.header(set->name));
  }
  if (const auto* mask = std::get_if<MaskHead>(&last); mask != nullptr && mask->with.key.empty()) {
    draft.each_field([&](std::string_view name, std::string_view value) {
      require(lower(name) != lower(mask->headers[0]) || value == "***", "a header that was masked", value);
      return true;
    });
  }
}

void check(const Draft& draft) {
  const std::string text = head_of(draft);
  http::Head again;
  Opaque reason = Opaque::none;
  const auto verdict = again.parse(http::Side::request, text, reason);
  if (reason == Opaque::too_many_fields) return;
  require(verdict == http::Head::Verdict::complete, "the draft is a head", text);
  require(again.raw().size() == text.size(), "and nothing behind it", text, again.raw());
  require_equal(again.method(), draft.method(), "method");
  require_equal(again.target(), draft.target(), "target");
  size_t i = 0;
  draft.each_field([&](std::string_view name, std::string_view value) {
    require(i < again.fields().size(), "as many fields", text);
    require_equal(again.fields()[i].name, name, "name");
    require_equal(again.fields()[i].value, trimmed(value), "value");
    ++i;
    return true;
  });
  require(i == again.fields().size(), "no more fields", text);
  require_equal(framing_of(again.fields()), framing_of(draft.received().fields()), "framing");
}

void run(const Program& program, const std::vector<Step>& steps, const http::Head& head) {
  Exchange exchange;
  exchange.client = "192.0.2.1";
  exchange.draw = head.raw().size() * 0x9e3779b97f4a7c15u;
  Draft draft;
  Draft second;
  const ProgramStatePtr state = program.state(1, 0, 1);
  const ProgramStatePtr other = program.state(1, 0, 1);
  // Twice: the draft and the state are used again and again.
  for (int i = 0; i < 2; ++i) {
    draft.begin(head);
    second.begin(head);
    const Verdict verdict = program.run(draft, exchange, *state);
    require(program.run(second, exchange, *other).outcome == verdict.outcome, "the same outcome");
    require(!program.describe(verdict).empty(), "a verdict has words");
    require((verdict.outcome == Outcome::rule_error) == draft.spoiled(), "spoiled is a rule_error");
    if (verdict.outcome != Outcome::copy) continue;
    check(draft);
    require_equal(head_of(draft), head_of(second), "the same draft");
    if (!steps.empty()) check_last(steps.back(), draft);
  }
}

}  // namespace
}  // namespace umbra::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace umbra::fuzz;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  umbra::rules::Options options;
  options.steps = take_steps(rest);
  const auto program = umbra::rules::Program::compile(options);
  if (!program) {
    require(!program.error().detail.empty(), "an error says something");
    return 0;
  }
  umbra::http::Head head;
  umbra::Opaque reason = umbra::Opaque::none;
  if (head.parse(umbra::http::Side::request, rest, reason) != umbra::http::Head::Verdict::complete) return 0;
  run(**program, options.steps, head);
  return 0;
}
