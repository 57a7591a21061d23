// Replacement: what takes a match's place: a template with $1, ${1}, ${name}; $$ is a dollar sign.
//
// As Go's Expand reads it, which gor's users know: a name is as long as it can be, so $1x is the group named
// "1x"; a group that is not there, or took no part in the match, is empty; a `$` before anything else is
// itself. Only a number above the groups there are is an error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/result.h"

namespace umbra::rules {

class Pattern;

class Replacement {
 public:
  // The error's detail: "replacement '$2': the pattern has 1 group".
  static Result<Replacement> compile(std::string_view text, const Pattern& pattern);

  // How many groups append_to() asks for, the whole match (group 0) included.
  size_t groups() const noexcept { return groups_; }
  // `group(i)` is what group i matched.
  template <typename Group>
  void append_to(std::string& out, Group group) const {
    for (const Part& part : parts_) out.append(part.group ? group(*part.group) : std::string_view(part.text));
  }

 private:
  struct Part {
    std::string text;
    std::optional<size_t> group;
  };
  void add_text(std::string_view text);
  void add_group(size_t group);

  std::vector<Part> parts_;
  size_t groups_ = 1;
};

}  // namespace umbra::rules
