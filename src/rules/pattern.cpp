#include "umbra/rules/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <utility>
#include <vector>

#include "umbra/rules/draft.h"
#include "umbra/rules/replacement.h"

namespace umbra::rules {
namespace {

re2::StringPiece piece(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// RE2 repeats the pattern where all of it is at fault.
std::string complaint(const re2::RE2& regexp) {
  std::string text = regexp.error();
  const std::string tail = ": " + regexp.pattern();
  if (text.ends_with(tail)) text.resize(text.size() - tail.size());
  return text;
}

}  // namespace

Pattern::Pattern(std::unique_ptr<const re2::RE2> regexp) : regexp_(std::move(regexp)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view text) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  auto regexp = std::make_unique<const re2::RE2>(piece(text), options);
  if (!regexp->ok()) {
    return Error{Errc::bad_config, fmt::format("pattern '{}': {}", text, complaint(*regexp))};
  }
  Pattern pattern(std::move(regexp));
  pattern.matches("");  // what RE2 makes at the first use is made now
  return pattern;
}

bool Pattern::matches(std::string_view bytes) const noexcept {
  return regexp_->Match(piece(bytes), 0, bytes.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

// As Go's ReplaceAll does it: an empty match right behind another match is none.
std::optional<std::string> Pattern::rewrite(std::string_view bytes, const Replacement& replacement,
                                            Effort& effort) const {
  if (!matches(bytes)) return std::nullopt;
  std::vector<re2::StringPiece> groups(replacement.groups());
  const auto group = [&](size_t i) { return std::string_view(groups[i].data(), groups[i].size()); };
  std::string out;
  size_t done = 0;
  for (size_t at = 0; at <= bytes.size() && out.size() <= Draft::kWrittenMax;) {
    if (!effort.scan(bytes.size() - at)) return std::nullopt;
    if (!regexp_->Match(piece(bytes), at, bytes.size(), re2::RE2::UNANCHORED, groups.data(),
                        static_cast<int>(groups.size()))) {
      break;
    }
    const auto begin = static_cast<size_t>(groups[0].data() - bytes.data());
    const size_t end = begin + groups[0].size();
    out.append(bytes.substr(done, begin - done));
    if (end > done || begin == 0) replacement.append_to(out, group);
    done = end;
    at = end > at ? end : at + 1;
  }
  out.append(bytes.substr(done));
  return out;
}

size_t Pattern::groups() const noexcept { return static_cast<size_t>(regexp_->NumberOfCapturingGroups()); }

std::optional<size_t> Pattern::group_named(std::string_view name) const {
  const auto& named = regexp_->NamedCapturingGroups();
  const auto found = named.find(std::string(name));
  if (found == named.end()) return std::nullopt;
  return static_cast<size_t>(found->second);
}

}  // namespace umbra::rules
