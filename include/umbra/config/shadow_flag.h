// A shadow's URL, and one value of --shadow, [NAME=]URL, as ShadowOptions.
#pragma once

#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/mirror/options.h"

namespace umbra::config {

// http://host[:port], https://host[:port], tcp://host:port or unix:PATH, named by its place.  The error says
// what is expected and holds no password; the caller adds the key and the value (see without_password).
Result<mirror::ShadowOptions> parse_shadow_url(std::string_view url);

// 1 to 64 letters, digits, '.', '_', ':' or '-'.
bool is_shadow_name(std::string_view text);

// [NAME=]URL; the parts as they stand there.
struct NamedUrl {
  std::string_view name;  // empty: none
  std::string_view url;
};
Result<NamedUrl> split_shadow(std::string_view text);
Result<mirror::ShadowOptions> parse_shadow(std::string_view text);

// `url` with *** for what may be a user and a password.
std::string without_password(std::string_view url);

}  // namespace umbra::config
