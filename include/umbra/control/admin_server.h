// AdminServer: serves the pages of routes.h on the control loop.
//
// Owned by the control thread's main object, used on its loop only.  A snapshot, or an order's end, that
// comes when the server has gone is dropped.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "umbra/base/log.h"
#include "umbra/control/access.h"
#include "umbra/control/admin_connection.h"
#include "umbra/control/snapshot.h"
#include "umbra/control/steering.h"
#include "umbra/net/listener.h"

namespace umbra::control {

class AdminServer final : private AdminConnection::Owner {
 public:
  AdminServer(net::Loop& loop, Log& log, SnapshotSource& source, Steering& steering, Access access)
      : loop_(loop), log_(log), source_(source), steering_(steering), access_(std::move(access)) {}
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // Keeps the loop alive from here to its end.
  Result<void> serve(net::ListenSocket socket);
  // For the requests that come from now on.
  void set_access(Access access) { access_ = std::move(access); }
  size_t connections() const noexcept { return connections_.size(); }

  static constexpr size_t kConnectionsMax = 64;  // more are closed at once

 private:
  void accept(int fd, bool unix_path);
  void on_request(uint64_t id, const Request& request) override;
  void on_over(uint64_t id) override;

  void show(uint64_t id);
  void steer(uint64_t id, Order order);
  void reload(uint64_t id);
  void answer(uint64_t id, const Answer& answer);
  void log_refusal(const Answer& answer);

  net::Loop& loop_;
  Log& log_;
  SnapshotSource& source_;
  Steering& steering_;
  Access access_;
  LogGate refusals_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::unordered_map<uint64_t, std::unique_ptr<AdminConnection>> connections_;
  uint64_t last_id_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // watched by what is under way
};

}  // namespace umbra::control
