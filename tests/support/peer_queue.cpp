#include "support/peer_queue.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace umbra::support {
namespace {

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

class DiagSocket {
 public:
  DiagSocket() : fd_(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}
  ~DiagSocket() {
    if (fd_ >= 0) ::close(fd_);
  }
  DiagSocket(const DiagSocket&) = delete;
  DiagSocket& operator=(const DiagSocket&) = delete;

  std::optional<size_t> receive_queue(const Question& question) const {
    if (::send(fd_, &question, sizeof(question), 0) < 0) return std::nullopt;
    alignas(nlmsghdr) char answer[8192];
    const ssize_t size = ::recv(fd_, answer, sizeof(answer), 0);
    nlmsghdr header{};
    inet_diag_msg body{};
    if (size < static_cast<ssize_t>(sizeof(header) + sizeof(body))) return std::nullopt;
    std::memcpy(&header, answer, sizeof(header));
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
    std::memcpy(&body, answer + sizeof(header), sizeof(body));
    return body.idiag_rqueue;
  }

 private:
  int fd_;
};

bool ask_about_peer(int fd, Question& question) {
  sockaddr_in own{};
  sockaddr_in peer{};
  socklen_t size = sizeof(own);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) < 0) return false;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) < 0) return false;
  question.header.nlmsg_len = sizeof(question);
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.body.sdiag_family = AF_INET;
  question.body.sdiag_protocol = IPPROTO_TCP;
  question.body.idiag_states = ~0U;
  question.body.id.idiag_sport = peer.sin_port;
  question.body.id.idiag_src[0] = peer.sin_addr.s_addr;
  question.body.id.idiag_dport = own.sin_port;
  question.body.id.idiag_dst[0] = own.sin_addr.s_addr;
  question.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  question.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return true;
}

}  // namespace

std::optional<size_t> unread_by_peer(int fd) {
  thread_local const DiagSocket kernel;
  Question question{};
  if (!ask_about_peer(fd, question)) return std::nullopt;
  return kernel.receive_queue(question);
}

bool wait_until_peer_has_read(int fd, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  unsigned asked = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    if (unread_by_peer(fd).value_or(0) == 0) return true;
    // The peer needs the processor: after the first questions they come a millisecond apart.
    if (++asked > 20) ::poll(nullptr, 0, 1);
  }
  return false;
}

}  // namespace umbra::support
