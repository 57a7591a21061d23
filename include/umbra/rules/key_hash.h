// The hashes that samples are taken by.  They are a promise: the same bytes give the same number on every
// machine and in every release, or a sample would change with an update.
#pragma once

#include <cstdint>
#include <string_view>

namespace umbra::rules {

// Every bit of the result depends on every bit of `x` (the finalizer of MurmurHash3, by Austin Appleby).
constexpr uint64_t mix(uint64_t x) noexcept {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdu;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53u;
  x ^= x >> 33;
  return x;
}

// FNV-1a, 64 bits, mixed: alone it spreads short keys that are alike unevenly.
constexpr uint64_t key_hash(std::string_view key) noexcept {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mix(hash);
}

// FNV-1a, 32 bits: gor's.
constexpr uint32_t gor_hash(std::string_view key) noexcept {
  uint32_t hash = 0x811c9dc5u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  return hash;
}

}  // namespace umbra::rules
