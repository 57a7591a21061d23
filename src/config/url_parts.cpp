#include "umbra/config/url_parts.h"

#include <fmt/format.h>

#include "umbra/base/base64.h"
#include "umbra/base/text.h"

namespace umbra::config {

std::string authority_of(const net::Address& address, uint16_t default_port) {
  const std::string text = address.text();
  return address.port == default_port ? text.substr(0, text.rfind(':')) : text;
}

Result<std::string> basic_authorization(std::string_view user_info) {
  auto plain = percent_decoded(user_info);
  if (!plain) {
    return Error{Errc::bad_config, "two hexadecimal digits behind each % of user and password are expected"};
  }
  if (plain->find_first_of(std::string_view("\r\n\0", 3)) != plain->npos) {
    return Error{Errc::bad_config, "a user and a password without control bytes before the @ is expected"};
  }
  if (plain->find(':') == plain->npos) *plain += ':';
  return "Basic " + base64(*plain);
}

}  // namespace umbra::config
