#include "umbra/rules/json_reader.h"

#include "umbra/base/text.h"

namespace umbra::rules {
namespace {

// The value of four hex digits at the start of `text`, or -1.
int hex4(std::string_view text) noexcept {
  if (text.size() < 4) return -1;
  int value = 0;
  for (const char c : text.substr(0, 4)) {
    const char lower = ascii_lower(c);
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (lower >= 'a' && lower <= 'f') digit = lower - 'a' + 10;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

constexpr bool is_high_surrogate(int unit) { return unit >= 0xd800 && unit <= 0xdbff; }
constexpr bool is_low_surrogate(int unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

void append_utf8(std::string& out, int code) {
  const auto put = [&out](int byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

// What the letter behind a backslash stands for; `u` is not among them.
char escaped_byte(char letter) noexcept {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;  // a quote, a slash or a backslash
  }
}

// `rest` begins behind "\u"; says how many bytes the code point takes from there.
size_t append_code_point(std::string& out, std::string_view rest) {
  const int unit = hex4(rest);
  if (!is_high_surrogate(unit)) {
    append_utf8(out, unit);
    return 4;
  }
  append_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (hex4(rest.substr(6)) - 0xdc00));
  return 10;
}

}  // namespace

JsonReader::Token JsonReader::next() noexcept {
  if (faulty_) return {Kind::fault, {}};
  skip_blanks();
  switch (expected_) {
    case Expected::value:
      return read_value();
    case Expected::value_or_end:
      return at(']') ? close() : read_value();
    case Expected::name:
      return read_name();
    case Expected::name_or_end:
      return at('}') ? close() : read_name();
    case Expected::separator:
      return read_separator();
  }
  return fault();
}

std::string_view JsonReader::rest_of(const Token& first) noexcept {
  if (first.kind != Kind::object && first.kind != Kind::array) return first.text;
  const size_t begin = position_ - 1;
  const size_t outside = depth_ - 1;
  while (depth_ > outside) {
    if (next().kind == Kind::fault) return {};
  }
  return text_.substr(begin, position_ - begin);
}

JsonReader::Token JsonReader::fault() noexcept {
  faulty_ = true;
  return {Kind::fault, {}};
}

JsonReader::Token JsonReader::give(Kind kind, size_t begin) noexcept {
  return {kind, text_.substr(begin, position_ - begin)};
}

JsonReader::Token JsonReader::read_name() noexcept {
  const size_t begin = position_;
  if (!skip_string()) return fault();
  const Token name = give(Kind::name, begin);
  skip_blanks();
  if (!take(':')) return fault();
  expected_ = Expected::value;
  return name;
}

JsonReader::Token JsonReader::read_value() noexcept {
  if (at('{') || at('[')) return open(at('{'));
  const size_t begin = position_;
  expected_ = Expected::separator;
  if (at('"')) return skip_string() ? give(Kind::string, begin) : fault();
  const bool read = skip_word("true") || skip_word("false") || skip_word("null") || skip_number();
  return read ? give(Kind::other, begin) : fault();
}

JsonReader::Token JsonReader::read_separator() noexcept {
  if (depth_ == 0) return position_ == text_.size() ? Token{Kind::end, {}} : fault();
  const bool object = objects_[depth_ - 1];
  if (at(object ? '}' : ']')) return close();
  if (!take(',')) return fault();
  skip_blanks();
  return object ? read_name() : read_value();
}

JsonReader::Token JsonReader::open(bool object) noexcept {
  if (depth_ == kDepthMax) return fault();
  objects_[depth_++] = object;
  expected_ = object ? Expected::name_or_end : Expected::value_or_end;
  ++position_;
  return give(object ? Kind::object : Kind::array, position_ - 1);
}

JsonReader::Token JsonReader::close() noexcept {
  --depth_;
  expected_ = Expected::separator;
  ++position_;
  return give(objects_[depth_] ? Kind::object_end : Kind::array_end, position_ - 1);
}

bool JsonReader::skip_string() noexcept {
  if (!take('"')) return false;
  while (position_ < text_.size()) {
    const auto byte = static_cast<unsigned char>(text_[position_]);
    if (byte == '"') {
      ++position_;
      return true;
    }
    if (byte == '\\') {
      if (!skip_escape()) return false;
    } else {
      const size_t length = byte < 0x20 ? 0 : byte < 0x80 ? 1 : utf8_length(text_.substr(position_));
      if (length == 0) return false;
      position_ += length;
    }
  }
  return false;
}

bool JsonReader::skip_escape() noexcept {
  const std::string_view rest = text_.substr(position_ + 1);
  if (rest.empty()) return false;
  position_ += 2;
  if (rest.front() != 'u') return std::string_view("\"\\/bfnrt").find(rest.front()) != std::string_view::npos;
  const int unit = hex4(rest.substr(1));
  if (unit < 0 || is_low_surrogate(unit)) return false;
  position_ += 4;
  if (!is_high_surrogate(unit)) return true;
  // rest: u D 8 3 D \ u D E 0 0
  if (rest.substr(5, 2) != "\\u" || !is_low_surrogate(hex4(rest.substr(7)))) return false;
  position_ += 6;
  return true;
}

bool JsonReader::skip_number() noexcept {
  take('-');
  if (!take('0') && !skip_digits()) return false;
  if (take('.') && !skip_digits()) return false;
  if (!take('e') && !take('E')) return true;
  if (!take('+')) take('-');
  return skip_digits();
}

bool JsonReader::skip_digits() noexcept {
  const size_t begin = position_;
  while (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9') ++position_;
  return position_ > begin;
}

bool JsonReader::skip_word(std::string_view word) noexcept {
  if (text_.substr(position_, word.size()) != word) return false;
  position_ += word.size();
  return true;
}

void JsonReader::skip_blanks() noexcept {
  while (at(' ') || at('\t') || at('\n') || at('\r')) ++position_;
}

bool JsonReader::take(char c) noexcept {
  if (!at(c)) return false;
  ++position_;
  return true;
}

std::string JsonReader::unescape(std::string_view quoted) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(inside.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      out += inside[i];
    } else if (inside[++i] == 'u') {
      i += append_code_point(out, inside.substr(i + 1));
    } else {
      out += escaped_byte(inside[i]);
    }
  }
  return out;
}

}  // namespace umbra::rules
