#include "umbra/mirror/shadow.h"

#include <fmt/format.h>

#include <algorithm>

#include "umbra/mirror/fail_of.h"
#include "umbra/mirror/own_lines.h"
#include "umbra/mirror/pool_options.h"

namespace umbra::mirror {
namespace {

using client::CloseReason;
using client::Connection;
using client::Request;
using client::StreamedBody;

// The smallest copies share chunks.  One that is answered late keeps its chunk alive, which the budget
// does not see: at most this much for each connection.
constexpr size_t kOpenChunk = 8 * 1024;
constexpr size_t kSharesChunk = kOpenChunk / 4;
constexpr size_t kPartOverhead = sizeof(Slice) + 64;

}  // namespace

Shadow::Shadow(net::Loop& loop, ShadowHost& host, const ShadowOptions& shadow, const Options& all,
               unsigned workers, TotalBudget& total, Log& log)
    : host_(host),
      log_(log),
      name_(shadow.name),
      host_line_(host_line_of(shadow)),
      marker_line_(marker_line_of(shadow)),
      timeout_(shadow.timeout.value_or(all.timeout)),
      pipeline_(shadow.pipeline.value_or(all.pipeline)),
      budget_(total),
      batching_(pipeline_),
      watchdog_(shadow, workers, log),
      following_(shadow, all),
      pool_(loop, shadow.address, *this, pool_options_of(shadow, all, workers, log)),
      legs_(loop, *this, budget_, log),
      tick_(loop, [this] { tick(); }),
      probe_(loop, [this] {
        if (breaker_.open() && pool_.connecting() == 0) pool_.open();
      }) {
  legs_.reconfigure(shadow, all, workers);
}

Shadow::~Shadow() = default;

void Shadow::reconfigure(const ShadowOptions& shadow, const Options& all, unsigned workers) {
  host_line_ = host_line_of(shadow);
  marker_line_ = marker_line_of(shadow);
  timeout_ = shadow.timeout.value_or(all.timeout);
  watchdog_.reconfigure(shadow, workers);
  following_ = Following(shadow, all);
  legs_.reconfigure(shadow, all, workers);
  pool_.set_options(pool_options_of(shadow, all, workers, log_));
  const unsigned pipeline = shadow.pipeline.value_or(all.pipeline);
  // What has been learned of the shadow stays learned.
  if (pipeline != std::exchange(pipeline_, pipeline)) batching_ = Batching(pipeline);
}

void Shadow::busy() {
  if (!busy_) {
    busy_ = true;
    host_.on_shadow_busy();
  }
  if (!tick_.running()) tick_.start_every(std::clamp(timeout_ / 4, 10 * kMillisecond, kTick));
}

// ---- taking copies ----

Shadow::Offered Shadow::offer(const CopyHead& head, const relay::RequestSeen& request, bool head_method,
                              bool safe) {
  const auto dropped = [this](Drop why) {
    drop(why);
    return Offered{};
  };
  if (unreachable()) return dropped(Drop::breaker_open);
  const std::string_view host_line = head.takes_host_line() ? std::string_view(host_line_) : "";
  const size_t head_size = head.size(host_line, marker_line_);
  const bool small = request.complete && head_size + request.body.size() <= kSmallCopy;
  const size_t size = head_size + (small ? request.body.size() : 0);
  const size_t charge = size + CopyQueue::kPlaceCharge;
  const size_t streamed = small ? 0 : request.body.size() + kPartOverhead;
  if (const Drop why = budget_.take(charge + streamed); why != Drop::count) return dropped(why);

  Request copy;
  copy.charge = static_cast<uint32_t>(charge);
  copy.made = request.now;
  copy.head_method = head_method;
  copy.safe = safe;
  copy.wants_location = small && following_.wants(0);
  copy.bytes = write(head, host_line, small ? request.body : std::string_view(), size);
  if (!small) stream_body(copy, request);
  ++counters_.in_flight;

  Offered offered{true, copy.body};
  Connection* connection = waiting_.empty() ? free_connection(copy) : nullptr;
  if (connection != nullptr) {
    connection->hand(std::move(copy), request.now);
  } else {
    wait(std::move(copy));
  }
  return offered;
}

Slice Shadow::write(const CopyHead& head, std::string_view host_line, std::string_view body, size_t size) {
  Chunk own;
  Chunk& chunk = size <= kSharesChunk ? open_chunk_ : own;
  if (chunk.sole_owner()) chunk.clear();
  if (chunk.room() < size) chunk = Chunk::with_room(size <= kSharesChunk ? kOpenChunk : size);
  const size_t offset = chunk.size();
  head.write(chunk, host_line, marker_line_);
  chunk.append(body);
  return {chunk, offset, chunk.size() - offset};
}

void Shadow::stream_body(Request& copy, const relay::RequestSeen& request) {
  copy.body = std::make_shared<StreamedBody>();
  copy.body->ended = request.complete;
  copy.body->touched = request.now;
  copy.body->charge = request.body.size();
  copy.body->overhead = kPartOverhead;
  if (!request.body.empty()) copy.body->waiting.push(request.passing.keep(request.body));
}

void Shadow::wait(Request copy) {
  waiting_.push(std::move(copy));
  busy();
}

void Shadow::take_body(const std::shared_ptr<StreamedBody>& body, std::string_view part, Passing& passing,
                       bool last) {
  if (body->over) return;
  if (const Drop why = budget_.take(part.size() + kPartOverhead); why != Drop::count) {
    return end_body(body, Fail::over_budget, why);
  }
  body->charge += part.size();
  body->overhead += kPartOverhead;
  body->ended = last;
  body->waiting.push(passing.keep(part));
  if (body->taker != nullptr) body->taker->pull_body();
}

void Shadow::abort_body(const std::shared_ptr<StreamedBody>& body, relay::Abort why) {
  switch (why) {
    case relay::Abort::client_aborted:
      return end_body(body, Fail::client_aborted, Drop::client_aborted);
    case relay::Abort::opaque:
      return end_body(body, Fail::opaque, Drop::opaque);
    case relay::Abort::draining:
      return end_body(body, Fail::draining, Drop::draining);
  }
}

void Shadow::outgrow_body(const std::shared_ptr<StreamedBody>& body) {
  end_body(body, Fail::body_too_large, Drop::body_too_large);
}

void Shadow::drop_held(Drop why) noexcept {
  --counters_.in_flight;
  drop(why);
  report_quiet();
}

bool Shadow::offer_held(std::string_view head, std::string_view body, Nanos now, bool head_method,
                        bool safe) {
  --counters_.in_flight;
  http::Head& parsed = host_.head_scratch();
  Opaque fault = Opaque::none;
  CopyHead plan;
  rules::Draft draft;
  if (parsed.parse(http::Side::request, head, fault) != http::Head::Verdict::complete) {
    drop(Drop::rule_error);
    return false;
  }
  draft.begin(parsed);
  plan.plan(draft, CopyHead::HostLine::kept);
  Passing passing(body);
  const relay::RequestSeen request{parsed, relay::RequestKind::ordinary, body, true, passing, now};
  const bool taken = offer(plan, request, head_method, safe).taken;
  report_quiet();
  return taken;
}

// A copy that can no longer be whole: its connection is reset, so that the shadow cannot take it for so.
void Shadow::end_body(const std::shared_ptr<StreamedBody>& body, Fail if_sent, Drop if_waiting) {
  if (body->over) return;
  if (body->taker != nullptr) return close_connection(*body->taker, if_sent);
  drop_taken(waiting_.take_out(*body), if_waiting);
}

// ---- handing copies to connections ----

size_t Shadow::room_on(const Connection& connection) const noexcept {
  const size_t depth = batching_.depth();
  const uint64_t left = requests_max_ > connection.taken() ? requests_max_ - connection.taken() : 0;
  const size_t used = connection.unanswered();
  return std::min<uint64_t>(depth > used ? depth - used : 0, left);
}

bool Shadow::takes_more(const Connection& connection, const Request& copy) const noexcept {
  if (copy.body || connection.closed() || connection.streaming() || room_on(connection) == 0) return false;
  return batching_.state() != Batching::State::trial || copy.safe;
}

Connection* Shadow::free_connection(const Request& copy) {
  if (filling_ != nullptr && takes_more(*filling_, copy)) {
    if (batching_.state() != Batching::State::trial) return filling_;
    return trial_ = std::exchange(filling_, nullptr);
  }
  Connection* idle = pool_.take_idle();
  const bool may_share = batching_.depth() > 1 && !copy.body;
  if (batching_.state() == Batching::State::trial) {
    filling_ = may_share && copy.safe && trial_ == nullptr ? idle : nullptr;
  } else {
    filling_ = may_share ? idle : nullptr;
  }
  return idle;
}

void Shadow::end_turn() {
  if (!std::exchange(busy_, false)) return;
  const Nanos now = monotonic_now();
  if (!waiting_.empty()) {
    serve_waiting(now);
    open_connections();
  }
  filling_ = nullptr;
  legs_.end_turn(now);
  // flush() may close a connection, which takes it out of the list.
  while (!to_flush_.empty()) {
    Connection* connection = to_flush_.back();
    to_flush_.pop_back();
    connection->flush_wanted = false;
    connection->flush(now);
  }
}

void Shadow::serve_waiting(Nanos now) {
  while (!waiting_.empty()) {
    Connection* connection = free_connection(waiting_.front());
    if (connection == nullptr) return;
    connection->hand(waiting_.pop(), now);
  }
}

// One a turn: each costs the kernel as much as some exchanges do, and clients come in between.
void Shadow::open_connections() {
  const auto wants_one = [this] {
    return pool_.connecting() < std::min(waiting_.size(), kConnectingMax) && pool_.may_open();
  };
  if (breaker_.open() || !wants_one()) return;
  pool_.open();
  if (wants_one()) busy();
}

// ---- what connections report ----

void Shadow::on_ready(Connection& connection) {
  pool_.on_settled(connection);
  uint64_t held_back = 0;
  if (breaker_.open() && log_gate_.open(monotonic_now(), held_back)) {
    log_.info("shadow accepts connections again", {{"shadow", name_}});
  }
  breaker_.on_connected();
  pool_.put_idle(connection, monotonic_now());
  busy();
}

void Shadow::on_needs_flush(Connection& connection) {
  if (!std::exchange(connection.flush_wanted, true)) to_flush_.push_back(&connection);
  busy();
}

void Shadow::on_sent(Connection& connection, size_t bytes) {
  counters_.bytes_sent += bytes;
  if (connection.unanswered() == 0 || !connection.oldest().body) return;
  StreamedBody& body = *connection.oldest().body;
  body.touched = monotonic_now();
  const size_t part = std::min(bytes, body.charge);
  body.charge -= part;
  budget_.give_back(part);
}

void Shadow::on_answered(Connection& connection, Request& copy, const client::Answer& answer) {
  if (!follow(copy, answer, nullptr)) complete(copy, answer);
  batching_.on_answer(answer.ended - connection.busy_since(), answer.keeps_alive, connection.answered() > 1);
  // Servers close after so many requests (nginx: 1,000); what is pipelined behind the last would be lost.
  if (!answer.keeps_alive && connection.answered() > 1) {
    requests_max_ = std::min(requests_max_, connection.answered());
  } else if (answer.keeps_alive && connection.answered() > requests_max_) {
    requests_max_ = ~uint64_t{0};
  }
  if (connection.unanswered() == 0 && answer.keeps_alive) {
    if (&connection == trial_) {
      trial_ = nullptr;
      batching_.on_pair_answered();
    }
    pool_.put_idle(connection, answer.ended);
  }
  if (!waiting_.empty()) busy();
  report_quiet();
}

void Shadow::on_closed(Connection& connection, CloseReason why) {
  if (is_connect_failure(why)) {
    const std::string detail = connection.failure();
    forget(connection);
    return on_connect_failed(why, detail);
  }
  const bool cut_answer = why == CloseReason::closed && connection.answer_begun();
  if (connection.pipelined() && connection.unanswered() > 0 && why != CloseReason::answered) {
    batching_.on_batch_lost();
  }
  lose_unanswered(connection, cut_answer ? Fail::closed_early : fail_of(why));
  forget(connection);
}

// The design's rule for connections that shared several copies: safe ones are sent once more.
void Shadow::lose_unanswered(Connection& connection, Fail oldest) {
  const bool batch = connection.pipelined();
  Fail why = oldest;
  for (auto lost = connection.take_unanswered(); !lost.empty(); why = Fail::closed_unanswered) {
    Request copy = lost.pop();
    const bool its_own_fault = why != Fail::closed_unanswered && why != Fail::reset;
    if (batch && copy.safe && !copy.resent && !copy.body && !its_own_fault && !draining_) {
      copy.resent = true;
      ++counters_.resent;
      wait(std::move(copy));
    } else {
      fail(std::move(copy), why);
    }
  }
  if (!waiting_.empty()) busy();
  report_quiet();
}

void Shadow::close_connection(Connection& connection, Fail oldest) {
  connection.close();
  lose_unanswered(connection, oldest);
  forget(connection);
}

void Shadow::forget(Connection& connection) {
  if (filling_ == &connection) filling_ = nullptr;
  if (trial_ == &connection) trial_ = nullptr;
  if (connection.flush_wanted) std::erase(to_flush_, &connection);
  pool_.bury(connection);
}

void Shadow::on_connect_failed(CloseReason why, const std::string& detail) {
  if (!waiting_.empty()) fail(waiting_.pop(), fail_of(why));
  const bool was_open = breaker_.open();
  // Attempts that were under way when it opened are no probes: they must not put the first one off.
  if (was_open && probe_.running()) return report_quiet();
  if (breaker_.on_connect_failed()) {
    uint64_t held_back = 0;
    if (!was_open && log_gate_.open(monotonic_now(), held_back)) {
      log_.warn("shadow cannot be connected; its copies are dropped until it can",
                {{"shadow", name_}, {"reason", std::string(name_of(fail_of(why)))}, {"detail", detail}});
    }
    if (unreachable()) drop_waiting(Drop::breaker_open);
    probe_.start_once(breaker_.probe_delay());
  }
  if (!waiting_.empty()) busy();
  report_quiet();
}

// ---- bounds ----

// A small copy has its time from when it was made; a streamed one from when bytes of it last moved.
Nanos Shadow::deadline(const Request& copy) const noexcept {
  return (copy.body ? std::max(copy.made, copy.body->touched) : copy.made) + timeout_;
}

bool Shadow::stalled(const Connection& connection, Nanos now) const noexcept {
  return batching_.state() != Batching::State::forced && connection.pipelined() &&
         connection.has_answered_since_idle() && now - connection.busy_since() > batching_.stall_time();
}

void Shadow::tick() {
  const Nanos now = monotonic_now();
  while (!waiting_.empty() && deadline(waiting_.front()) < now) {
    drop_taken(waiting_.pop(), Drop::timeout);
  }
  std::vector<std::pair<Connection*, Fail>> bad;
  for (const auto& connection : pool_.connections()) {
    if (connection->unanswered() == 0) continue;
    if (deadline(connection->oldest()) < now) {
      bad.emplace_back(connection.get(), Fail::timeout);
    } else if (stalled(*connection, now)) {
      batching_.on_batch_lost();
      bad.emplace_back(connection.get(), Fail::closed_unanswered);
    }
  }
  for (const auto& [connection, why] : bad) close_connection(*connection, why);
  const Nanos used_before = std::max<Nanos>(now, kIdle) - kIdle;
  pool_.close_idle_since(used_before);
  legs_.tick(std::max(now, timeout_) - timeout_, used_before);
  if (counters_.in_flight == 0 && pool_.size() + legs_.connections() == 0) tick_.stop();
  report_quiet();
}

void Shadow::drain() {
  draining_ = true;
  drop_waiting(Drop::draining);
  legs_.fail_waiting(Fail::draining);
}

void Shadow::cut() {
  draining_ = true;
  drop_waiting(Drop::draining);
  while (!pool_.connections().empty()) close_connection(*pool_.connections().back(), Fail::draining);
  legs_.cut(Fail::draining);
}

void Shadow::drop_waiting(Drop why) {
  while (!waiting_.empty()) drop_taken(waiting_.pop(), why);
  report_quiet();
}

// ---- outcomes ----

// The copy goes on as another request and waits like any other.  False: the answer is its last.
bool Shadow::follow(const Request& copy, const client::Answer& answer, RedirectLeg* from) {
  if (answer.location.empty() || draining_) return false;
  auto next = following_.next(copy, answer, host_.head_scratch());
  if (!next) return false;
  using Server = Redirect::Server;
  RedirectLeg* leg = next->server == Server::same ? from : nullptr;
  if (next->server == Server::other && (leg = legs_.to(next->address)) == nullptr) return false;
  if (budget_.take(next->request.charge) != Drop::count) return false;
  budget_.give_back(copy.charge);
  ++counters_.redirects_followed;
  leg != nullptr ? leg->wait(std::move(next->request)) : wait(std::move(next->request));
  return true;
}

void Shadow::on_leg_answered(RedirectLeg& leg, Request& copy, const client::Answer& answer) {
  if (!follow(copy, answer, &leg)) complete(copy, answer);
  report_quiet();
}

void Shadow::complete(Request& copy, const client::Answer& answer) {
  settle(copy);
  ++counters_.completed;
  ++counters_.status[metrics::status_class(answer.status)];
  counters_.first_byte.record(copy.first_byte - copy.handed);
  counters_.last_byte.record(answer.ended - copy.handed);
  watchdog_.on_answered(answer.ended, answer.status, answer.ended - copy.handed);
}

void Shadow::settle(Request& copy) noexcept {
  --counters_.in_flight;
  budget_.give_back(copy.charge);
  if (!copy.body) return;
  budget_.give_back(std::exchange(copy.body->charge, 0) + std::exchange(copy.body->overhead, 0));
  copy.body->over = true;
  copy.body->taker = nullptr;
  copy.body->waiting.clear();
}

void Shadow::fail(Request copy, Fail why) noexcept {
  settle(copy);
  ++counters_.failed[why];
  watchdog_.on_failed(monotonic_now(), why);
}

void Shadow::drop_taken(Request copy, Drop why) noexcept {
  if (copy.followed > 0) return fail(std::move(copy), fail_of(why));
  settle(copy);
  ++counters_.dropped[why];
}

void Shadow::report_quiet() {
  if (draining_ && counters_.in_flight == 0) host_.on_shadow_quiet();
}

metrics::ShadowCounters Shadow::counters() const {
  metrics::ShadowCounters now = counters_;
  now.waiting = waiting_.size() + legs_.waiting();
  now.held_bytes = budget_.used();
  now.held_bytes_peak = budget_.peak();
  now.held_bytes_limit = budget_.limit();
  now.connections_open = pool_.size() + legs_.connections();
  now.connections_opened = pool_.opened() + legs_.opened();
  now.breakers_open = breaker_.open() ? 1 : 0;
  now.pipelining = batching_.active() ? 1 : 0;
  now.stopped = watchdog_.stopped() ? 1 : 0;
  return now;
}

}  // namespace umbra::mirror
