// Takes one Content-Encoding off a body, within bounds.  A pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace umbra::rules {

struct Unpacked {
  enum class Outcome : uint8_t {
    plain,        // it has no coding: the body is what it was, and `body` is empty
    unpacked,     // see `body`
    cannot_read,  // another coding, a list of codings, broken or cut short, or something behind its end
    too_large,    // more than `most` bytes
  };
  Outcome outcome = Outcome::plain;
  std::string body;
};

// `coding` is Content-Encoding's value, empty if there is none: gzip and x-gzip (one member), deflate (zlib's
// format, RFC 9110 section 8.4.1.2; also without its header, which some send) and identity are known.
Unpacked unpack(std::string_view body, std::string_view coding, size_t most);

}  // namespace umbra::rules
