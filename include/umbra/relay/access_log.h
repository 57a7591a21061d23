// AccessLog: one line an exchange, gathered in a buffer and handed on in blocks.  One per worker.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/base/clock.h"

namespace umbra::relay {

// What is said of an exchange; kept only while the access log is on.
struct ExchangeRecord {
  std::string method;
  std::string target;
  uint64_t request_body_bytes = 0;
  uint64_t response_bytes = 0;
};

struct ExchangeTimes {
  Nanos began = 0;
  Nanos first_byte = 0;  // 0: no answer
  Nanos ended = 0;
};

class AccessLog {
 public:
  enum class Format : uint8_t { json, logfmt };
  using Sink = std::function<void(std::string block)>;

  // `source`: as Log's (base/log.h); a name that needs no quotes, or empty.
  AccessLog(Format format, std::vector<std::string> shadow_names, Sink sink, std::string_view source = {});

  // From now on these names stand for the bits of `copied_to`, those of the exchanges under way too.
  void name_shadows(std::vector<std::string> names) { shadow_names_ = std::move(names); }
  // `status` 0: the connection ended without an answer.
  void write(const ExchangeRecord& record, std::string_view client, unsigned status, uint64_t copied_to,
             const ExchangeTimes& times);
  // Hands over what is gathered; the worker calls it on a timer.
  void flush();

  static constexpr size_t kBlock = 32 * 1024;
  static constexpr size_t kTargetMax = 4 * 1024;  // longer targets are cut

 private:
  Format format_;
  std::string source_;  // the field as it stands in a line
  std::vector<std::string> shadow_names_;
  Sink sink_;
  std::string buffer_;
};

}  // namespace umbra::relay
