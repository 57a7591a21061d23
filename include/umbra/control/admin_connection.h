// AdminConnection: one client of the admin server.
//
//   reading --request--> asking --answer--> writing --drained--> reading
//      \------fault---------\---time-out-------\--not kept--> lingering --> over
//
// Only `reading` and `lingering` read, so that what a client can make grow is one read's bytes, one body
// and one answer.  Owned by the AdminServer, on the control loop.
#pragma once

#include <memory>
#include <string>

#include "umbra/control/request.h"
#include "umbra/http/message_reader.h"
#include "umbra/net/stream.h"
#include "umbra/net/timer.h"

namespace umbra::control {

class AdminConnection final : public net::Retirable, private net::StreamListener {
 public:
  class Owner {
   public:
    // answer() is expected, now or later.
    virtual void on_request(uint64_t id, const Request& request) = 0;
    virtual void on_over(uint64_t id) = 0;  // the last call: the owner retires it

   protected:
    ~Owner() = default;
  };

  AdminConnection(net::Loop& loop, Owner& owner, uint64_t id, std::unique_ptr<net::Stream> stream,
                  bool unix_path);
  void start();
  void answer(const Answer& answer);
  // Of the request under way.
  const Request& request() const noexcept { return request_; }

  static constexpr size_t kHeadMax = 8 * 1024;
  static constexpr size_t kBodyMax = 64 * 1024;
  static constexpr Nanos kPatience = 10 * kSecond;  // for each state
  static constexpr Nanos kLinger = kSecond;         // for the client to read the last answer

 private:
  enum class State : uint8_t { reading, asking, writing, lingering, over };

  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_drained() override;
  void on_write_failed(const Error& error) override;
  void on_failed(const Error& error) override;
  void on_impatient();

  void read_on();
  unsigned take(const http::Event& event);
  unsigned begin_request(bool whole);
  void enter(State state, Nanos patience = kPatience);
  void refuse(unsigned status, std::string_view why);
  void send(const Answer& answer);
  void end();

  Owner& owner_;
  uint64_t id_;
  std::unique_ptr<net::Stream> stream_;
  net::Timer patience_;
  State state_ = State::reading;
  http::MessageReader reader_{http::Side::request, kHeadMax};
  http::Head head_;
  std::string unread_;
  bool unix_path_;
  // Of the request under way; the head's views do not outlive its bytes.
  Request request_;
  bool keeps_body_ = false;
  bool keep_ = false;
  bool old_ = false;  // HTTP/1.0, whose clients want to be told that the connection stays
};

}  // namespace umbra::control
