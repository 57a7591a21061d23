// A target's parts, and the parameters of its query: bytes as received.
#pragma once

#include <optional>
#include <string_view>

namespace umbra::rules {

// `path` begins behind the authority of an absolute-form and may be empty there.  A target that has no path
// (`*`, an authority) is all `front`.
struct TargetParts {
  std::string_view front;
  std::string_view path;
  std::string_view query;  // behind '?'
  bool has_query = false;
  bool has_path = false;
};
TargetParts split_target(std::string_view target) noexcept;

struct Parameter {
  std::string_view whole;  // between two `&`
  std::string_view name;
  std::string_view value;
  bool has_value = false;  // there is a `=`

  // Whether a server takes it for `wanted`: names are compared as they are and percent-decoded.
  bool is_named(std::string_view wanted) const noexcept;
};

// Calls visit(parameter) for each until it returns false.
template <typename Visit>
void each_parameter(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    Parameter parameter;
    parameter.whole = query.substr(0, end);
    const size_t equals = parameter.whole.find('=');
    parameter.name = parameter.whole.substr(0, equals);
    parameter.has_value = equals != query.npos;
    if (parameter.has_value) parameter.value = parameter.whole.substr(equals + 1);
    if (!visit(parameter)) return;
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
  }
}

// Where gor finds a parameter: behind the first `&name=` anywhere in the target, else behind `?name=`.
std::optional<std::string_view> gor_parameter(std::string_view target, std::string_view name) noexcept;

}  // namespace umbra::rules
