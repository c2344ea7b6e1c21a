// The destination of the benchmarks: answers 200 to everything as cheaply as a process can, and
// keeps count of what arrived, once, twice or never, and how long after it was due.
//
// GET /control/stats answers the counts as JSON; GET /control/reset starts them anew. Everything
// else is a delivery whose body begins with a Payload.
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "http_scan.h"
#include "latency.h"
#include "payload.h"
#include "sockets.h"

namespace godwit::bench {
namespace {

constexpr std::string_view delivered = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::uint64_t listener_tag = ~std::uint64_t{0};

/// What arrived since the last reset.
class Arrivals {
 public:
  explicit Arrivals(std::uint64_t sequences) : seen_(sequences), cpu_start_ns_(own_cpu_ns()) {}

  void record(std::string_view body) {
    const std::uint64_t now = monotonic_ns();
    const auto payload = read_payload(body);
    if (!payload) {
      ++foreign_;
      return;
    }
    if (arrivals_++ == 0) first_ns_ = now;
    last_ns_ = now;
    latency_.record(now > payload->due_ns ? now - payload->due_ns : 0);
    if (payload->sequence >= seen_.size()) return;
    if (seen_[payload->sequence]) {
      ++duplicates_;
    } else {
      seen_[payload->sequence] = true;
      ++distinct_;
    }
  }

  std::string json() const {
    std::array<char, 512> text{};
    const auto whole = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::snprintf(text.data(), text.size(),
                  R"({"arrivals":%llu,"distinct":%llu,"duplicates":%llu,"foreign":%llu,)"
                  R"("first_ns":%llu,"last_ns":%llu,"cpu_ns":%llu,"latency":)",
                  whole(arrivals_), whole(distinct_), whole(duplicates_), whole(foreign_),
                  whole(first_ns_), whole(last_ns_), whole(own_cpu_ns() - cpu_start_ns_));
    return text.data() + latency_.json() + "}";
  }

 private:
  std::vector<bool> seen_;
  std::uint64_t arrivals_ = 0;
  std::uint64_t distinct_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t foreign_ = 0;
  std::uint64_t first_ns_ = 0;
  std::uint64_t last_ns_ = 0;
  std::uint64_t cpu_start_ns_;
  LatencyHistogram latency_;
};

struct Connection {
  explicit Connection(int socket) : fd(socket) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(fd); }

  int fd;
  std::size_t filled = 0;
  std::array<char, buffer_bytes> in{};
  std::string out;
};

class Sink {
 public:
  Sink(int listener, std::uint64_t sequences)
      : listener_(listener),
        sequences_(sequences),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        arrivals_(std::make_unique<Arrivals>(sequences)) {
    if (epoll_ < 0) die_errno("epoll_create1");
    watch(epoll_, listener_, listener_tag);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      if (count < 0 && errno != EINTR) die_errno("epoll_wait");
      for (int i = 0; i < count; ++i) {
        const std::uint64_t tag = events[static_cast<std::size_t>(i)].data.u64;
        if (tag == listener_tag) {
          accept_all();
        } else if (connections_[tag] && !serve(*connections_[tag])) {
          connections_[tag].reset();
          free_.push_back(tag);
        }
      }
    }
  }

 private:
  void accept_all() {
    for (int fd = accept_from(listener_); fd >= 0; fd = accept_from(listener_)) {
      std::uint64_t slot = connections_.size();
      if (free_.empty()) {
        connections_.emplace_back();
      } else {
        slot = free_.back();
        free_.pop_back();
      }
      connections_[slot] = std::make_unique<Connection>(fd);
      watch(epoll_, fd, slot);
    }
  }

  /// False when the connection is over.
  bool serve(Connection& connection) {
    bool open = true;
    bool drained = false;
    while (open && !drained) {
      const std::size_t room = buffer_bytes - connection.filled;
      if (room == 0) return false;
      const ssize_t got = recv(connection.fd, connection.in.data() + connection.filled, room, 0);
      if (got > 0) {
        connection.filled += static_cast<std::size_t>(got);
        // A short read means that the socket is empty: the next edge will tell of more.
        drained = static_cast<std::size_t>(got) < room;
        open = answer(connection);
      } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        drained = errno == EAGAIN;
      } else {
        open = false;
      }
    }
    if (open && !connection.out.empty()) {
      bool broken = false;
      connection.out.erase(0, send_some(connection.fd, connection.out, &broken));
      open = !broken;
    }
    return open;
  }

  bool answer(Connection& connection) {
    std::string_view unread(connection.in.data(), connection.filled);
    while (const auto message = scan_message(unread)) {
      if (message->chunked) return false;
      const std::string_view body = unread.substr(message->head_bytes, message->body_bytes);
      if (unread.starts_with("GET /control/")) {
        connection.out += control(unread.substr(13, 5));
      } else {
        arrivals_->record(body);
        connection.out += delivered;
      }
      unread.remove_prefix(message->head_bytes + message->body_bytes);
    }
    if (!unread.empty() && unread.data() != connection.in.data()) {
      std::char_traits<char>::move(connection.in.data(), unread.data(), unread.size());
    }
    connection.filled = unread.size();
    return true;
  }

  std::string control(std::string_view what) {
    if (what == "reset") arrivals_ = std::make_unique<Arrivals>(sequences_);
    const std::string body = arrivals_->json();
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  int listener_;
  std::uint64_t sequences_;
  int epoll_;
  std::unique_ptr<Arrivals> arrivals_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint64_t> free_;
};

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  using namespace godwit::bench;
  Arguments arguments(argc, argv);
  const std::string address = arguments.text("address", "127.0.0.1");
  const auto port = static_cast<std::uint16_t>(arguments.number("port", 0));
  const std::uint64_t sequences = arguments.number("sequences", 0);
  arguments.finish();

  prepare_process();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int listener = listen_on(address, port);
  std::printf("{\"port\":%u}\n", unsigned{port_of(listener)});
  std::fflush(stdout);
  Sink(listener, sequences).run();
}
