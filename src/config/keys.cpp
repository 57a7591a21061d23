#include "umbra/config/keys.h"

#include <algorithm>
#include <deque>
#include <iterator>

#include "umbra/config/key_tables.h"

namespace umbra::config {
namespace {

// A condition has the same parts in both lists.
constexpr std::string_view kAllow = "shadows[].allow[]";
constexpr std::string_view kDeny = "shadows[].deny[]";

std::vector<Key> joined() {
  static std::deque<std::string> paths;  // their addresses hold
  std::vector<Key> all;
  for (const auto table : {server_keys(), shadow_keys(), mirror_keys()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  const auto is_part = [](const Key& key) { return key.path.starts_with(kAllow); };
  std::vector<Key> parts;
  std::copy_if(all.begin(), all.end(), std::back_inserter(parts), is_part);
  for (Key& part : parts) {
    part.path = paths.emplace_back(std::string(kDeny) + std::string(part.path.substr(kAllow.size())));
  }
  const auto deny =
      std::find_if(all.begin(), all.end(), [](const Key& key) { return key.path == "shadows[].deny"; });
  all.insert(deny + 1, parts.begin(), parts.end());
  return all;
}

}  // namespace

std::span<const Key> keys() {
  static const std::vector<Key> all = joined();
  return all;
}

const Key* find_key(std::string_view path) {
  const auto all = keys();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Key& key) { return !path.empty() && key.path == path; });
  return found == all.end() ? nullptr : &*found;
}

const Key* find_flag(std::string_view flag) {
  const auto all = keys();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Key& key) { return !flag.empty() && key.flag.name == flag; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<const Key*> keys_below(std::string_view section) {
  std::vector<const Key*> below;
  for (const Key& key : keys()) {
    if (key.path.empty()) continue;
    const size_t dot = key.path.rfind('.');
    if (section == (dot == key.path.npos ? std::string_view() : key.path.substr(0, dot)))
      below.push_back(&key);
  }
  return below;
}

std::string section_path(const Key& key) {
  return std::string(key.path) + (key.shape == Shape::sections ? "[]" : "");
}

std::vector<std::string_view> words_of(const Key& key) {
  std::vector<std::string_view> words;
  for (std::string_view rest = key.words; !rest.empty();) {
    const size_t bar = rest.find('|');
    words.push_back(rest.substr(0, bar));
    rest = bar == rest.npos ? std::string_view() : rest.substr(bar + 1);
  }
  return words;
}

std::string expectation(const Key& key) {
  if (key.type != Type::choice) return std::string(key.expected);
  const auto words = words_of(key);
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string variable_of(const Flag& flag) {
  std::string name = "UMBRA_";
  for (const char c : flag.name) {
    name += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

}  // namespace umbra::config
