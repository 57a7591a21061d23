// JsonReader: the tokens of one JSON text (RFC 8259) in order, each with the bytes it stands in.
//
// Strict: UTF-8 without a byte order mark, no lone surrogates, nothing but white space behind the value, at
// most kDepthMax containers in each other.  It neither allocates nor recurses.  The text must outlive it.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

namespace umbra::rules {

class JsonReader {
 public:
  static constexpr size_t kDepthMax = 128;

  enum class Kind : uint8_t {
    object,  // its brace; its members follow, then object_end
    object_end,
    array,
    array_end,
    name,    // of a member, whose value follows
    string,  // names and strings are given with their quotes
    other,   // a number, true, false or null
    end,
    fault,
  };
  struct Token {
    Kind kind = Kind::fault;
    std::string_view text;
  };

  explicit JsonReader(std::string_view text) noexcept : text_(text) {}

  // After `end` or `fault` it says the same again.
  Token next() noexcept;
  // The whole value that `first`, the last token given, begins.  Empty: a fault within.
  std::string_view rest_of(const Token& first) noexcept;

  // What the quotes of a name or string that a reader gave hold.
  static std::string unescape(std::string_view quoted);

 private:
  enum class Expected : uint8_t { value, value_or_end, name, name_or_end, separator };

  Token fault() noexcept;
  Token give(Kind kind, size_t begin) noexcept;
  Token read_name() noexcept;
  Token read_value() noexcept;
  Token read_separator() noexcept;
  Token open(bool object) noexcept;
  Token close() noexcept;
  bool skip_string() noexcept;
  bool skip_escape() noexcept;
  bool skip_number() noexcept;
  bool skip_digits() noexcept;
  bool skip_word(std::string_view word) noexcept;
  void skip_blanks() noexcept;
  bool at(char c) const noexcept { return position_ < text_.size() && text_[position_] == c; }
  bool take(char c) noexcept;

  std::string_view text_;
  size_t position_ = 0;
  size_t depth_ = 0;
  std::bitset<kDepthMax> objects_;  // which of the open containers are objects
  Expected expected_ = Expected::value;
  bool faulty_ = false;
};

}  // namespace umbra::rules
