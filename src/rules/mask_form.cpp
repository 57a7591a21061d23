#include "umbra/rules/mask_form.h"

#include <algorithm>

#include "umbra/base/text.h"
#include "umbra/rules/stand_in.h"

namespace umbra::rules {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

// A '%' without two hex digits stands for itself, as in every browser (WHATWG URL, "percent-decode").
std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool coded =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (coded) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
                       c == '*' || c == '-' || c == '.' || c == '_';
    if (plain) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

bool is_one_of(std::string_view raw, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), decode(raw)) != names.end();
}

// The value to be masked in what stands between two '&'; null data where there is none.
std::string_view find_value(std::string_view pair, const std::vector<std::string>& names) {
  const size_t first = pair.find('=');
  if (first == pair.npos) return {};
  if (is_one_of(pair.substr(0, first), names)) return pair.substr(first + 1);
  for (size_t at = pair.find(';'); at != pair.npos;) {
    const std::string_view rest = pair.substr(++at);
    const size_t end = rest.find(';');
    const size_t equals = rest.substr(0, end).find('=');
    if (equals != rest.npos && is_one_of(rest.substr(0, equals), names)) return rest.substr(equals + 1);
    at = end == rest.npos ? pair.npos : at + end;
  }
  return {};
}

}  // namespace

bool mask_form(std::string_view body, const std::vector<std::string>& names, const MaskWith& with,
               Splice& splice) {
  if (body.find('\0') != body.npos) return false;
  while (!body.empty() && !splice.too_large()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    const std::string_view value = find_value(pair, names);
    if (value.data() != nullptr) splice.replace(value, encode(stand_in(with, decode(value))));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
  }
  return true;
}

}  // namespace umbra::rules
