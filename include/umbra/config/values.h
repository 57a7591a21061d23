// Scalars of the configuration: what their texts mean, and what is wrong with one.
#pragma once

#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/config/keys.h"
#include "umbra/rules/options.h"

namespace umbra::config {

// "2.5%", "100 %", in steps of 0.01 %.
Result<rules::BasisPoints> parse_percent(std::string_view text);
// "100/s", "600/m", "3600/h": a second.
Result<double> parse_rate(std::string_view text);
Result<bool> parse_boolean(std::string_view text);

// Whether `text` may stand for a scalar of this key: its type, its range, its words.  The error's detail is a
// sentence behind the key and the value: "a percentage ... is expected".
Result<void> check_value(const Key& key, std::string_view text);

bool is_word(const Key& key, std::string_view text);

}  // namespace umbra::config
