#include "umbra/relay/access_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "umbra/base/text.h"

namespace umbra::relay {
namespace {

double millis(Nanos from, Nanos to) { return to < from ? 0 : static_cast<double>(to - from) / 1e6; }

std::string wall_clock() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     ms % 1000);
}

}  // namespace

AccessLog::AccessLog(Format format, std::vector<std::string> shadow_names, Sink sink, std::string_view source)
    : format_(format), shadow_names_(std::move(shadow_names)), sink_(std::move(sink)) {
  if (source.empty()) return;
  source_ =
      format == Format::json ? fmt::format(",\"source\":\"{}\"", source) : fmt::format(" source={}", source);
}

void AccessLog::write(const ExchangeRecord& record, std::string_view client, unsigned status,
                      uint64_t copied_to, const ExchangeTimes& times) {
  const bool json = format_ == Format::json;
  const auto text = [&](std::string_view key, std::string_view value) {
    buffer_ += json ? fmt::format(",\"{}\":\"", key) : fmt::format(" {}=\"", key);
    append_escaped(buffer_, value);
    buffer_ += '"';
  };
  const auto number = [&](std::string_view key, auto value) {
    buffer_ += json ? fmt::format(",\"{}\":{}", key, value) : fmt::format(" {}={}", key, value);
  };
  buffer_ += json ? fmt::format("{{\"time\":\"{}\"", wall_clock()) : fmt::format("time={}", wall_clock());
  buffer_ += source_;
  text("client", client);
  text("method", record.method);
  text("target", record.target);
  number("status", status);
  number("request_body_bytes", record.request_body_bytes);
  number("response_bytes", record.response_bytes);
  if (times.first_byte != 0) number("first_byte_ms", millis(times.began, times.first_byte));
  number("total_ms", millis(times.began, times.ended));
  buffer_ += json ? ",\"copied_to\":[" : " copied_to=\"";
  bool first = true;
  for (size_t i = 0; i < shadow_names_.size(); ++i) {
    if ((copied_to >> i & 1) == 0) continue;
    if (!std::exchange(first, false)) buffer_ += ',';
    buffer_ += json ? fmt::format("\"{}\"", shadow_names_[i]) : shadow_names_[i];
  }
  buffer_ += json ? "]}\n" : "\"\n";
  if (buffer_.size() >= kBlock) flush();
}

void AccessLog::flush() {
  if (!buffer_.empty()) sink_(std::exchange(buffer_, {}));
}

}  // namespace umbra::relay
