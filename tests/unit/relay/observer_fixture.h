// An Observer without sockets: a tap that writes down what it is shown, and the counters.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/relay/observer.h"
#include "umbra/relay/options.h"

namespace umbra::relay {

// What the tap heard of one request.
struct Heard {
  std::string line;  // method and target
  RequestKind kind = RequestKind::ordinary;
  std::string body;
  bool complete = false;
  std::string client;
  bool aborted = false;
  Abort why = Abort::client_aborted;
};

class RecordingTap final : public Tap {
 public:
  Taken on_request(const RequestSeen& request) noexcept override {
    Heard heard;
    heard.line = std::string(request.head.method()) + " " + std::string(request.head.target());
    heard.kind = request.kind;
    heard.body = request.body;
    heard.complete = request.complete;
    heard.client = request.client;
    EXPECT_TRUE(request.body.empty() || lies_in(request.body, request.passing))
        << "the body must lie in passing";
    all.push_back(std::move(heard));
    Taken taken{copied_to, nullptr};
    if (!request.complete && interested) taken.body = std::make_unique<Rest>(*this, all.size() - 1);
    return taken;
  }

  bool wants_client() const noexcept override { return asks_for_client; }

  static bool lies_in(std::string_view part, const Passing& passing) {
    const std::string_view in = passing.view();
    return part.data() >= in.data() && part.data() + part.size() <= in.data() + in.size();
  }

  std::vector<Heard> all;
  uint64_t copied_to = 1;
  bool interested = true;
  bool asks_for_client = false;
  size_t open_bodies = 0;

 private:
  class Rest final : public BodyTap {
   public:
    Rest(RecordingTap& tap, size_t index) : tap_(tap), index_(index) { ++tap_.open_bodies; }
    ~Rest() override { --tap_.open_bodies; }
    void on_body(std::string_view part, Passing& passing, bool last) noexcept override {
      EXPECT_FALSE(over_) << "a call after the last";
      EXPECT_TRUE(lies_in(part, passing));
      tap_.all[index_].body += part;
      tap_.all[index_].complete = over_ = last;
    }
    void on_aborted(Abort why) noexcept override {
      EXPECT_FALSE(over_) << "a call after the last";
      tap_.all[index_].aborted = over_ = true;
      tap_.all[index_].why = why;
    }

   private:
    RecordingTap& tap_;
    size_t index_;
    bool over_ = false;
  };
};

class ObserverTest : public testing::Test {
 protected:
  ObserverTest() {
    watch.tap = &tap;
    observer = std::make_unique<Observer>(watch);
  }
  ~ObserverTest() override {
    observer.reset();
    EXPECT_EQ(tap.open_bodies, 0u) << "a body tap was left alone";
    EXPECT_EQ(watch.live.ended, watch.live.exchanges)
        << "every exchange ends, at the session's end at the latest";
  }

  void request(std::string_view bytes) {
    const std::string memory(bytes);
    Passing passing(memory);
    observer->on_request_bytes(passing);
  }
  void response(std::string_view bytes) { observer->on_response_bytes(std::string(bytes)); }
  uint64_t opaque(Opaque reason) const { return watch.sessions.opaque[reason]; }
  uint64_t answered() const { return watch.live.first_byte.count(); }

  Watch watch;
  RecordingTap tap;
  std::unique_ptr<Observer> observer;
};

inline const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline std::string post(std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace umbra::relay
