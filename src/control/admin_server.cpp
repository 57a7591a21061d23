#include "umbra/control/admin_server.h"

#include <unistd.h>

#include <utility>

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
  connection = std::make_unique<AdminConnection>(loop_, owner, id, std::move(*stream));
  connection->start();
}

void AdminServer::on_request(uint64_t id) {
  source_.collect([this, id, alive = std::weak_ptr<bool>(alive_)](const Snapshot& snapshot) {
    if (alive.expired()) return;
    if (const auto found = connections_.find(id); found != connections_.end())
      found->second->answer(snapshot);
  });
}

void AdminServer::on_over(uint64_t id) {
  auto node = connections_.extract(id);
  UMBRA_CHECK(!node.empty());
  loop_.retire(std::move(node.mapped()));
}

}  // namespace umbra::control
