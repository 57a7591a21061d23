#include "umbra/mirror/raw_copy.h"

#include <utility>
#include <vector>

namespace umbra::mirror {
namespace {

constexpr unsigned kReadMax = 16 * 1024;
constexpr size_t kQueueAtOnce = 64 * 1024;
constexpr size_t kPartOverhead = sizeof(Slice) + 64;

Fail reason_of(Errc code) noexcept {
  if (code == Errc::unresolved) return Fail::resolve;
  return code == Errc::timeout ? Fail::connect_timeout : Fail::connect;
}

}  // namespace

RawCopy::RawCopy(net::Loop& loop, net::Resolver& target, RawCopyHost& host, Budget& budget,
                 Nanos connect_timeout)
    : loop_(loop),
      host_(host),
      budget_(budget),
      connector_(std::make_unique<net::Connector>(loop, target, *this, connect_timeout)) {}

RawCopy::~RawCopy() {
  if (!over_) close(true);
  leave_seat();
}

void RawCopy::sit_on(RawSeat& seat) noexcept {
  seat_ = &seat;
  seat.copy = this;
}

void RawCopy::leave_seat() noexcept {
  if (seat_ != nullptr) std::exchange(seat_, nullptr)->copy = nullptr;
}

// ---- what the session says ----

void RawCopy::take(Passing& passing) {
  std::string_view bytes = passing.view();
  if (connected() && nothing_waits()) {
    const auto sent = stream_->try_write({&bytes, 1});
    if (!sent) return lose_connection();
    host_.on_sent(*sent);
    bytes.remove_prefix(*sent);
    if (bytes.empty()) return;
  }
  const size_t charge = bytes.size() + kPartOverhead;
  if (const Drop why = budget_.take(charge); why != Drop::count) return lose(Fail::over_budget, why);
  charge_ += charge;
  if (nothing_waits()) touched_ = monotonic_now();
  waiting_.push(passing.keep(bytes));
  if (connected() && in_stream_ == 0) queue_next();
  if (!over_) host_.on_waiting();
}

void RawCopy::end() {
  ended_ = true;
  if (connected() && nothing_waits()) finish_sending();
}

void RawCopy::on_session_over(bool aborted) {
  leave_seat();
  if (aborted) return lose(Fail::client_aborted, Drop::client_aborted);
  session_over_ = true;
  touched_ = monotonic_now();
  host_.on_waiting();
  if (!ended_) end();
}

// ---- sending ----

// The kernel's buffer is full: libuv waits for room with a part of what there is.
void RawCopy::queue_next() {
  std::vector<Slice> slices;
  while (!waiting_.empty() && in_stream_ < kQueueAtOnce) {
    in_stream_ += waiting_.front().size;
    in_stream_charge_ += waiting_.front().size + kPartOverhead;
    slices.push_back(waiting_.pop());
  }
  if (!stream_->write(std::move(slices))) lose_connection();
}

void RawCopy::on_drained() {
  const size_t sent = std::exchange(in_stream_, 0);
  const size_t charge = std::exchange(in_stream_charge_, 0);
  charge_ -= charge;
  budget_.give_back(charge);
  touched_ = monotonic_now();
  host_.on_sent(sent);
  if (!waiting_.empty()) return queue_next();
  if (ended_) finish_sending();
}

void RawCopy::finish_sending() {
  if (std::exchange(fin_sent_, true)) return;
  stream_->end_writing();
  if (shadow_ended_) settle({});
}

Nanos RawCopy::deadline(Nanos timeout) const noexcept {
  if (!connected()) return 0;  // the connector has its own
  return session_over_ || !nothing_waits() ? touched_ + timeout : 0;
}

// ---- what the shadow does ----

void RawCopy::on_connected(std::unique_ptr<net::Stream> stream) {
  net::Connector::dismiss(loop_, std::move(connector_));
  stream_ = std::move(stream);
  stream_->listen_to(this);
  stream_->limit_reads(kReadMax);
  stream_->start_reading();
  touched_ = monotonic_now();
  host_.on_connected(*this);
  if (!waiting_.empty()) return queue_next();
  if (ended_) finish_sending();
}

void RawCopy::on_connect_failed(const Error& error) {
  const Fail why = reason_of(error.code);
  host_.on_connect_failed(*this, why);
  settle({{}, why});
}

// Read to be thrown away, one full read a turn: a flood must not hold the loop while clients wait.
void RawCopy::on_bytes(std::string_view bytes) {
  host_.on_received(bytes.size());
  if (bytes.size() < kReadMax) return;
  stream_->stop_reading();
  host_.on_reading_paused(*this);
}

void RawCopy::read_on() {
  if (connected() && !shadow_ended_) stream_->start_reading();
}

void RawCopy::on_end() {
  shadow_ended_ = true;
  if (fin_sent_) settle({});
}

void RawCopy::on_write_failed(const Error&) { lose_connection(); }

void RawCopy::on_failed(const Error&) { lose_connection(); }

void RawCopy::lose_connection() {
  const Fail why = shadow_ended_ ? Fail::closed_early : Fail::reset;
  settle({{}, why});
}

void RawCopy::lose(Fail why, Drop why_not) {
  if (connected()) return settle({{}, why});
  settle({why_not, {}});
}

// ---- the end ----

void RawCopy::close(bool reset) {
  if (connector_) net::Connector::dismiss(loop_, std::move(connector_));
  if (!stream_) return;
  stream_->stop_reading();
  stream_->listen_to(nullptr);
  if (reset) stream_->abort();
}

// The stream dies with this object, which its owner retires: one of its callbacks may be under way.
void RawCopy::settle(RawOutcome outcome) {
  if (std::exchange(over_, true)) return;
  close(outcome.drop || outcome.failure);
  leave_seat();
  waiting_.clear();
  budget_.give_back(std::exchange(charge_, 0));
  host_.on_over(*this, outcome);
}

}  // namespace umbra::mirror
