#include "umbra/base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "umbra/base/text.h"

namespace umbra {
namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     millis);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f) return true;
  }
  return false;
}

void append_logfmt(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  out += '=';
  if (needs_quotes(value)) {
    append_quoted(out, value);
  } else {
    out += value;
  }
}

void append_json(std::string& out, std::string_view key, std::string_view value) {
  out += fmt::format(",\"{}\":", key);
  append_quoted(out, value);
}

std::string_view name_of(LogLevel level) { return kLevels[static_cast<size_t>(level)]; }

}  // namespace

std::string Log::line_of_json(LogLevel level, std::string_view message, Fields fields) const {
  std::string out = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\"", timestamp(), name_of(level));
  if (!source_.empty()) append_json(out, "source", source_);
  append_json(out, "msg", message);
  for (const LogField& field : fields) {
    if (field.number) {
      out += fmt::format(",\"{}\":{}", field.key, field.value);
    } else {
      append_json(out, field.key, field.value);
    }
  }
  return out + '}';
}

std::string Log::line_of_words(LogLevel level, std::string_view message, Fields fields) const {
  std::string out;
  if (format_ == LogFormat::text) {
    out = "umbra: ";
    if (level >= LogLevel::warn) out += fmt::format("{}: ", name_of(level));
    append_escaped(out, message);
  } else {
    out = fmt::format("time={} level={} ", timestamp(), name_of(level));
    if (!source_.empty()) {
      append_logfmt(out, "source", source_);
      out += ' ';
    }
    out += "msg=";
    append_quoted(out, message);
  }
  for (const LogField& field : fields) {
    out += ' ';
    append_logfmt(out, field.key, field.value);
  }
  return out;
}

void Log::line(LogLevel level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  std::string out = format_ == LogFormat::json ? line_of_json(level, message, fields)
                                               : line_of_words(level, message, fields);
  out += '\n';
  // A log that cannot be written has nowhere to complain to.
  [[maybe_unused]] const ssize_t written = ::write(fd_, out.data(), out.size());
}

}  // namespace umbra
