// SinkConnection: one client of the sink.  Requests are read ahead of their answers, which go out in order,
// each when it is due.
//
//   reading --last request, fault, drain--> ending --all answered--> lingering --> over
//
// What a client can make grow: one read's bytes and one head, kPipelineMax answers that wait, and what lies
// in the stream's queue, to which nothing is added while it is kQueuedMax or more.  Owned by the Sink, on its
// loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "umbra/base/ring.h"
#include "umbra/generate/sink_answers.h"
#include "umbra/http/message_reader.h"
#include "umbra/net/stream.h"

namespace umbra::generate {

class SinkConnection final : public net::Retirable, private net::StreamListener {
 public:
  // What all connections of a thread use by turns; empty between calls.
  struct Scratch {
    http::Head head;
    std::string out;
  };
  class Owner {
   public:
    virtual Scratch& scratch() = 0;
    // on_due() is wanted at `when`, and no more at `instead_of`; 0: at no time.
    virtual void wake(uint64_t id, Nanos instead_of, Nanos when) = 0;
    virtual void on_over(uint64_t id) = 0;  // the last call: the owner retires it

   protected:
    ~Owner() = default;
  };

  // `patience`: for how long a client may neither send nor take anything.
  SinkConnection(Owner& owner, uint64_t id, SinkAnswers& answers, std::unique_ptr<net::Stream> stream,
                 Nanos patience);
  void start(Nanos now);
  void on_due();
  // Ends what has gone on too long; to be called every second or so.
  void sweep(Nanos now);
  // Answers what has been asked, and the request that is being read, and ends.
  void drain();
  void cut();

  static constexpr size_t kHeadMax = 64 * 1024;
  static constexpr size_t kPipelineMax = 128;
  static constexpr size_t kQueuedMax = 64 * 1024;
  static constexpr Nanos kLinger = kSecond;  // for the client to read the last answer

 private:
  enum class State : uint8_t { reading, ending, lingering, over };

  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_drained() override;
  void on_write_failed(const Error& error) override;
  void on_failed(const Error& error) override;

  void work(std::string_view input);
  void read(std::string_view& input, Nanos now);
  void take(const http::Event& event, Nanos now);
  void begin(const http::Head& head, bool whole);
  void refuse(unsigned status, Nanos now);
  void complete(Nanos now);
  bool serve(Nanos now);
  bool flush(std::vector<Slice> behind);
  void settle(Nanos now);
  void linger(Nanos now);
  void set_reading(bool wanted);
  void set_alarm(Nanos when);
  void end();

  Owner& owner_;
  uint64_t id_;
  SinkAnswers& answers_;
  std::unique_ptr<net::Stream> stream_;
  Nanos patience_;
  State state_ = State::reading;
  http::MessageReader reader_{http::Side::request, kHeadMax};
  std::string unread_;  // what stands behind the last request that had room
  Ring<SinkReply> replies_;
  Nanos alarm_ = 0;
  Nanos last_active_ = 0;  // when lingering: when that began
  size_t queued_ = 0;      // at the last sweep
  bool reads_ = false;
  bool peer_ended_ = false;
  bool draining_ = false;
  // Of the request that is being read.
  SinkReply next_;
  bool keep_ = true;
  bool owes_continue_ = false;
};

}  // namespace umbra::generate
