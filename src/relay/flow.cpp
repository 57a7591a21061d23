#include "umbra/relay/flow.h"

#include "umbra/relay/options.h"

namespace umbra::relay {

void Flow::start(net::Stream& source, net::Stream& sink) {
  gate_.attach(&source);
  sink_ = &sink;
  sink.set_low_water(kLowWater);
  source.start_reading();
}

void Flow::forward(Passing& passing) {
  if (broken_ || sink_ == nullptr) return;
  const std::string_view bytes = passing.view();
  const auto sent = sink_->try_write({&bytes, 1});
  if (!sent) return on_sink_broken();
  if (*sent == bytes.size()) return;
  std::vector<Slice> rest;
  rest.push_back(passing.keep(bytes.substr(*sent)));
  if (!sink_->write(std::move(rest))) return on_sink_broken();
  if (sink_->queued_bytes() > kHighWater) gate_.pause(PauseReason::sink_slow);
}

void Flow::on_sink_drained() { gate_.resume(PauseReason::sink_slow); }

void Flow::on_sink_broken() {
  broken_ = true;
  gate_.pause(PauseReason::sink_broken);
}

void Flow::detach() noexcept {
  gate_.attach(nullptr);
  sink_ = nullptr;
}

void Flow::end() {
  ended_ = true;
  if (broken_) return;
  sink_->set_low_water(0);  // from here on it matters when the last byte has gone
  sink_->end_writing();
}

}  // namespace umbra::relay
