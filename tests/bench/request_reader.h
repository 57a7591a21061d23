// Finds the requests in one connection's byte stream, for the bench origin.
//
// Bodies are skipped as they pass and never held, so that an upload of any size
// takes constant memory; only a head that is cut across reads is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace umbra::bench {

struct Request {
  bool is_count = false;  // GET /__count
  bool is_head = false;   // its answer has no body
  bool closes = false;    // the client asked for the connection's end
};

class RequestReader {
 public:
  // Appends the requests that end within `bytes`; false when the stream is no HTTP/1.
  bool feed(std::string_view bytes, std::vector<Request>& complete);

  bool between_requests() const { return phase_ == Phase::head && partial_.empty(); }
  // True once after a head that waits for "100 Continue".
  bool take_expectation() {
    const bool expected = expects_continue_;
    expects_continue_ = false;
    return expected;
  }
  uint64_t take_body_bytes() {
    const uint64_t bytes = body_bytes_;
    body_bytes_ = 0;
    return bytes;
  }

 private:
  // head -> fixed --------------------------------> head
  //      -> chunk_size -> chunk_data -> chunk_end -> chunk_size
  //                    -> trailer ----------------> head
  enum class Phase : uint8_t { head, fixed, chunk_size, chunk_data, chunk_end, trailer };

  bool feed_head(std::string_view& rest, std::vector<Request>& complete);
  bool feed_line(std::string_view& rest, std::vector<Request>& complete);
  void skip_body(std::string_view& rest);
  bool parse_head(std::string_view head);
  bool parse_field(std::string_view line);
  bool on_chunk_size();
  void finish(std::vector<Request>& complete);

  Phase phase_ = Phase::head;
  bool chunked_ = false;
  bool expects_continue_ = false;
  Request request_;
  uint64_t left_ = 0;        // body bytes still to skip
  uint64_t body_bytes_ = 0;  // skipped since they were last taken
  std::string partial_;      // a head or a line that the next read completes
};

}  // namespace umbra::bench
