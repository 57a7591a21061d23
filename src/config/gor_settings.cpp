#include "umbra/config/gor_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "umbra/base/text.h"
#include "umbra/config/gor_values.h"

namespace umbra::config {
namespace {

using Severity = GorProblem::Severity;
using Type = GorFlag::Type;

constexpr size_t kShownMax = 120;
constexpr std::string_view kHidden = "***";

bool is_boolean(const GorFlag& flag, std::string_view value) {
  return parse_go_bool(value) || (flag.type == Type::level && parse_go_integer(value));
}

// What is wrong with it; nothing: it is of the flag's type.
std::optional<std::string> fault_of(const GorFlag& flag, const std::string& value) {
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == value.npos;
  switch (flag.type) {
    case Type::boolean:
      if (!parse_go_bool(value)) return "true or false is expected";
      break;
    case Type::level:
      if (!is_boolean(flag, value)) return "a level such as 1 is expected";
      break;
    case Type::integer:
      if (!parse_go_integer(value)) return "a whole number is expected";
      break;
    case Type::duration:
      if (const auto time = parse_gor_duration(value); !time) {
        return time.error().detail + (digits ? fmt::format(" (did you mean {}s?)", value) : "");
      }
      break;
    case Type::size:
      if (const auto size = parse_gor_size(value); !size) {
        return size.error().detail +
               (parse_gor_size(value + "b") ? fmt::format(" (did you mean {}b?)", value) : "");
      }
      break;
    case Type::text:
    case Type::list:
      break;
  }
  return std::nullopt;
}

std::string shortened(std::string_view text) {
  std::string shown(text.substr(0, kShownMax));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return shown.size() < text.size() ? shown + "..." : shown;
}

// `value` up to the first `mark` and, where there is more, stars.
std::string only_name(std::string_view value, char mark) {
  const size_t end = value.find(mark);
  return end == value.npos ? std::string(kHidden) : shortened(value.substr(0, end + 1)).append(kHidden);
}

std::string without_user(std::string_view url) {
  const size_t at = url.rfind('@');
  if (at == url.npos) return shortened(url);
  const size_t scheme = url.find("://");
  const std::string_view front = scheme < at ? url.substr(0, scheme + 3) : "";
  return shortened(fmt::format("{}{}{}", front, kHidden, url.substr(at)));
}

std::string shown_value(const GorFlag& flag, std::string_view value) {
  const std::string_view name = flag.newest_name();
  if (name == "http-set-header") return only_name(value, ':');
  if (name == "http-set-param") return only_name(value, '=');
  if (name == "http-basic-auth-filter") return std::string(kHidden);
  if (may_be_secret(name)) return std::string(kHidden);
  if (name.find("header") != name.npos && may_be_secret(value.substr(0, value.find(':')))) {
    return only_name(value, ':');
  }
  return name.starts_with("output") ? without_user(value) : shortened(value);
}

class Parser {
 public:
  Parser(std::span<const GorWord> words, GorProblems& problems) : words_(words), problems_(problems) {}

  std::vector<GorSetting> parse() {
    while (at_ < words_.size()) parse_one();
    return std::move(settings_);
  }

 private:
  void parse_one();
  void take_value(GorSetting setting);
  void keep(GorSetting setting);
  void refuse_stray(const GorWord& word);
  void refuse_unknown(const GorWord& word, std::string_view name, bool has_value);

  const GorWord* next() const { return at_ < words_.size() ? &words_[at_] : nullptr; }

  const std::span<const GorWord> words_;
  GorProblems& problems_;
  size_t at_ = 0;
  std::vector<GorSetting> settings_;
};

// Without its one or two dashes; empty: it is no option.
std::string_view body_of(std::string_view word) {
  if (!word.starts_with('-')) return {};
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  return word;
}

bool is_known_option(std::string_view word) {
  const std::string_view body = body_of(word);
  return find_gor_flag(body.substr(0, body.find('='))) != nullptr;
}

void Parser::parse_one() {
  const GorWord& word = words_[at_++];
  const std::string_view body = body_of(word.text);
  if (body.empty()) return refuse_stray(word);
  const size_t equals = body.find('=');
  const std::string_view name = body.substr(0, equals);
  const GorFlag* flag = find_gor_flag(name);
  if (flag == nullptr) return refuse_unknown(word, name, equals != body.npos);
  GorSetting setting{flag, "", word.line, word.column};
  if (equals == body.npos) return take_value(std::move(setting));
  setting.value = body.substr(equals + 1);
  keep(std::move(setting));
}

void Parser::take_value(GorSetting setting) {
  const GorWord* word = next();
  if (setting.flag->type == Type::boolean || setting.flag->type == Type::level) {
    const bool given = word != nullptr && is_boolean(*setting.flag, word->text);
    setting.value = given ? word->text : "true";
    if (given) ++at_;
    return keep(std::move(setting));
  }
  if (word == nullptr || is_known_option(word->text)) {
    const auto severity = setting.flag->applied() ? Severity::error : Severity::unknown;
    return problems_.add(problem_at(setting, severity, "a value behind it is expected"));
  }
  setting.value = word->text;
  ++at_;
  keep(std::move(setting));
}

void Parser::keep(GorSetting setting) {
  const auto fault = setting.flag->applied() ? fault_of(*setting.flag, setting.value) : std::nullopt;
  if (fault) return problems_.add(problem_at(setting, Severity::error, *fault));
  settings_.push_back(std::move(setting));
}

// The word itself is not shown: it may be the tail of a secret whose quotes were forgotten.
void Parser::refuse_stray(const GorWord& word) {
  std::string text = "this word belongs to no option; quotes around the value before it may be missing";
  if (word.text == "--") text = "umbra reads on behind --, where gor stopped";
  if (word.text.starts_with('|'))
    text = "a limit must follow its URL without a blank, as in 'http://host|10%'";
  const auto severity = word.text == "--" ? Severity::warning : Severity::unknown;
  problems_.add({severity, word.line, word.column, "", "", std::move(text)});
}

void Parser::refuse_unknown(const GorWord& word, std::string_view name, bool has_value) {
  std::vector<std::string_view> known;
  for (const GorFlag& flag : gor_flags()) known.push_back(flag.name);
  const std::string_view meant = nearest(name.substr(0, kShownMax), known);
  problems_.add({Severity::unknown, word.line, word.column, "--" + shortened(name), "",
                 meant.empty() ? "no gor has such an option"
                               : fmt::format("no gor has such an option; did you mean --{}?", meant)});
  if (!has_value && next() != nullptr && !next()->text.starts_with('-')) ++at_;
}

}  // namespace

bool may_be_secret(std::string_view name) {
  const std::string lower = lower_case(name);
  for (const std::string_view word : {"auth", "cookie", "token", "secret", "key", "pass", "session"}) {
    if (lower.find(word) != lower.npos) return true;
  }
  return false;
}

GorProblem problem_at(const GorSetting& setting, Severity severity, std::string text) {
  return {severity,
          setting.line,
          setting.column,
          fmt::format("--{}", setting.flag->name),
          shown_value(*setting.flag, setting.value),
          std::move(text)};
}

std::vector<GorSetting> parse_gor_words(std::span<const GorWord> words, GorProblems& problems) {
  return Parser(words, problems).parse();
}

}  // namespace umbra::config
