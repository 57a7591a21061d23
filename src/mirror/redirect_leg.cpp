#include "umbra/mirror/redirect_leg.h"

#include <algorithm>
#include <utility>

#include "umbra/mirror/fail_of.h"

namespace umbra::mirror {
namespace {

constexpr size_t kConnectingMax = 4;  // at once: few copies come here

}  // namespace

RedirectLeg::RedirectLeg(net::Loop& loop, net::Address address, RedirectLegHost& host, Budget& budget,
                         client::PoolOptions options)
    : address_(std::move(address)),
      host_(host),
      pool_(loop, address_, *this, std::move(options)),
      waiting_(budget) {}

bool RedirectLeg::quiet() const noexcept {
  return waiting_.empty() && std::all_of(pool_.connections().begin(), pool_.connections().end(),
                                         [](const auto& one) { return one->unanswered() == 0; });
}

void RedirectLeg::wait(client::Request copy) {
  waiting_.push(std::move(copy));
  host_.on_leg_busy();
}

void RedirectLeg::end_turn(Nanos now) {
  while (!waiting_.empty()) {
    client::Connection* idle = pool_.take_idle();
    if (idle == nullptr) break;
    idle->hand(waiting_.pop(), now);
  }
  if (pool_.connecting() < std::min(waiting_.size(), kConnectingMax) && pool_.may_open()) pool_.open();
  // flush() may close a connection, which takes it out of the list.
  while (!to_flush_.empty()) {
    client::Connection* connection = to_flush_.back();
    to_flush_.pop_back();
    connection->flush_wanted = false;
    connection->flush(now);
  }
}

void RedirectLeg::tick(Nanos made_before, Nanos used_before) {
  while (!waiting_.empty() && waiting_.front().made < made_before) {
    host_.on_leg_failed(waiting_.pop(), Fail::timeout);
  }
  std::vector<client::Connection*> late;
  for (const auto& connection : pool_.connections()) {
    if (connection->unanswered() > 0 && connection->oldest().made < made_before) {
      late.push_back(connection.get());
    }
  }
  for (client::Connection* connection : late) close(*connection, Fail::timeout);
  pool_.close_idle_since(used_before);
  if (!waiting_.empty()) host_.on_leg_busy();
}

void RedirectLeg::fail_waiting(Fail why) {
  while (!waiting_.empty()) host_.on_leg_failed(waiting_.pop(), why);
}

void RedirectLeg::cut(Fail why) {
  fail_waiting(why);
  while (!pool_.connections().empty()) close(*pool_.connections().back(), why);
}

// ---- what connections report ----

void RedirectLeg::on_ready(client::Connection& connection) {
  pool_.on_settled(connection);
  pool_.put_idle(connection, monotonic_now());
  host_.on_leg_busy();
}

void RedirectLeg::on_answered(client::Connection& connection, client::Request& copy,
                              const client::Answer& answer) {
  if (answer.keeps_alive) pool_.put_idle(connection, answer.ended);
  if (!waiting_.empty()) host_.on_leg_busy();
  host_.on_leg_answered(*this, copy, answer);
}

void RedirectLeg::on_needs_flush(client::Connection& connection) {
  if (!std::exchange(connection.flush_wanted, true)) to_flush_.push_back(&connection);
  host_.on_leg_busy();
}

void RedirectLeg::on_closed(client::Connection& connection, client::CloseReason why) {
  const bool cut_answer = why == client::CloseReason::closed && connection.answer_begun();
  bury(connection, cut_answer ? Fail::closed_early : fail_of(why));
  if (is_connect_failure(why) && !waiting_.empty()) host_.on_leg_failed(waiting_.pop(), fail_of(why));
  if (!waiting_.empty()) host_.on_leg_busy();
}

void RedirectLeg::close(client::Connection& connection, Fail why) {
  connection.close();
  bury(connection, why);
}

void RedirectLeg::bury(client::Connection& connection, Fail why) {
  auto lost = connection.take_unanswered();
  if (connection.flush_wanted) std::erase(to_flush_, &connection);
  pool_.bury(connection);
  while (!lost.empty()) host_.on_leg_failed(lost.pop(), why);
}

}  // namespace umbra::mirror
