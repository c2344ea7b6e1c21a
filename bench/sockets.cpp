#include "sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "arguments.h"

namespace godwit::bench {
namespace {

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1) {
    die("not an IPv4 address: " + address);
  }
  return result;
}

void set_no_delay(int fd) {
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) die_errno("TCP_NODELAY");
}

void set_non_blocking(int fd) {
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) die_errno("O_NONBLOCK");
}

}  // namespace

int connect_to(const std::string& address, std::uint16_t port) {
  const sockaddr_in target = socket_address(address, port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die_errno("socket");
  if (connect(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
    die_errno("connect to " + address + ":" + std::to_string(port));
  }
  set_non_blocking(fd);
  set_no_delay(fd);
  return fd;
}

int listen_on(const std::string& address, std::uint16_t port) {
  const sockaddr_in target = socket_address(address, port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) die_errno("socket");
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
    die_errno("bind " + address + ":" + std::to_string(port));
  }
  if (listen(fd, 4096) != 0) die_errno("listen");
  return fd;
}

std::uint16_t port_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    die_errno("getsockname");
  }
  return ntohs(address.sin_port);
}

int accept_from(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return -1;
    die_errno("accept");
  }
  set_no_delay(fd);
  return fd;
}

void watch(int epoll, int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = tag;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die_errno("epoll_ctl");
}

std::size_t send_some(int fd, std::string_view bytes, bool* broken) {
  const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  if (broken == nullptr) die_errno("send");
  *broken = true;
  return 0;
}

void prepare_process() {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1);
}

}  // namespace godwit::bench
