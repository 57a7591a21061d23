// Finds the end of one HTTP/1.1 answer with a Content-Length, for the load generator.
//
// The bench origin always sends one, and every proxy between has to keep it; any
// other answer is an error of the run.
#pragma once

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace umbra::bench {

class AnswerReader {
 public:
  enum class State : uint8_t { more, complete, bad };

  void reset() {
    in_body_ = false;
    left_ = 0;
    head_.clear();
  }

  State feed(std::string_view bytes) {
    if (!in_body_) {
      std::string_view head = bytes;
      if (!head_.empty()) head = head_.append(bytes);
      const size_t end = head.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        if (head_.empty()) head_ = bytes;
        return head_.size() > kHeadBytesMax ? State::bad : State::more;
      }
      if (!parse(head.substr(0, end + 2))) return State::bad;
      in_body_ = true;
      bytes = head.substr(end + 4);
    }
    // One request is outstanding at a time, so surplus bytes belong to nobody.
    if (bytes.size() > left_) return State::bad;
    left_ -= bytes.size();
    return left_ == 0 ? State::complete : State::more;
  }

 private:
  static constexpr size_t kHeadBytesMax = 65'536;

  bool parse(std::string_view head) {
    if (!head.starts_with("HTTP/1.1 2")) return false;
    constexpr std::string_view kName = "content-length:";
    for (size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
      const std::string_view line = head.substr(at + 1);
      if (line.size() < kName.size() || (line.front() | 0x20) != 'c') continue;
      if (strncasecmp(line.data(), kName.data(), kName.size()) != 0) continue;
      const size_t digits = line.find_first_not_of(' ', kName.size());
      return std::from_chars(line.data() + digits, line.data() + line.size(), left_).ec == std::errc{};
    }
    return false;
  }

  bool in_body_ = false;
  uint64_t left_ = 0;
  std::string head_;  // only what arrived of a head cut across reads
};

}  // namespace umbra::bench
