// bench_floor: the least a relay on libuv can do, as the mark umbra is held against.
//
// Reads into one shared buffer, writes to the app and to each shadow, throws away
// what shadows answer, parses nothing.  One app connection and one kept-alive
// connection per shadow for each client connection.  It keeps the live leg whole
// under backpressure, since a relay that loses bytes would be no floor; a shadow
// that falls behind is given up.
//
// Owner of everything: Relay holds its sessions, a session its links.  A link's
// handle is a member, so a session dies when its last handle has closed.
#include <uv.h>

#include <memory>
#include <unordered_map>

#include "common.h"

namespace umbra::bench {
namespace {

constexpr size_t kReadBytes = 65'536;
constexpr size_t kQueuedBytesMax = 262'144;
constexpr size_t kShadowQueuedBytesMax = 4'194'304;

class Relay;
class Session;

enum class Role : uint8_t { client, app, shadow };

struct Link {
  uv_tcp_t tcp{};
  uv_connect_t connecting{};
  Session* session = nullptr;
  Role role = Role::shadow;
  bool is_open = false;
  bool has_ended = false;  // sent its FIN

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&tcp); }
  bool is_alive() { return is_open && uv_is_closing(handle()) == 0; }
  size_t queued_bytes() { return uv_stream_get_write_queue_size(stream()); }
};

struct QueuedWrite {
  uv_write_t req{};
  std::string bytes;
};

Link& link_of(uv_stream_t* stream) { return *static_cast<Link*>(stream->data); }

class Session {
 public:
  Session(Relay& relay, size_t shadows) : relay_(relay), shadows_(shadows) {}

  void begin(uv_loop_t* loop, uv_stream_t* listener, const sockaddr_in& app,
             const std::vector<sockaddr_in>& shadows);
  void on_bytes(Link& from, std::string_view bytes);
  void on_end(Link& from);
  void on_connected(Link& link, int status);
  void on_written(Link& link, int status);
  void close(Link& link);
  void on_closed();

 private:
  void open(uv_loop_t* loop, Link& link, Role role);
  void connect(Link& link, const sockaddr_in& address);
  void read(Link& link);
  void write(Link& to, std::string_view bytes);
  void close_all();

  Relay& relay_;
  Link client_;
  Link app_;
  std::vector<Link> shadows_;  // never resized: libuv holds pointers into it
  size_t open_links_ = 0;
};

class Relay {
 public:
  explicit Relay(const Flags& flags);
  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }
  void accept();
  void retire(Session* session) { sessions_.erase(session); }
  uv_buf_t buffer() { return uv_buf_init(buffer_.data(), kReadBytes); }

 private:
  uv_loop_t loop_{};
  uv_tcp_t listener_{};
  sockaddr_in app_{};
  std::vector<sockaddr_in> shadows_;
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
  std::unordered_map<Session*, std::unique_ptr<Session>> sessions_;
};

void on_alloc(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  *buffer = static_cast<Relay*>(handle->loop->data)->buffer();
}

void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
  Link& link = link_of(stream);
  if (got > 0) link.session->on_bytes(link, {buffer->base, static_cast<size_t>(got)});
  if (got < 0) link.session->on_end(link);
}

void Session::begin(uv_loop_t* loop, uv_stream_t* listener, const sockaddr_in& app,
                    const std::vector<sockaddr_in>& shadows) {
  open(loop, client_, Role::client);
  open(loop, app_, Role::app);
  for (Link& shadow : shadows_) open(loop, shadow, Role::shadow);
  if (uv_accept(listener, client_.stream()) != 0) return close_all();
  uv_tcp_nodelay(&client_.tcp, 1);
  connect(app_, app);
  for (size_t i = 0; i < shadows.size(); ++i) connect(shadows_[i], shadows[i]);
}

void Session::open(uv_loop_t* loop, Link& link, Role role) {
  uv_tcp_init(loop, &link.tcp);
  link.tcp.data = &link;
  link.connecting.data = &link;
  link.session = this;
  link.role = role;
  link.is_open = true;
  ++open_links_;
}

void Session::connect(Link& link, const sockaddr_in& address) {
  uv_tcp_nodelay(&link.tcp, 1);
  const int rc = uv_tcp_connect(&link.connecting, &link.tcp, as_sockaddr(&address),
                                [](uv_connect_t* request, int status) {
                                  Link& connected = *static_cast<Link*>(request->data);
                                  if (status != UV_ECANCELED)
                                    connected.session->on_connected(connected, status);
                                });
  if (rc != 0) close(link);
}

void Session::on_connected(Link& link, int status) {
  if (status != 0) return close(link);
  read(link);
  // The client is read only when its bytes have somewhere to go.
  if (link.role == Role::app && client_.is_alive()) read(client_);
}

void Session::read(Link& link) { uv_read_start(link.stream(), on_alloc, on_read); }

void Session::on_bytes(Link& from, std::string_view bytes) {
  if (from.role == Role::shadow) return;
  Link& to = from.role == Role::client ? app_ : client_;
  write(to, bytes);
  if (to.is_alive() && to.queued_bytes() > kQueuedBytesMax) uv_read_stop(from.stream());
  if (from.role == Role::app) return;
  for (Link& shadow : shadows_) {
    if (!shadow.is_alive()) continue;
    if (shadow.queued_bytes() > kShadowQueuedBytesMax) {
      close(shadow);
    } else {
      write(shadow, bytes);
    }
  }
}

void Session::write(Link& to, std::string_view bytes) {
  if (!to.is_alive()) return;
  const uv_buf_t now = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int sent = uv_try_write(to.stream(), &now, 1);
  if (sent < 0 && sent != UV_EAGAIN) return close(to);
  if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  if (bytes.empty()) return;
  auto queued = std::make_unique<QueuedWrite>();
  queued->bytes = bytes;
  queued->req.data = queued.get();
  const uv_buf_t later = uv_buf_init(queued->bytes.data(), static_cast<unsigned>(bytes.size()));
  const int rc = uv_write(&queued->req, to.stream(), &later, 1, [](uv_write_t* request, int status) {
    const std::unique_ptr<QueuedWrite> done(static_cast<QueuedWrite*>(request->data));
    Link& link = link_of(request->handle);
    if (status != UV_ECANCELED) link.session->on_written(link, status);
  });
  if (rc == 0) queued.release();  // the loop's until its callback
}

void Session::on_written(Link& link, int status) {
  if (status != 0) return close(link);
  if (link.role == Role::shadow || link.queued_bytes() > 0) return;
  Link& source = link.role == Role::app ? client_ : app_;
  if (source.is_alive() && !source.has_ended) read(source);
}

void Session::on_end(Link& from) {
  if (from.role == Role::shadow) return close(from);
  from.has_ended = true;
  Link& to = from.role == Role::client ? app_ : client_;
  if (to.has_ended || !to.is_alive()) return close_all();
  auto shutdown = std::make_unique<uv_shutdown_t>();
  const int rc =
      uv_shutdown(shutdown.get(), to.stream(), [](uv_shutdown_t* request, int) { delete request; });
  if (rc == 0) shutdown.release();
}

void Session::close(Link& link) {
  if (link.role != Role::shadow) return close_all();
  if (!link.is_alive()) return;
  uv_close(link.handle(),
           [](uv_handle_t* handle) { static_cast<Link*>(handle->data)->session->on_closed(); });
}

void Session::close_all() {
  const auto on_close = [](uv_handle_t* handle) { static_cast<Link*>(handle->data)->session->on_closed(); };
  if (client_.is_alive()) uv_close(client_.handle(), on_close);
  if (app_.is_alive()) uv_close(app_.handle(), on_close);
  for (Link& shadow : shadows_) close(shadow);
}

void Session::on_closed() {
  if (--open_links_ == 0) relay_.retire(this);
}

Relay::Relay(const Flags& flags) : app_(parse_address(flags.text("--app", ""))) {
  for (const std::string& shadow : flags.all("--shadow")) shadows_.push_back(parse_address(shadow));
  uv_loop_init(&loop_);
  loop_.data = this;
  uv_tcp_init(&loop_, &listener_);
  listener_.data = this;
  const sockaddr_in address = parse_address("127.0.0.1:" + flags.text("--listen", "0"));
  uv_tcp_bind(&listener_, as_sockaddr(&address), 0);
  const int rc =
      uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), 4'096, [](uv_stream_t* stream, int status) {
        if (status == 0) static_cast<Relay*>(stream->data)->accept();
      });
  if (rc != 0) fail(std::string("--listen: ") + uv_strerror(rc));
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<uv_handle_t*>(&listener_), &fd);
  announce(local_port(fd));
}

void Relay::accept() {
  auto session = std::make_unique<Session>(*this, shadows_.size());
  Session& started = *session;
  sessions_.emplace(&started, std::move(session));
  started.begin(&loop_, reinterpret_cast<uv_stream_t*>(&listener_), app_, shadows_);
}

}  // namespace
}  // namespace umbra::bench

int main(int argc, char** argv) {
  using namespace umbra::bench;
  const Flags flags(argc, argv, {"--listen", "--app", "--shadow"}, {});
  start_program();
  Relay(flags).run();
  return 0;
}
