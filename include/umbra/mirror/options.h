// What a worker's mirror needs to know of its shadows.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "umbra/base/clock.h"
#include "umbra/net/address.h"

namespace umbra::mirror {

struct ShadowOptions {
  std::string name;
  std::string url;        // as given, for people
  std::string authority;  // what the copy's Host says
  net::Address address;
  bool marker = true;  // add `Umbra-Copy: <name>`
};

struct Options {
  std::vector<ShadowOptions> shadows;
  // The following three are the whole process's; a worker gets its share (see share_of).
  size_t memory = 64 * 1024 * 1024;
  size_t connections = 128;  // per shadow
  Nanos timeout = 30 * kSecond;
  Nanos connect_timeout = 3 * kSecond;
  unsigned pipeline = 0;  // 0: auto; else the depth
};

// A copy up to this size, complete when it is made, may share a write with others.
inline constexpr size_t kSmallCopy = 16 * 1024;
inline constexpr size_t kShadowsMax = 64;

}  // namespace umbra::mirror
