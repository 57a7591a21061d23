// Log: one line an event on a file descriptor (stderr), for people or for machines.
//
// Any thread may call it; a line is one write(2), so lines of different threads do not mix.  It is
// not for the data path: nothing is logged per exchange.  What a stranger can cause often goes
// through a LogGate.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "umbra/base/clock.h"

namespace umbra {

enum class LogLevel : uint8_t { debug, info, warn, error, off };
enum class LogFormat : uint8_t { text, logfmt, json };

struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, uint64_t v) : key(k), value(std::to_string(v)), number(true) {}
  LogField(std::string_view k, int v) : key(k), value(std::to_string(v)), number(true) {}
  std::string_view key;
  std::string value;
  bool number = false;
};

class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  // `source` stands in every line but those of text, for those whose log has the lines of others too; empty:
  // in none.
  Log(LogLevel level, LogFormat format, int fd, std::string source = {})
      : level_(level), format_(format), fd_(fd), source_(std::move(source)) {}
  bool enabled(LogLevel level) const noexcept { return level >= level_; }
  void debug(std::string_view message, Fields fields = {}) { line(LogLevel::debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) { line(LogLevel::info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) { line(LogLevel::warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) { line(LogLevel::error, message, fields); }

 private:
  void line(LogLevel level, std::string_view message, Fields fields);
  std::string line_of_json(LogLevel level, std::string_view message, Fields fields) const;
  std::string line_of_words(LogLevel level, std::string_view message, Fields fields) const;

  LogLevel level_;
  LogFormat format_;
  int fd_;
  std::string source_;
};

// Lets one event through in a second and counts what it held back.
class LogGate {
 public:
  // True when the event may be logged; `held_back` then says how many were not since the last.
  bool open(Nanos now, uint64_t& held_back) noexcept {
    if (last_ != 0 && now - last_ < kSecond) {
      ++held_;
      return false;
    }
    last_ = now;
    held_back = held_;
    held_ = 0;
    return true;
  }

 private:
  Nanos last_ = 0;
  uint64_t held_ = 0;
};

}  // namespace umbra
