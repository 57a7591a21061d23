// The cookies of a Cookie field (RFC 6265, section 4.2.1), as servers read them: leniently.
#pragma once

#include <string_view>

#include "umbra/base/text.h"

namespace umbra::rules {

struct Cookie {
  std::string_view name;
  std::string_view value;  // a part of the field's value, without blanks around it
};

// Calls visit(cookie) for each pair with a `=` until it returns false.
template <typename Visit>
void each_cookie(std::string_view field_value, Visit visit) {
  while (!field_value.empty()) {
    const size_t end = field_value.find(';');
    const std::string_view pair = field_value.substr(0, end);
    const size_t equals = pair.find('=');
    if (equals != pair.npos &&
        !visit(Cookie{trim_blanks(pair.substr(0, equals)), trim_blanks(pair.substr(equals + 1))})) {
      return;
    }
    field_value = end == field_value.npos ? std::string_view() : field_value.substr(end + 1);
  }
}

}  // namespace umbra::rules
