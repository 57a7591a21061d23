// SinkAnswers: draws one thread's answers, writes their bytes, and counts them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "umbra/base/chunk.h"
#include "umbra/generate/sink_model.h"
#include "umbra/generate/sink_tally.h"
#include "umbra/http/head.h"

namespace umbra::generate {

// An answer that is not yet written.
struct SinkReply {
  Nanos due = 0;
  uint64_t size = 0;
  size_t route = 0;
  unsigned status = 0;
  bool to_head = false;
  bool old = false;  // to HTTP/1.0, whose clients want to be told that the connection stays

  // A request that is none has a route that is none.
  static constexpr size_t kRefused = ~size_t{0};
};

class SinkAnswers {
 public:
  // The n-th request to a route on the t-th thread draws from a stream of its own: the same whatever comes to
  // other routes.  `zero`: when the sink was started.
  SinkAnswers(std::shared_ptr<const SinkModel> model, uint64_t seed, unsigned thread, Nanos zero);

  // By its head; its status and what else is drawn come by draw(), when the whole request is there.
  SinkReply begin(const http::Head& head) const;
  void draw(SinkReply& reply, Nanos now);
  SinkReply refuse(unsigned status, Nanos now);

  // Writes it behind `out`.  A large body is given back instead, to be sent behind that.
  std::vector<Slice> write(const SinkReply& reply, bool close, std::string& out);
  void drop(const SinkReply& reply) noexcept;

  SinkTally& tally() noexcept { return tally_; }
  const SinkTally& tally() const noexcept { return tally_; }

  static constexpr size_t kInlineMax = 16 * 1024;

 private:
  struct Prepared {
    std::string fields;  // lines of the head
    Chunk body;
  };

  std::vector<Slice> write_body(const SinkReply& reply, uint64_t size, std::string& out) const;

  std::shared_ptr<const SinkModel> model_;
  uint64_t seed_;
  uint64_t thread_;
  Nanos zero_;
  std::vector<Prepared> prepared_;  // by route, the default behind them
  Chunk filler_;
  SinkTally tally_;
};

}  // namespace umbra::generate
