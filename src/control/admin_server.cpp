#include "umbra/control/admin_server.h"

#include <unistd.h>

#include <utility>

#include "umbra/control/routes.h"
#include "umbra/control/shadows_page.h"
#include "umbra/net/socket_stream.h"

namespace umbra::control {

Result<void> AdminServer::serve(net::ListenSocket socket) {
  auto listener =
      std::make_unique<net::Listener>(loop_, std::move(socket), log_, [this](int fd, bool unix_path) {
        accept(fd, unix_path);
        return true;
      });
  auto started = listener->start();
  if (started) listeners_.push_back(std::move(listener));
  return started;
}

void AdminServer::accept(int fd, bool unix_path) {
  if (connections_.size() >= kConnectionsMax) {
    ::close(fd);
    return;
  }
  auto stream = net::SocketStream::adopt(loop_, fd, unix_path);
  if (!stream) {
    ::close(fd);
    return;
  }
  const uint64_t id = ++last_id_;
  AdminConnection::Owner& owner = *this;
  auto& connection = connections_[id];
  connection = std::make_unique<AdminConnection>(loop_, owner, id, std::move(*stream), unix_path);
  connection->start();
}

void AdminServer::on_request(uint64_t id, const Request& request) {
  Plan what = plan(request, access_);
  switch (what.kind) {
    case Plan::Kind::answer:
      log_refusal(what.answer);
      return answer(id, what.answer);
    case Plan::Kind::show:
      return show(id);
    case Plan::Kind::steer:
      return steer(id, std::move(what.order));
    case Plan::Kind::reload:
      return reload(id);
  }
}

void AdminServer::show(uint64_t id) {
  source_.collect([this, id, alive = std::weak_ptr<bool>(alive_)](const Snapshot& snapshot) {
    if (alive.expired()) return;
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    found->second->answer(control::show(found->second->request().target, snapshot));
  });
}

void AdminServer::steer(uint64_t id, Order order) {
  const std::string name = order.shadow.value_or("");
  steering_.steer(std::move(order), [this, id, name, alive = std::weak_ptr<bool>(alive_)](bool found) {
    if (alive.expired()) return;
    found ? show(id) : answer(id, no_such_shadow(name));
  });
}

void AdminServer::reload(uint64_t id) {
  steering_.reload([this, id, alive = std::weak_ptr<bool>(alive_)](const ReloadReport& report) {
    if (!alive.expired()) answer(id, reload_page(report));
  });
}

void AdminServer::answer(uint64_t id, const Answer& answer) {
  if (const auto found = connections_.find(id); found != connections_.end()) found->second->answer(answer);
}

// Somebody may be guessing the token.
void AdminServer::log_refusal(const Answer& answer) {
  uint64_t held_back = 0;
  if (answer.status != 401 && answer.status != 403) return;
  if (!refusals_.open(monotonic_now(), held_back)) return;
  log_.warn("admin: a change was refused",
            {{"status", static_cast<uint64_t>(answer.status)}, {"more", held_back}});
}

void AdminServer::on_over(uint64_t id) {
  auto node = connections_.extract(id);
  UMBRA_CHECK(!node.empty());
  loop_.retire(std::move(node.mapped()));
}

}  // namespace umbra::control
