// A strict reader of one HTTP/1.1 request, written for the fuzzers without any of umbra's own code: what it
// takes, every server takes alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace umbra::fuzz {

struct StrictRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  // as framed
};

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

inline std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

inline bool is_token(std::string_view text) {
  return !text.empty() && text.find_first_not_of(
                              "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == text.npos;
}

// The line up to the next CR LF, which is taken off too; none if a CR, LF or NUL stands alone.
inline std::optional<std::string_view> take_line(std::string_view& rest) {
  const size_t end = rest.find("\r\n");
  if (end == rest.npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos) return std::nullopt;
  rest.remove_prefix(end + 2);
  return line;
}

inline std::optional<std::pair<std::string, std::string>> field_of(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return std::nullopt;
  return std::pair(std::string(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
}

// The size of the chunked body at the front; none: it is not sound.
inline std::optional<size_t> chunked_size(std::string_view body) {
  std::string_view rest = body;
  for (;;) {
    const auto line = take_line(rest);
    if (!line) return std::nullopt;
    const std::string digits(line->substr(0, line->find(';')));
    if (digits.empty() || digits.size() > 15 ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      return std::nullopt;
    }
    const size_t size = std::stoull(digits, nullptr, 16);
    if (size == 0) break;
    if (rest.size() < size + 2 || rest.substr(size, 2) != "\r\n") return std::nullopt;
    rest.remove_prefix(size + 2);
  }
  for (auto line = take_line(rest); line; line = take_line(rest)) {
    if (line->empty()) return body.size() - rest.size();
    if (!field_of(*line)) return std::nullopt;
  }
  return std::nullopt;
}

// `bytes` as exactly one request; none: it is anything else.
inline std::optional<StrictRequest> read_strictly(std::string_view bytes) {
  StrictRequest request;
  std::string_view rest = bytes;
  const auto line = take_line(rest);
  if (!line) return std::nullopt;
  const size_t first = line->find(' ');
  const size_t last = line->rfind(' ');
  if (first == line->npos || first == last || line->substr(last + 1) != "HTTP/1.1") return std::nullopt;
  request.method = line->substr(0, first);
  request.target = line->substr(first + 1, last - first - 1);
  if (!is_token(request.method) || request.target.empty()) return std::nullopt;
  for (const char c : request.target) {
    if (c <= ' ' || c == 0x7f) return std::nullopt;
  }
  std::vector<std::string> lengths;
  std::vector<std::string> codings;
  int hosts = 0;
  for (;;) {
    const auto field_line = take_line(rest);
    if (!field_line) return std::nullopt;
    if (field_line->empty()) break;
    auto field = field_of(*field_line);
    if (!field) return std::nullopt;
    const std::string name = lower(field->first);
    if (name == "content-length") lengths.push_back(field->second);
    if (name == "transfer-encoding") codings.push_back(lower(field->second));
    if (name == "host") ++hosts;
    request.fields.push_back(std::move(*field));
  }
  if (hosts != 1 || lengths.size() + codings.size() > 1) return std::nullopt;
  size_t size = 0;
  if (!codings.empty()) {
    if (codings[0] != "chunked") return std::nullopt;
    const auto chunked = chunked_size(rest);
    if (!chunked) return std::nullopt;
    size = *chunked;
  } else if (!lengths.empty()) {
    if (lengths[0].empty() || lengths[0].size() > 18 ||
        lengths[0].find_first_not_of("0123456789") != std::string::npos) {
      return std::nullopt;
    }
    size = std::stoull(lengths[0]);
  }
  if (rest.size() != size) return std::nullopt;
  request.body = rest;
  return request;
}

}  // namespace umbra::fuzz
