// The load of the benchmarks: kept connections, one request in flight on each, requests built
// once and patched with a sequence number and a moment; `{i}` in the path or a header is the number
// modulo --cycle, so that a load can go around queues or flow control keys. Closed loop by default:
// an answer starts the next request. With --rate the loop is open: requests are due at their own
// moments, whatever the answers do, and latency counts from the moment due, so that a stall is not
// left out.
//
// A 429 or 503 is told and repeated on the same connection 1 ms later: the server asked for it,
// and every sequence number is to arrive. Any other answer but 2xx ends the run.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "arguments.h"
#include "http_scan.h"
#include "latency.h"
#include "payload.h"
#include "request.h"
#include "sockets.h"

namespace godwit::bench {
namespace {

constexpr std::uint64_t rest_ns = 1'000'000;
constexpr std::uint64_t never = ~std::uint64_t{0};

struct LoadSettings {
  std::string address;
  std::uint16_t port = 0;
  RequestShape shape;
  std::size_t connections = 64;
  std::uint64_t count = 0;
  double seconds = 0;
  double rate = 0;
  bool poisson = true;
  std::uint64_t seed = 1;
  std::uint64_t first_sequence = 0;
};

/// The moments at which an open loop owes its requests.
class DueTimes {
 public:
  DueTimes(const LoadSettings& settings, std::uint64_t start)
      : random_(settings.seed),
        interval_ns_(1e9 / settings.rate),
        poisson_(settings.poisson),
        next_(static_cast<double>(start)) {}

  std::uint64_t next() const { return static_cast<std::uint64_t>(next_); }
  void advance() { next_ += poisson_ ? gaps_(random_) * interval_ns_ : interval_ns_; }

 private:
  std::mt19937_64 random_;
  std::exponential_distribution<double> gaps_{1.0};
  double interval_ns_;
  bool poisson_;
  double next_;
};

struct Connection {
  int fd = -1;
  std::string request;
  std::size_t sent = 0;
  std::size_t filled = 0;
  std::uint64_t due_ns = 0;
  bool busy = false;
  std::array<char, buffer_bytes> in{};
};

class Load {
 public:
  explicit Load(const LoadSettings& settings)
      : settings_(settings), template_(settings.shape), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) die_errno("epoll_create1");
    for (std::size_t i = 0; i < settings.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>());
      connections_[i]->fd = connect_to(settings.address, settings.port);
      connections_[i]->request = template_.text();
      watch(epoll_, connections_[i]->fd, i);
      idle_.push_back(connections_[i].get());
    }
  }

  void run() {
    start_ns_ = monotonic_ns();
    stop_ns_ = settings_.seconds > 0
                   ? start_ns_ + static_cast<std::uint64_t>(settings_.seconds * 1e9)
                   : never;
    const std::uint64_t cpu_start_ns = own_cpu_ns();
    if (settings_.rate > 0) due_ = std::make_unique<DueTimes>(settings_, start_ns_);

    start_what_is_due(start_ns_);
    while (in_flight_ > 0 || more(monotonic_ns())) wait_and_handle();
    end_ns_ = monotonic_ns();
    cpu_ns_ = own_cpu_ns() - cpu_start_ns;
  }

  void print() const {
    const double seconds = static_cast<double>(end_ns_ - start_ns_) / 1e9;
    const auto done = static_cast<double>(completed_);
    std::printf(
        R"({"completed":%llu,"refused":%llu,"late_starts":%llu,"start_ns":%llu,"end_ns":%llu,)"
        R"("seconds":%.3f,"per_second":%.1f,"cpu_us_each":%.3f,"latency":%s})"
        "\n",
        static_cast<unsigned long long>(completed_), static_cast<unsigned long long>(refused_),
        static_cast<unsigned long long>(late_starts_), static_cast<unsigned long long>(start_ns_),
        static_cast<unsigned long long>(end_ns_), seconds, done / seconds,
        static_cast<double>(cpu_ns_) / 1e3 / std::max(done, 1.0), latency_.json().c_str());
  }

 private:
  struct Resting {
    std::uint64_t until_ns;
    Connection* connection;
  };

  /// Whether another message is to be started, now or later.
  bool more(std::uint64_t now) const {
    if (settings_.count > 0 && started_ >= settings_.count) return false;
    return (due_ ? due_->next() : now) < stop_ns_;
  }

  void start_what_is_due(std::uint64_t now) {
    while (!resting_.empty() && resting_.front().until_ns <= now) {
      send_request(*resting_.front().connection);
      resting_.pop_front();
    }
    while (more(now) && (!due_ || due_->next() <= now)) {
      if (idle_.empty()) return;
      Connection& connection = *idle_.back();
      idle_.pop_back();
      start(connection, now);
    }
  }

  void start(Connection& connection, std::uint64_t now) {
    connection.due_ns = now;
    if (due_) {
      connection.due_ns = due_->next();
      if (now - connection.due_ns > rest_ns) ++late_starts_;
      due_->advance();
    }
    connection.busy = true;
    ++in_flight_;
    template_.patch(connection.request,
                    {.sequence = settings_.first_sequence + started_, .due_ns = connection.due_ns});
    ++started_;
    send_request(connection);
  }

  void send_request(Connection& connection) {
    connection.sent = send_some(connection.fd, connection.request);
  }

  void wait_and_handle() {
    std::uint64_t wake = never;
    if (!resting_.empty()) wake = resting_.front().until_ns;
    if (due_ && !idle_.empty() && more(0)) wake = std::min(wake, due_->next());
    timespec timeout{};
    const std::uint64_t before = wake == never ? 0 : monotonic_ns();
    if (wake != never && wake > before) {
      timeout.tv_sec = static_cast<time_t>((wake - before) / 1'000'000'000u);
      timeout.tv_nsec = static_cast<long>((wake - before) % 1'000'000'000u);
    }
    std::array<epoll_event, 256> events{};
    const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                                   wake == never ? nullptr : &timeout, nullptr);
    if (count < 0 && errno != EINTR) die_errno("epoll_pwait2");
    for (int i = 0; i < count; ++i) {
      handle(*connections_[events[static_cast<std::size_t>(i)].data.u64]);
    }
    start_what_is_due(monotonic_ns());
  }

  void handle(Connection& connection) {
    if (connection.busy && connection.sent < connection.request.size()) {
      connection.sent +=
          send_some(connection.fd, std::string_view(connection.request).substr(connection.sent));
    }
    for (;;) {
      const std::size_t room = buffer_bytes - connection.filled;
      const ssize_t got = recv(connection.fd, connection.in.data() + connection.filled, room, 0);
      if (got == 0) die("the server closed a kept connection");
      if (got < 0) {
        if (errno == EAGAIN) return;
        if (errno == EINTR) continue;
        die_errno("recv");
      }
      connection.filled += static_cast<std::size_t>(got);
      const std::string_view answer(connection.in.data(), connection.filled);
      if (const auto message = scan_message(answer)) {
        if (message->chunked) die("a chunked answer: " + std::string(answer));
        finish(connection, answer);
        return;
      }
      if (static_cast<std::size_t>(got) < room) return;
    }
  }

  void finish(Connection& connection, std::string_view answer) {
    if (!connection.busy) die("an answer that nobody asked for: " + std::string(answer));
    connection.filled = 0;
    const int status = status_of(answer);
    const std::uint64_t now = monotonic_ns();
    if (status == 429 || status == 503) {
      ++refused_;
      resting_.push_back({.until_ns = now + rest_ns, .connection = &connection});
      return;
    }
    if (status < 200 || status > 299) die("unexpected answer: " + std::string(answer));
    latency_.record(now - connection.due_ns);
    ++completed_;
    --in_flight_;
    connection.busy = false;
    if (!due_ && more(now)) {
      start(connection, now);
    } else {
      idle_.push_back(&connection);
    }
  }

  LoadSettings settings_;
  RequestTemplate template_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
  std::deque<Resting> resting_;
  std::unique_ptr<DueTimes> due_;
  std::uint64_t started_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t late_starts_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t start_ns_ = 0;
  std::uint64_t stop_ns_ = never;
  std::uint64_t end_ns_ = 0;
  std::uint64_t cpu_ns_ = 0;
  LatencyHistogram latency_;
};

LoadSettings read_settings(int argc, char** argv) {
  Arguments arguments(argc, argv);
  LoadSettings settings;
  settings.address = arguments.text("address", "127.0.0.1");
  settings.port = static_cast<std::uint16_t>(arguments.number("port", 8080));
  settings.shape.host = settings.address + ":" + std::to_string(settings.port);
  settings.shape.path = arguments.text("path", "/");
  settings.shape.headers = arguments.texts("header");
  settings.shape.body_bytes = arguments.number("body-bytes", 256);
  settings.shape.cycle = arguments.number("cycle", 1);
  settings.connections = arguments.number("connections", 64);
  settings.count = arguments.number("count", 0);
  settings.seconds = arguments.real("seconds", 0);
  settings.rate = arguments.real("rate", 0);
  settings.poisson = arguments.text("arrivals", "poisson") == "poisson";
  settings.seed = arguments.number("seed", 1);
  settings.first_sequence = arguments.number("first-sequence", 0);
  arguments.finish();
  if (settings.count == 0 && settings.seconds <= 0) die("give --count or --seconds");
  if (settings.connections == 0) die("--connections: at least one");
  if (settings.shape.body_bytes < Payload::bytes) die("--body-bytes: at least 32");
  if (settings.shape.cycle == 0) die("--cycle: at least one");
  return settings;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  using namespace godwit::bench;
  const LoadSettings settings = read_settings(argc, argv);
  prepare_process();
  Load load(settings);
  load.run();
  load.print();
}
