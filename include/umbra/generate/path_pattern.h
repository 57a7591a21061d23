// PathPattern: which paths a route of the sink is for.
//
//   /api/orders        this path
//   /api/*             what begins so
//   /api/orders/{id}   in the place of {id} one segment, whatever it is, but not an empty one
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/result.h"

namespace umbra::generate {

class PathPattern {
 public:
  // Errors say what is expected.
  static Result<PathPattern> parse(std::string_view text);

  // `path`: as it was sent, without the query.
  bool matches(std::string_view path) const noexcept;
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  std::vector<std::string> literals_;  // a segment of any name between each two
  bool prefix_ = false;
};

// The path of a request's target: without the query, and without the authority of an absolute one.
std::string_view path_of(std::string_view target) noexcept;

}  // namespace umbra::generate
