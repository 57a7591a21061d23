#include "umbra/net/connector.h"

#include <algorithm>

#include "umbra/net/self_connection.h"

namespace umbra::net {
namespace {

constexpr Nanos kBacklogFirst = 5 * kMillisecond;
constexpr Nanos kBacklogPause = 100 * kMillisecond;
constexpr Nanos kBacklogWait = 10 * kSecond;

}  // namespace

Connector::Connector(Loop& loop, Resolver& resolver, ConnectListener& listener, Nanos timeout)
    : loop_(loop), resolver_(resolver), listener_(listener), timeout_(timeout) {}

Connector::~Connector() = default;

// The resolver may die before the loop buries this; and a connect that completes in this very turn must
// find nobody.
void Connector::dismiss(Loop& loop, std::unique_ptr<Connector> connector) {
  Connector& self = *connector;
  if (std::exchange(self.waiting_, false)) self.resolver_.forget(&self);
  self.socket_.reset();
  if (self.deadline_) self.deadline_->stop();
  if (self.attempt_) self.attempt_->stop();
  if (self.later_) self.later_->stop();
  loop.retire(std::move(connector));
}

void Connector::start() {
  if (timeout_ > 0) {
    deadline_ = std::make_unique<Timer>(loop_, [this] {
      socket_.reset();
      if (attempt_) attempt_->stop();
      if (std::exchange(waiting_, false)) resolver_.forget(this);
      listener_.on_connect_failed({Errc::timeout, "connecting took too long"});
    });
    deadline_->start_once(timeout_);
  }
  if (resolver_.is_unix()) return try_next();
  const auto& known = resolver_.addresses(monotonic_now());
  if (!known.empty()) return try_next();
  if (!resolver_.looking_up()) return fail_from_loop(resolver_.failure());
  waiting_ = true;
  resolver_.wait(this);
}

void Connector::on_resolved() {
  waiting_ = false;
  if (resolver_.addresses(monotonic_now()).empty()) return fail_from_loop(resolver_.failure());
  try_next();
}

// libuv frees nothing of a connect request before its callback, which always comes before the handle's
// close callback; the request therefore lives in the heap and dies in the callback.
int Connector::begin(Handle<Socket>& socket, uv_connect_t* request) {
  const uv_connect_cb on_done = [](uv_connect_t* done, int status) {
    const std::unique_ptr<uv_connect_t> request_memory(done);
    auto* self = owner_of<Connector>(done->handle);
    if (self != nullptr) self->on_attempt_done(status);
  };
  if (resolver_.is_unix()) {
    uv_pipe_connect(request, &socket.get()->pipe, resolver_.address().path.c_str(), on_done);
    return 0;
  }
  uv_tcp_nodelay(&socket.get()->tcp, 1);
  return uv_tcp_connect(request, &socket.get()->tcp, choices_[next_].get(), on_done);
}

void Connector::give_it_its_time() {
  if (timeout_ == 0 || choices_.size() < 2 || resolver_.use() == Resolver::Use::in_order) return;
  if (!attempt_) {
    attempt_ = std::make_unique<Timer>(loop_, [this] { on_attempt_done(UV_ETIMEDOUT); });
  }
  attempt_->start_once(timeout_ / choices_.size());
}

void Connector::try_next() {
  if (choices_.empty()) choices_ = resolver_.choices(monotonic_now());
  const size_t choices = resolver_.is_unix() ? 1 : choices_.size();
  for (; next_ < choices; ++next_) {
    auto socket =
        resolver_.is_unix()
            ? Handle<Socket>::open(loop_.uv(), this,
                                   [](uv_loop_t* l, Socket* s) { return uv_pipe_init(l, &s->pipe, 0); })
            : Handle<Socket>::open(loop_.uv(), this,
                                   [](uv_loop_t* l, Socket* s) { return uv_tcp_init(l, &s->tcp); });
    if (!socket) {
      error_ = socket.error();
      break;
    }
    auto request = std::make_unique<uv_connect_t>();
    if (const int rc = begin(*socket, request.get()); rc < 0) {
      error_ = uv_failure(rc);
      continue;
    }
    static_cast<void>(request.release());  // the loop's now
    socket_ = std::move(*socket);
    return give_it_its_time();
  }
  fail_from_loop(error_);
}

bool Connector::is_with_itself() const {
  uv_os_fd_t fd = -1;
  return uv_fileno(reinterpret_cast<const uv_handle_t*>(socket_.get()), &fd) == 0 &&
         is_connected_with_itself(fd);
}

void Connector::on_attempt_done(int status) {
  if (wait_for_backlog(status)) return;
  if (status == 0 && is_with_itself()) status = UV_ECONNREFUSED;
  if (attempt_) attempt_->stop();
  if (!resolver_.is_unix()) resolver_.report(choices_[next_], status == 0, monotonic_now());
  if (status < 0) {
    error_ = uv_failure(status);
    socket_.reset();
    ++next_;
    return try_next();
  }
  if (deadline_) deadline_->stop();
  auto stream = std::make_unique<SocketStream>();
  stream->adopt(std::move(socket_));
  listener_.on_connected(std::move(stream));
}

// A unix socket whose backlog is full refuses with EAGAIN where TCP would wait: so wait as TCP does.
bool Connector::wait_for_backlog(int status) {
  if (status != UV_EAGAIN || !resolver_.is_unix() || backlog_waited_ > kBacklogWait) return false;
  socket_.reset();
  const Nanos pause = backlog_waited_ == 0 ? kBacklogFirst : std::min(backlog_waited_, kBacklogPause);
  backlog_waited_ += pause;
  wait_then_ = &Connector::try_next;
  start_later(pause);
  return true;
}

void Connector::fail_from_loop(Error error) {
  error_ = std::move(error);
  if (deadline_) deadline_->stop();
  wait_then_ = &Connector::report_failure;
  start_later(0);
}

void Connector::report_failure() { listener_.on_connect_failed(error_); }

// One timer for both uses: it may be started from its own callback, but not replaced there.
void Connector::start_later(Nanos pause) {
  if (!later_) later_ = std::make_unique<Timer>(loop_, [this] { (this->*wait_then_)(); });
  later_->start_once(pause);
}

}  // namespace umbra::net
