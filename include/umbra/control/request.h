// What the admin server is asked and what it answers, without the connection between.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace umbra::control {

struct Request {
  std::string method;
  std::string target;                   // as on the request line; a query is ignored
  std::string host{};                   // Host's value; empty: HTTP/1.0 without one
  std::optional<std::string> origin{};  // several lines: joined by commas
  std::string authorization{};          // a secret; empty: none, or more than one
  std::string body{};                   // of POST and PATCH
  bool from_unix_socket = false;        // no browser can have sent it
};

struct Answer {
  unsigned status = 200;
  std::string_view content_type;
  std::string body;                 // also for HEAD, which leaves it out but says its length
  std::string_view allow{};         // of a 405
  std::string_view authenticate{};  // of a 401
};

inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
inline constexpr std::string_view kJsonType = "application/json";

}  // namespace umbra::control
