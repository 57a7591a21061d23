#include "umbra/config/gor_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace umbra::config {
namespace {

using Severity = GorProblem::Severity;

constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(char c) { return kBlanks.find(c) != kBlanks.npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_byte(char c) { return begins_name(c) || is_digit(c); }
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// LF alone ends a line; no byte order mark.
std::string normalized(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  std::string lines;
  lines.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] == '\n')) continue;
    lines += text[i];
  }
  return lines;
}

class Splitter {
 public:
  Splitter(std::string_view text, const Variable& variable, GorProblems& problems)
      : text_(normalized(text)), variable_(variable), problems_(problems) {}

  std::vector<GorWord> split() {
    if (text_.size() > kGorTextMax) {
      complain({1, 1}, Severity::error, "a text of at most 1 MiB is expected");
      return {};
    }
    while (!at_end()) take_one();
    end_word();
    return std::move(words_);
  }

 private:
  struct Place {
    unsigned line = 1;
    unsigned column = 1;
  };

  void take_one();
  void take_single_quotes();
  void take_double_quotes();
  void take_escape();
  void take_quoted_escape();
  void take_dollar(bool quoted);
  void take_braces(Place place, bool quoted);
  void take_command(Place place);
  void expand(const std::string& name, Place place, bool quoted);

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  char take() {
    const char c = text_[at_++];
    place_ = c == '\n' ? Place{place_.line + 1, 1} : Place{place_.line, place_.column + 1};
    return c;
  }
  void take_until(size_t end) {
    while (at_ < end) take();
  }
  void begin_word(Place place) {
    if (!std::exchange(in_word_, true)) words_.push_back({"", place.line, place.column});
  }
  void append(char c, Place place) {
    begin_word(place);
    words_.back().text += c;
  }
  void append_as_is() {
    const Place place = place_;
    append(take(), place);
  }
  void end_word() {
    if (!std::exchange(in_word_, false)) return;
    const GorWord& word = words_.back();
    if (!std::any_of(word.text.begin(), word.text.end(), is_control)) return;
    complain({word.line, word.column}, Severity::error, "a word without control bytes is expected");
  }
  void complain(Place place, Severity severity, std::string text) {
    problems_.add({severity, place.line, place.column, "", "", std::move(text)});
  }

  const std::string text_;
  const Variable& variable_;
  GorProblems& problems_;
  size_t at_ = 0;
  Place place_;
  bool in_word_ = false;
  size_t expanded_ = 0;
  std::vector<GorWord> words_;
};

void Splitter::take_one() {
  const char c = peek();
  if (is_blank(c)) {
    end_word();
    take();
  } else if (c == '#' && !in_word_) {
    take_until(std::min(text_.find('\n', at_), text_.size()));
  } else if (c == '\\') {
    take_escape();
  } else if (c == '\'') {
    take_single_quotes();
  } else if (c == '"') {
    take_double_quotes();
  } else if (c == '$') {
    take_dollar(false);
  } else if (c == '`') {
    take_command(place_);
  } else {
    append_as_is();
  }
}

// A line's end in quotes is a blank, as it was to the buildpack.
void Splitter::take_single_quotes() {
  const Place open = place_;
  begin_word(open);
  take();
  while (!at_end()) {
    const char c = take();
    if (c == '\'') return;
    append(c == '\n' ? ' ' : c, open);
  }
  complain(open, Severity::error, "this single quote is never closed; another ' is expected");
}

void Splitter::take_double_quotes() {
  const Place open = place_;
  begin_word(open);
  take();
  while (!at_end()) {
    const char c = peek();
    if (c == '"') {
      take();
      return;
    }
    if (c == '\\') {
      take_quoted_escape();
    } else if (c == '$') {
      take_dollar(true);
    } else if (c == '`') {
      take_command(place_);
    } else {
      take();
      append(c == '\n' ? ' ' : c, open);
    }
  }
  complain(open, Severity::error, "this double quote is never closed; another \" is expected");
}

void Splitter::take_escape() {
  const Place place = place_;
  take();
  const size_t next = text_.find_first_not_of(" \t", at_);
  if (next == text_.npos || text_[next] == '\n') {
    end_word();
    return;
  }
  append(take(), place);
}

void Splitter::take_quoted_escape() {
  constexpr std::string_view escapable = "$`\"\\";
  const Place place = place_;
  take();
  if (peek() == '\n') {
    take();
  } else if (!at_end() && escapable.find(peek()) != escapable.npos) {
    append(take(), place);
  } else {
    append('\\', place);
  }
}

void Splitter::take_dollar(bool quoted) {
  const Place place = place_;
  take();
  const char next = peek();
  if (next == '(') return take_command(place);
  if (next == '{') return take_braces(place, quoted);
  if (!begins_name(next)) return append('$', place);
  std::string name;
  while (is_name_byte(peek())) name += take();
  expand(name, place, quoted);
}

void Splitter::take_braces(Place place, bool quoted) {
  const size_t close = text_.find('}', at_);
  const size_t line_end = std::min(text_.find('\n', at_), text_.size());
  if (close >= line_end) {
    complain(place, Severity::error, "a } that closes this ${ is expected");
    return take_until(line_end);
  }
  const std::string name = text_.substr(at_ + 1, close - at_ - 1);
  take_until(close + 1);
  if (!name.empty() && std::all_of(name.begin(), name.end(), is_digit)) {
    for (const char c : "${" + name + "}") append(c, place);
  } else if (!name.empty() && begins_name(name[0]) && std::all_of(name.begin(), name.end(), is_name_byte)) {
    expand(name, place, quoted);
  } else {
    complain(place, Severity::error,
             "only $NAME and ${NAME} are expanded here; single quotes keep a text as it is");
  }
}

// Passed over up to its end, so that the rest of the text can be read.
void Splitter::take_command(Place place) {
  const bool backtick = peek() == '`';
  complain(place, Severity::error,
           backtick
               ? "backticks would run a command, which umbra never does; single quotes keep a text as it is"
               : "$(...) would run a command, which umbra never does; single quotes keep a text as it is");
  begin_word(place);
  take();
  const size_t end = text_.find(backtick ? '`' : ')', at_);
  if (end != text_.npos) take_until(end + 1);
}

// As in a shell, blanks in the value of an unquoted variable separate words.
void Splitter::expand(const std::string& name, Place place, bool quoted) {
  const auto value = variable_(name);
  if (!value) {
    return complain(place, Severity::warning,
                    fmt::format("the environment has no {}: nothing stands in its place "
                                "(single quotes keep a text as it is)",
                                name));
  }
  expanded_ += value->size();
  if (expanded_ > kGorTextMax) {
    return complain(place, Severity::error, "variables of at most 1 MiB in all are expected");
  }
  for (const char c : *value) {
    if (quoted || !is_blank(c)) {
      append(c, place);
    } else {
      end_word();
    }
  }
}

}  // namespace

std::vector<GorWord> split_gor_words(std::string_view text, const Variable& variable, GorProblems& problems) {
  return Splitter(text, variable, problems).split();
}

}  // namespace umbra::config
