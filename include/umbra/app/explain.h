// `umbra explain`: one raw request, and what would become of it at each shadow.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/result.h"
#include "umbra/mirror/options.h"

namespace umbra::app {

struct ExplainFlags {
  std::string shadow{};   // only this one; empty: all
  std::string request{};  // a file; empty or "-": standard input
  std::string client = "127.0.0.1";
  bool bytes = false;  // print the exact copies
  bool json = false;
};

inline constexpr size_t kExplainedMax = 16 * 1024 * 1024;

// The text to print.  Errors: what the bytes lack of a request, a shadow that does not exist.  `shadows` are
// compiled.  Bytes whose head ends its lines with LF alone (typed by a person) are read as if they had CR LF,
// which the text says.
Result<std::string> explain(const std::vector<mirror::ShadowOptions>& shadows, std::string raw,
                            const ExplainFlags& flags);

}  // namespace umbra::app
