// Pattern: a regular expression on bytes as received: RE2, so linear time and bounded memory; unanchored.
//
// Immutable; all workers may use one at once.  Its automaton grows with the texts it meets, within its bound.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/rules/effort.h"

namespace re2 {
class RE2;
}

namespace umbra::rules {

class Replacement;

class Pattern {
 public:
  static constexpr size_t kMemoryMax = 1024 * 1024;

  // The error's detail: "pattern '(': missing )".
  static Result<Pattern> compile(std::string_view text);
  Pattern(Pattern&& other) noexcept;
  Pattern& operator=(Pattern&& other) noexcept;
  ~Pattern();

  bool matches(std::string_view bytes) const noexcept;

  // Every match replaced; nothing: it does not match, or `effort` is spent.  A result that is longer than
  // Draft::kWrittenMax is cut, and too long still.
  std::optional<std::string> rewrite(std::string_view bytes, const Replacement& replacement,
                                     Effort& effort) const;

  size_t groups() const noexcept;
  // Its number; none: there is no group of that name.
  std::optional<size_t> group_named(std::string_view name) const;

 private:
  explicit Pattern(std::unique_ptr<const re2::RE2> regexp);
  std::unique_ptr<const re2::RE2> regexp_;
};

}  // namespace umbra::rules
