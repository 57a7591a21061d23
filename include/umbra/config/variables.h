// ${VARIABLES} in the values of the file.
//
// ${UPPER_CASE} is a variable, anywhere in a value; ${NAME:-default} stands for the default and
// ${NAME:?message} is an error with that message when NAME is not set or empty.  $$ is one dollar sign.  Any
// other dollar stays: $1, ${1}, ${name}.  A variable's value is data: it is neither expanded nor read as
// YAML.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "umbra/base/result.h"

namespace umbra::config {

using Variables = std::function<std::optional<std::string>(const std::string& name)>;

inline constexpr size_t kExpandedMax = 64 * 1024;

// In a replacement $$ stays as it is, since it means something there.  The error's detail says what is wrong
// and holds no variable's value.
enum class Dollars : uint8_t { one, stay };
Result<std::string> expand(std::string_view value, const Variables& variables, Dollars dollars);

// Whether expand() would look a variable up.
bool has_variable(std::string_view value);

}  // namespace umbra::config
