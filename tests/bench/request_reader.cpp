#include "request_reader.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace umbra::bench {
namespace {

constexpr size_t kHeadBytesMax = 65'536;

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool parse_number(std::string_view text, int base, uint64_t& number) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number, base);
  return result.ec == std::errc{} && result.ptr == end;
}

}  // namespace

bool RequestReader::feed(std::string_view bytes, std::vector<Request>& complete) {
  while (!bytes.empty()) {
    switch (phase_) {
      case Phase::head:
        if (!feed_head(bytes, complete)) return false;
        break;
      case Phase::fixed:
      case Phase::chunk_data:
        skip_body(bytes);
        if (left_ > 0) break;
        if (phase_ == Phase::fixed) {
          finish(complete);
        } else {
          phase_ = Phase::chunk_end;
        }
        break;
      case Phase::chunk_size:
      case Phase::chunk_end:
      case Phase::trailer:
        if (!feed_line(bytes, complete)) return false;
        break;
    }
  }
  return true;
}

bool RequestReader::feed_head(std::string_view& rest, std::vector<Request>& complete) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::string_view head = rest;
  size_t end = 0;
  if (partial_.empty()) {
    end = rest.find(kEnd);
    if (end == std::string_view::npos) {
      partial_ = rest;
      rest = {};
      return partial_.size() <= kHeadBytesMax;
    }
    rest.remove_prefix(end + kEnd.size());
  } else {
    const size_t held = partial_.size();
    partial_.append(rest);
    end = partial_.find(kEnd, held < kEnd.size() ? 0 : held - kEnd.size() + 1);
    if (end == std::string::npos) {
      rest = {};
      return partial_.size() <= kHeadBytesMax;
    }
    rest.remove_prefix(end + kEnd.size() - held);
    head = partial_;
  }
  const bool sound = parse_head(head.substr(0, end + 2));
  partial_.clear();
  if (!sound) return false;
  if (chunked_) {
    phase_ = Phase::chunk_size;
  } else if (left_ > 0) {
    phase_ = Phase::fixed;
  } else {
    finish(complete);
  }
  return true;
}

// `head` ends with the CRLF of its last field.
bool RequestReader::parse_head(std::string_view head) {
  request_ = {};
  chunked_ = false;
  left_ = 0;
  const size_t line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  const size_t method_end = line.find(' ');
  const size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end == method_end) return false;
  const std::string_view version = line.substr(target_end + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  request_.closes = version == "HTTP/1.0";
  request_.is_head = line.substr(0, method_end) == "HEAD";
  request_.is_count = line.substr(method_end + 1, target_end - method_end - 1) == "/__count";
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const size_t end = head.find('\n');
    if (end == 0 || head[end - 1] != '\r') return false;
    if (!parse_field(head.substr(0, end - 1))) return false;
    head.remove_prefix(end + 1);
  }
  return true;
}

bool RequestReader::parse_field(std::string_view line) {
  // Only names that begin with one of these letters matter here: the origin has
  // to cost less than what it measures.
  if (line.empty()) return false;
  const char first = static_cast<char>(line.front() | 0x20);
  if (first != 'c' && first != 't' && first != 'e') return true;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_name(name, "content-length")) return parse_number(value, 10, left_);
  if (same_name(name, "transfer-encoding")) {
    chunked_ = same_name(value, "chunked");
    return chunked_;
  }
  if (same_name(name, "connection")) {
    if (same_name(value, "close")) request_.closes = true;
    if (same_name(value, "keep-alive")) request_.closes = false;
  }
  if (same_name(name, "expect")) expects_continue_ = true;
  return true;
}

void RequestReader::skip_body(std::string_view& rest) {
  const size_t taken = static_cast<size_t>(std::min<uint64_t>(left_, rest.size()));
  left_ -= taken;
  body_bytes_ += taken;
  rest.remove_prefix(taken);
}

// Chunk sizes, the empty line after a chunk, and trailers: all end with a CRLF.
bool RequestReader::feed_line(std::string_view& rest, std::vector<Request>& complete) {
  const size_t end = rest.find('\n');
  const bool whole = end != std::string_view::npos;
  partial_.append(rest.substr(0, whole ? end : rest.size()));
  rest.remove_prefix(whole ? end + 1 : rest.size());
  if (partial_.size() > kHeadBytesMax) return false;
  if (!whole) return true;
  if (partial_.empty() || partial_.back() != '\r') return false;
  partial_.pop_back();
  bool sound = true;
  if (phase_ == Phase::chunk_size) {
    sound = on_chunk_size();
  } else if (phase_ == Phase::chunk_end) {
    sound = partial_.empty();
    phase_ = Phase::chunk_size;
  } else if (partial_.empty()) {
    finish(complete);
  }
  partial_.clear();
  return sound;
}

bool RequestReader::on_chunk_size() {
  const std::string_view line = partial_;
  if (!parse_number(trimmed(line.substr(0, line.find(';'))), 16, left_)) return false;
  phase_ = left_ == 0 ? Phase::trailer : Phase::chunk_data;
  return true;
}

void RequestReader::finish(std::vector<Request>& complete) {
  complete.push_back(request_);
  phase_ = Phase::head;
}

}  // namespace umbra::bench
