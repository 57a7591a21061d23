// Values of gor options as gor's own parsers (Go's, mostly) read them.  An error says what is expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "umbra/base/clock.h"
#include "umbra/base/result.h"
#include "umbra/rules/options.h"

namespace umbra::config {

// true, false, t, f, 1, 0, in Go's spellings.
std::optional<bool> parse_go_bool(std::string_view text) noexcept;
// Go's base syntax: 0x1f, 0o17, 017, 0b11, 1_000, with a sign.  Beyond 64 bits: the last one there is.
std::optional<int64_t> parse_go_integer(std::string_view text) noexcept;

// "30s", "500ms", "1m30s", "0"; not negative.
Result<Nanos> parse_gor_duration(std::string_view text);
// An integer of Go's with kb, mb, gb or tb (powers of 1024) in any case, or nothing behind it.
Result<uint64_t> parse_gor_size(std::string_view text);

// What stands before the % of a share.  Whole numbers are `integer`s; 10.5 is ten and a half, where gor took
// it for 0; more than 100 is all.
enum class Radix : uint8_t { ten, go };
Result<rules::BasisPoints> parse_gor_percent(std::string_view text, Radix radix);

}  // namespace umbra::config
