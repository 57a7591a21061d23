#include "umbra/rules/field.h"

#include <algorithm>
#include <array>

#include "umbra/base/text.h"
#include "umbra/http/lexis.h"

namespace umbra::rules {
namespace {

constexpr std::array<std::string_view, 9> kFraming{
    "content-length", "transfer-encoding", "connection", "keep-alive",      "te",
    "upgrade",        "trailer",           "expect",     "proxy-connection"};

}  // namespace

bool is_field_name(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), http::is_token_byte);
}

bool is_field_value(std::string_view value) noexcept { return http::find_control(value, 0) == value.size(); }

bool is_target(std::string_view target) noexcept {
  return !target.empty() &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool frames_message(std::string_view name) noexcept {
  return std::any_of(kFraming.begin(), kFraming.end(),
                     [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

}  // namespace umbra::rules
