// What a Content-Type says of a body, as far as masking cares.
#pragma once

#include <cstdint>
#include <string_view>

namespace umbra::rules {

enum class BodyType : uint8_t {
  json,        // application/json, text/json, x-json, +json and others that are JSON under another name
  json_lines,  // one JSON text a line: ndjson, jsonl
  form,        // application/x-www-form-urlencoded and misspellings of it
  text,        // text/plain: browsers call what a script sends so (navigator.sendBeacon, fetch)
  form_parts,  // multipart/form-data
  unreadable,  // it may well hold fields, but they cannot be found: json-seq, other multipart, no type at all
  other,       // holds no fields
};

// In any case and with any parameters.
BodyType body_type_of(std::string_view content_type);

// Whether a body that is not called JSON is likely to be read as JSON all the same: it begins with a brace or
// bracket.  (curl -d sends JSON as a form, browsers as plain text.)
bool looks_like_json(std::string_view body) noexcept;

}  // namespace umbra::rules
