// GorProblem: what is wrong with a text of gor options, where it stands, and what cures it.  No secret is
// ever in it: values that may hold one are shown without (shown_value).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::config {

struct GorProblem {
  // warning: accepted, and this is what becomes of it.  unknown: gor has no such option, or gor would have
  // stopped reading there, or what umbra does not apply has no value; it is passed over.  error: no shadow is
  // made of the text.
  enum class Severity : uint8_t { warning, unknown, error };
  Severity severity = Severity::error;
  unsigned line = 1;
  unsigned column = 1;  // in bytes, from 1
  std::string option;   // with its dashes; empty: it is about no option
  std::string value;    // without secrets
  std::string text;
};

// "config/gor.options:3:5: --output-http-timeout '30': a duration such as 30s is expected"
std::string text_of(const GorProblem& problem, std::string_view file);

// In the order of the text.  Bounded: the last of them is an error that says so.
class GorProblems {
 public:
  static constexpr size_t kMax = 200;

  void add(GorProblem problem);
  bool has_error() const noexcept { return has_error_; }
  std::vector<GorProblem> take();

 private:
  std::vector<GorProblem> problems_;
  bool has_error_ = false;
};

}  // namespace umbra::config
