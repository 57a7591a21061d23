#include "umbra/generate/lane.h"

#include <algorithm>

namespace umbra::generate {
namespace {

client::PoolOptions pool_options(const Options& options, size_t users, std::shared_ptr<net::TlsContext> tls) {
  return {users, options.connect_timeout, std::move(tls)};
}

Failure failure_of(client::CloseReason why) {
  using client::CloseReason;
  switch (why) {
    case CloseReason::connect_unresolved:
      return Failure::unresolved;
    case CloseReason::connect_timeout:
      return Failure::connect_timeout;
    case CloseReason::connect_failed:
      return Failure::connect;
    case CloseReason::connect_tls:
    case CloseReason::tls:
      return Failure::tls;
    case CloseReason::protocol:
      return Failure::protocol;
    case CloseReason::reset:
      return Failure::reset;
    case CloseReason::answered:
    case CloseReason::closed:
      return Failure::closed;
  }
  return Failure::closed;
}

bool is_connect_failure(client::CloseReason why) {
  using client::CloseReason;
  return why == CloseReason::connect_unresolved || why == CloseReason::connect_timeout ||
         why == CloseReason::connect_failed || why == CloseReason::connect_tls;
}

Slice whole(std::string_view bytes) { return {Chunk::copy_of(bytes), 0, bytes.size()}; }

}  // namespace

Lane::Lane(net::Loop& loop, const Options& options, Part part, std::shared_ptr<net::TlsContext> tls,
           std::function<void()> on_over)
    : loop_(loop),
      options_(options),
      part_(part),
      on_over_(std::move(on_over)),
      pool_(loop, options.target.address, *this, pool_options(options, part.users, std::move(tls))),
      request_(whole(options.request.bytes)),
      due_(loop, [this] { on_due(); }),
      tick_(loop, [this] { tick(); }),
      turn_end_(loop, [this] { flush(); }) {}

Lane::~Lane() { pool_.close_all(); }

void Lane::start(Nanos zero) {
  zero_ = zero;
  tick_.start_every(kTick);
  if (open_model()) {
    arrivals_.emplace(options_.load.curve, options_.load.spread, options_.seed, part_.shard);
    next_ = arrivals_->next();
    due_.start_at(next_ ? zero_ + next_->at : zero_);
    return;
  }
  ends_ = options_.load.duration == 0 ? 0 : zero_ + options_.load.duration;
  due_.start_at(zero_);
}

void Lane::on_due() {
  const Nanos now = monotonic_now();
  if (!open_model()) {
    begin_users();
    flush();
    return report_if_over();
  }
  uint32_t burst = 0;
  while (next_ && !stopped_ && zero_ + next_->at <= now && burst++ < kBurstMax) {
    begin(zero_ + next_->at, now);
    next_ = arrivals_->next();
  }
  flush();  // not behind what else this turn of the loop has to do
  if (next_ && !stopped_) due_.start_at(zero_ + next_->at);
  report_if_over();
}

// Closed loads: all users who are free begin.
void Lane::begin_users() {
  uint32_t burst = 0;
  while (!exhausted() && under_way_ < part_.users) {
    const Nanos now = monotonic_now();
    if (burst++ == kBurstMax) return due_.start_at(now);
    if (ends_ != 0 && now >= ends_) {
      stopped_ = true;
      break;
    }
    begin(now, now);
  }
}

bool Lane::exhausted() const noexcept {
  if (stopped_) return true;
  if (open_model()) return !next_;
  return part_.iterations != 0 && begun_ >= part_.iterations;
}

void Lane::begin(Nanos intended, Nanos now) {
  const bool measured = intended >= zero_ + options_.warm_up;
  Tally& tally = measured ? tally_ : unmeasured_;
  ++begun_;
  tally.last_begun = std::max(tally.last_begun, now);
  if (under_way_ >= part_.users) {
    ++tally.dropped;
    tally.lag.record(now - intended);
    return;
  }
  ++tally.begun;
  ++under_way_;
  const uint32_t place = take_place();
  Flight& flight = flights_[place];
  flight.intended = intended;
  flight.measured = measured;
  if (client::Connection* idle = pool_.take_idle()) return send(place, *idle, now);
  // Until it is sent the time to connect bounds it; from then on the time-out.
  flight.waited = true;
  tally.lag.record(now - intended);
  waiting_.push(place);
  if (pool_.may_open()) open_connection(now);
}

void Lane::open_connection(Nanos now) {
  pool_.open();
  ++tally_at(now).connections;
}

uint32_t Lane::take_place() {
  if (free_places_.empty()) {
    flights_.emplace_back();
    return static_cast<uint32_t>(flights_.size() - 1);
  }
  const uint32_t place = free_places_.back();
  free_places_.pop_back();
  return place;
}

void Lane::send(uint32_t place, client::Connection& connection, Nanos now) {
  Flight& flight = flights_[place];
  flight.connection = &connection;
  deadlines_.push({now + options_.timeout, place, flight.generation});
  client::Request request;
  request.bytes = request_;
  request.made = flight.intended;
  request.head_method = options_.request.head_method;
  request.charge = place;
  connection.hand(std::move(request), now);
}

void Lane::on_ready(client::Connection& connection) {
  const Nanos now = monotonic_now();
  pool_.on_settled(connection);
  tally_at(now).connecting.record(connection.connect_took());
  if (connection.handshake_took() > 0) tally_at(now).handshakes.record(connection.handshake_took());
  serve_waiting(connection, now);
}

void Lane::serve_waiting(client::Connection& connection, Nanos now) {
  if (waiting_.empty()) return pool_.put_idle(connection, now);
  send(waiting_.pop(), connection, now);
}

void Lane::on_answered(client::Connection& connection, client::Request& request,
                       const client::Answer& answer) {
  const uint32_t place = request.charge;
  Flight& flight = flights_[place];
  Tally& tally = tally_of(flight);
  ++tally.answered;
  ++tally.statuses[answer.status >= 100 && answer.status < 600 ? answer.status / 100 : 0];
  tally.first_byte.record(request.first_byte - flight.sent);
  measure(flight, answer.ended);
  if (answer.status >= 400 && !options_.request.any_status) ++tally.bad_statuses;
  end(place);
  if (answer.keeps_alive) serve_waiting(connection, answer.ended);
  if (!open_model()) begin_users();
  report_if_over();
}

void Lane::measure(const Flight& flight, Nanos now) {
  Tally& tally = tally_of(flight);
  tally.from_intended.record(now - flight.intended);
  if (flight.sent != 0) tally.from_sent.record(now - flight.sent);
}

void Lane::end(uint32_t place) {
  Flight& flight = flights_[place];
  const uint32_t generation = flight.generation + 1;
  flight = {};
  flight.generation = generation;
  free_places_.push_back(place);
  --under_way_;
}

void Lane::fail(uint32_t place, Failure why, Nanos now) {
  const Flight& flight = flights_[place];
  measure(flight, now);
  ++tally_of(flight).failures(why);
  end(place);
}

void Lane::on_sent(client::Connection&, size_t bytes) { tally_at(monotonic_now()).bytes_sent += bytes; }
void Lane::on_received(size_t bytes) { tally_at(monotonic_now()).bytes_received += bytes; }

void Lane::on_needs_flush(client::Connection& connection) {
  if (std::exchange(connection.flush_wanted, true)) return;
  to_flush_.push_back(&connection);
  turn_end_.arm();
}

// The time at which a request is sent is that of its write, and not that of the decision.
void Lane::note_sent(const client::Connection& connection, Nanos now) {
  Flight& flight = flights_[connection.oldest().charge];
  if (flight.sent != 0) return;
  flight.sent = now;
  if (!flight.waited) tally_of(flight).lag.record(now - flight.intended);
}

void Lane::flush() {
  // A flush may kill a connection, whose end may begin a request on another.
  for (size_t i = 0; i < to_flush_.size(); ++i) {
    client::Connection* connection = to_flush_[i];
    const Nanos now = monotonic_now();
    connection->flush_wanted = false;
    if (connection->unanswered() > 0) note_sent(*connection, now);
    connection->flush(now);
  }
  to_flush_.clear();
}

// A connection that died while it connected has not taken anybody: the one who waits longest pays for it, if
// there are not enough others on their way.
void Lane::on_closed(client::Connection& connection, client::CloseReason why) {
  const Nanos now = monotonic_now();
  pool_.on_settled(connection);
  auto unanswered = connection.take_unanswered();
  const bool has_served = connection.taken() > 0;
  bury(connection);
  while (!unanswered.empty()) fail(unanswered.pop().charge, failure_of(why), now);
  const bool is_missed = is_connect_failure(why) && pool_.connecting() < waiting_.size();
  if (is_missed) fail(waiting_.pop(), failure_of(why), now);
  // Others may wait for a place in the pool.
  while (pool_.may_open() && pool_.connecting() < waiting_.size()) open_connection(now);
  // Users whose connect has failed wait for the next tick, or they would do nothing but try.
  if (has_served && !open_model()) begin_users();
  report_if_over();
}

// Every kTick: what has taken too long, and users of a closed load whose last connection could not be made.
void Lane::tick() {
  const Nanos now = monotonic_now();
  while (!deadlines_.empty()) {
    const Deadline& due = deadlines_.front();
    const Flight& flight = flights_[due.place];
    const bool answered = flight.generation != due.generation;
    if (!answered && due.when > now) break;
    if (!answered) time_out(due.place, now);
    deadlines_.pop();
  }
  if (!open_model() && now >= zero_) begin_users();
  report_if_over();
}

void Lane::time_out(uint32_t place, Nanos now) {
  client::Connection& connection = *flights_[place].connection;
  connection.close();  // with a reset, since its answer is outstanding: a FIN would leave the port in use
  connection.take_unanswered();
  bury(connection);
  fail(place, Failure::timeout, now);
}

void Lane::bury(client::Connection& connection) {
  if (connection.flush_wanted) std::erase(to_flush_, &connection);
  pool_.bury(connection);
}

// Arrivals that were due and that this lane did not come to.
void Lane::count_missed(Nanos now) {
  if (!open_model() || stopped_ || !next_ || zero_ + next_->at > now) return;
  const auto due = static_cast<uint64_t>(options_.load.curve->count_at(now - zero_));
  const uint64_t mine = due / part_.shard.count + (due % part_.shard.count > part_.shard.index ? 1 : 0);
  if (mine > begun_) tally_.missed += mine - begun_;
}

void Lane::stop() {
  count_missed(monotonic_now());
  stopped_ = true;
  report_if_over();
}

void Lane::cut() {
  const Nanos now = monotonic_now();
  count_missed(now);
  stopped_ = true;
  for (Flight& flight : flights_) {
    if (flight.intended == 0) continue;
    measure(flight, now);
    ++tally_of(flight).unanswered;
  }
  under_way_ = 0;
  to_flush_.clear();
  pool_.close_all();
  report_if_over();
}

void Lane::report_if_over() {
  if (over_ || under_way_ > 0 || !exhausted()) return;
  over_ = true;
  tick_.stop();
  due_.stop();
  on_over_();
}

}  // namespace umbra::generate
