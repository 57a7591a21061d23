#include "umbra/rules/body_type.h"

#include <algorithm>
#include <array>
#include <string>

#include "umbra/base/text.h"

namespace umbra::rules {
namespace {

constexpr std::array<std::string_view, 5> kJson{"json", "x-json", "csp-report", "json-rpc", "jsonrequest"};
constexpr std::array<std::string_view, 6> kJsonLines{"ndjson",  "x-ndjson",  "jsonl",
                                                     "x-jsonl", "jsonlines", "x-jsonlines"};

template <size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

BodyType body_type_of(std::string_view content_type) {
  const std::string type = lower_case(trim_blanks(content_type.substr(0, content_type.find(';'))));
  const size_t slash = type.find('/');
  // None, not one, or two of them in one list: a shadow may read the body as anything.
  if (slash == type.npos || type.find_first_of(", \t") != type.npos) return BodyType::unreadable;
  const std::string_view subtype = std::string_view(type).substr(slash + 1);

  if (type == "text/plain") return BodyType::text;
  if (type == "multipart/form-data") return BodyType::form_parts;
  if (type.starts_with("multipart/")) return BodyType::unreadable;
  if (contains(subtype, "urlencoded")) return BodyType::form;
  if (subtype.ends_with("+json") || is_one_of(subtype, kJson)) return BodyType::json;
  if (is_one_of(subtype, kJsonLines)) return BodyType::json_lines;
  // json-seq, json5, jsonp ...; and several lines of Content-Type in one.
  const bool doubtful = contains(subtype, "json") || contains(content_type, ",");
  return doubtful ? BodyType::unreadable : BodyType::other;
}

bool looks_like_json(std::string_view body) noexcept {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  const size_t first = body.find_first_not_of(" \t\r\n");
  return first != body.npos && (body[first] == '{' || body[first] == '[');
}

}  // namespace umbra::rules
