#include "net/resolver.h"

#include <ares.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "core/ascii.h"
#include "core/assert.h"
#include "core/duration.h"
#include "core/message.h"

namespace godwit {

namespace asio = boost::asio;
using Steady = DeadlineWheel::Clock;

namespace {

constexpr std::chrono::milliseconds ttl_min{1'000};
constexpr std::chrono::seconds configuration_age_max{5};
constexpr int try_time_ms = 2'000;
constexpr int tries = 3;

Result<void> start_library() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status == ARES_SUCCESS) return {};
  return fail(ErrorCode::unavailable,
              std::string("the DNS library failed: ") + ares_strerror(status));
}

bool is_localhost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  constexpr std::string_view name = "localhost";
  if (host.size() < name.size() ||
      !equals_ignore_case(host.substr(host.size() - name.size()), name)) {
    return false;
  }
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

Error error_of(int status, const std::string& host) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
    case ARES_EBADNAME:
      return {ErrorCode::unavailable, "host not found: " + host};
    case ARES_ETIMEOUT:
      return {ErrorCode::unavailable, "no DNS server answered for " + host};
    case ARES_ECONNREFUSED:
      return {ErrorCode::unavailable, "no DNS server could be reached for " + host};
    default:
      return {ErrorCode::unavailable, "resolving " + host + " failed: " + ares_strerror(status)};
  }
}

}  // namespace

class Resolver::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, std::shared_ptr<DeadlineWheel> wheel, ResolverSettings settings)
      : io_(io),
        wheel_(std::move(wheel)),
        settings_(std::move(settings)),
        timer_(io.get_executor()),
        loopback_(std::make_shared<std::vector<asio::ip::address>>(std::vector<asio::ip::address>{
            asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()})) {}

  ~Impl() { close_channel(); }

  Addresses known(const std::string& host) {
    const auto found = cache_.find(host);
    if (found == cache_.end()) return is_localhost(host) ? loopback_ : nullptr;
    if (found->second.expires <= Steady::now()) return nullptr;
    return found->second.addresses;
  }

  void lookup(const std::string& host, Found found) {
    if (Addresses addresses = known(host))
      return answer_later(std::move(found), std::move(addresses));
    if (stopped_) return fail_later(std::move(found), "the client is stopping");
    if (const auto cached = cache_.find(host); cached != cache_.end()) {
      if (cached->second.expires > Steady::now()) {
        return fail_later(std::move(found), "host not found: " + host);
      }
      cache_.erase(cached);
    }
    if (const auto under_way = lookups_.find(host); under_way != lookups_.end()) {
      under_way->second->waiting.push_back(std::move(found));
      return;
    }
    if (lookups_.size() >= settings_.pending_max) {
      return fail_later(std::move(found), "too many names are being resolved at once");
    }
    if (const Result<void> opened = open_channel(); !opened) {
      return fail_later(std::move(found), opened.error().message);
    }
    const auto lookup = std::make_shared<Lookup>(*this, host);
    lookup->waiting.push_back(std::move(found));
    lookups_.emplace(host, lookup);
    wheel_->set(*lookup, Steady::now() + settings_.time_max);
    begin(host);
  }

  void stop() {
    stopped_ = true;
    const auto lookups = std::exchange(lookups_, {});
    for (const auto& [host, lookup] : lookups) {
      wheel_->clear(*lookup);
      for (Found& found : lookup->waiting) fail_later(std::move(found), "the client is stopping");
      lookup->waiting.clear();
    }
    close_channel();
  }

 private:
  struct Lookup final : Deadline {
    Lookup(Impl& resolver, std::string name) : impl(resolver), host(std::move(name)) {}
    void on_deadline() override { impl.give_up(host); }

    Impl& impl;
    std::string host;
    std::vector<Found> waiting;
  };
  // What c-ares hands back. It may come long after the lookup was given up: then it only fills the
  // cache.
  struct Query {
    std::weak_ptr<Impl> impl;
    std::string host;
  };
  struct Cached {
    Addresses addresses;  // nullptr: the name does not exist.
    Steady::time_point expires;
  };
  // A socket of c-ares, which opens and closes it; here it is only watched.
  struct Watched {
    Watched(asio::io_context& io, int socket) : descriptor(io, socket) {}
    asio::posix::stream_descriptor descriptor;
    bool read_wanted = false, write_wanted = false;
    bool read_waits = false, write_waits = false;
  };

  void answer_later(Found found, Addresses addresses) {
    asio::post(io_, [found = std::move(found), addresses = std::move(addresses)]() mutable {
      found(std::move(addresses));
    });
  }

  void fail_later(Found found, std::string message) {
    asio::post(io_, [found = std::move(found), message = std::move(message)]() mutable {
      found(fail(ErrorCode::unavailable, std::move(message)));
    });
  }

  Result<void> open_channel() {
    // The library reads resolv.conf once; a laptop that changed networks would ask the old servers
    // for ever.
    if (channel_ != nullptr && lookups_.empty() && settings_.servers.empty() &&
        Steady::now() - configured_ > configuration_age_max) {
      configured_ = Steady::now();
      if (configuration_stamp() != stamp_) close_channel();
    }
    if (channel_ != nullptr) return {};
    if (Result<void> started = start_library(); !started) return started;

    ares_options options{};
    options.timeout = try_time_ms;
    options.tries = tries;
    options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
      static_cast<Impl*>(self)->watch(socket, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    stamp_ = configuration_stamp();
    configured_ = Steady::now();
    int status = ares_init_options(&channel_, &options, mask);
    if (status == ARES_SUCCESS && !settings_.servers.empty()) {
      status = ares_set_servers_ports_csv(channel_, settings_.servers.c_str());
    }
    if (status == ARES_SUCCESS) return {};
    close_channel();
    return fail(ErrorCode::unavailable,
                std::string("the DNS configuration cannot be used: ") + ares_strerror(status));
  }

  void close_channel() {
    if (channel_ == nullptr) return;
    ares_channel channel = std::exchange(channel_, nullptr);
    // Calls back for every query and every socket, all of which are done with.
    ares_destroy(channel);
    for (auto& [socket, watched] : watched_) release(*watched);
    watched_.clear();
    timer_.cancel();
  }

  static std::pair<std::int64_t, std::int64_t> configuration_stamp() {
    struct stat status{};
    if (::stat("/etc/resolv.conf", &status) != 0) return {0, 0};
    return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }

  void begin(const std::string& host) {
    auto query = std::make_unique<Query>(Query{weak_from_this(), host});
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    // May call back at once (/etc/hosts): answers are posted, so nobody is called from inside
    // lookup().
    ares_getaddrinfo(
        channel_, host.c_str(), nullptr, &hints,
        [](void* argument, int status, int, ares_addrinfo* result) {
          const std::unique_ptr<Query> owned(static_cast<Query*>(argument));
          if (const auto impl = owned->impl.lock()) impl->answered(owned->host, status, result);
          if (result != nullptr) ares_freeaddrinfo(result);
        },
        query.release());
    arm_timer();
  }

  void answered(const std::string& host, int status, const ares_addrinfo* result) {
    auto addresses = std::make_shared<std::vector<asio::ip::address>>();
    std::chrono::milliseconds ttl = settings_.ttl_max;
    for (const ares_addrinfo_node* node = result == nullptr ? nullptr : result->nodes;
         node != nullptr && addresses->size() < 16; node = node->ai_next) {
      asio::ip::address address;
      if (node->ai_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, node->ai_addr, sizeof in);
        address = asio::ip::address_v4(ntohl(in.sin_addr.s_addr));
      } else if (node->ai_family == AF_INET6) {
        sockaddr_in6 in6{};
        std::memcpy(&in6, node->ai_addr, sizeof in6);
        asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
        address = asio::ip::address_v6(bytes, in6.sin6_scope_id);
      } else {
        continue;
      }
      if (std::find(addresses->begin(), addresses->end(), address) != addresses->end()) continue;
      addresses->push_back(address);
      ttl =
          std::min<std::chrono::milliseconds>(ttl, std::chrono::seconds(std::max(node->ai_ttl, 0)));
    }
    if (status == ARES_SUCCESS && addresses->empty()) status = ARES_ENODATA;
    const bool exists = status == ARES_SUCCESS;
    if (exists) {
      remember(host, {addresses, Steady::now() + std::max(ttl, ttl_min)});
    } else if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
      remember(host, {nullptr, Steady::now() + ttl_min});
    }

    const auto under_way = lookups_.find(host);
    if (under_way == lookups_.end()) return;
    const std::shared_ptr<Lookup> lookup = under_way->second;
    lookups_.erase(under_way);
    wheel_->clear(*lookup);
    for (Found& found : lookup->waiting) {
      if (exists) {
        answer_later(std::move(found), addresses);
      } else {
        fail_later(std::move(found), error_of(status, host).message);
      }
    }
  }

  void give_up(const std::string& host) {
    const auto under_way = lookups_.find(host);
    GODWIT_ASSERT(under_way != lookups_.end());
    const std::shared_ptr<Lookup> lookup = under_way->second;
    lookups_.erase(under_way);
    for (Found& found : lookup->waiting) {
      fail_later(std::move(found), "timeout after " + format_duration(settings_.time_max) +
                                       " while resolving " + lookup->host);
    }
  }

  void remember(const std::string& host, Cached cached) {
    if (cache_.size() >= settings_.cached_max && !cache_.contains(host)) {
      const Steady::time_point now = Steady::now();
      std::erase_if(cache_, [&](const auto& entry) { return entry.second.expires <= now; });
      if (cache_.size() >= settings_.cached_max) cache_.erase(cache_.begin());
    }
    cache_.insert_or_assign(host, std::move(cached));
  }

  // What c-ares wants to know of a socket has changed; neither means that it is about to close it.
  void watch(int socket, bool readable, bool writable) {
    auto found = watched_.find(socket);
    if (!readable && !writable) {
      if (found == watched_.end()) return;
      release(*found->second);
      watched_.erase(found);
      return;
    }
    if (found == watched_.end()) {
      found = watched_.emplace(socket, std::make_shared<Watched>(io_, socket)).first;
    }
    found->second->read_wanted = readable;
    found->second->write_wanted = writable;
    wait(found->second);
  }

  static void release(Watched& watched) {
    watched.read_wanted = watched.write_wanted = false;
    // Not close(): the socket is the library's. release() also cancels what waits.
    watched.descriptor.release();
  }

  void wait(const std::shared_ptr<Watched>& watched) {
    if (watched->read_wanted && !watched->read_waits) {
      watched->read_waits = true;
      watched->descriptor.async_wait(
          asio::posix::stream_descriptor::wait_read,
          [weak = weak_from_this(), watched](boost::system::error_code error) {
            watched->read_waits = false;
            if (const auto self = weak.lock()) self->ready(watched, error, true);
          });
    }
    if (watched->write_wanted && !watched->write_waits) {
      watched->write_waits = true;
      watched->descriptor.async_wait(
          asio::posix::stream_descriptor::wait_write,
          [weak = weak_from_this(), watched](boost::system::error_code error) {
            watched->write_waits = false;
            if (const auto self = weak.lock()) self->ready(watched, error, false);
          });
    }
  }

  void ready(const std::shared_ptr<Watched>& watched, boost::system::error_code error, bool read) {
    // A released descriptor is not open: its number may belong to another socket by now.
    if (error || channel_ == nullptr || !watched->descriptor.is_open()) return;
    const int socket = watched->descriptor.native_handle();
    ares_process_fd(channel_, read ? socket : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : socket);
    if (watched->descriptor.is_open()) wait(watched);
    arm_timer();
  }

  // The library repeats questions and gives servers up by its own clock.
  void arm_timer() {
    if (channel_ == nullptr) return;
    timeval longest{60, 0};
    timeval buffer{};
    if (watched_.empty()) {
      timer_.cancel();
      return;
    }
    const timeval* next = ares_timeout(channel_, &longest, &buffer);
    timer_.expires_after(std::chrono::seconds(next->tv_sec) +
                         std::chrono::microseconds(next->tv_usec) + std::chrono::milliseconds(1));
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || self == nullptr || self->channel_ == nullptr) return;
      ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      self->arm_timer();
    });
  }

  asio::io_context& io_;
  std::shared_ptr<DeadlineWheel> wheel_;
  ResolverSettings settings_;
  asio::steady_timer timer_;
  Addresses loopback_;
  ares_channel channel_ = nullptr;
  std::pair<std::int64_t, std::int64_t> stamp_;
  Steady::time_point configured_;
  std::unordered_map<int, std::shared_ptr<Watched>> watched_;
  std::unordered_map<std::string, std::shared_ptr<Lookup>> lookups_;
  std::unordered_map<std::string, Cached> cache_;
  bool stopped_ = false;
};

Resolver::Resolver(asio::io_context& io, std::shared_ptr<DeadlineWheel> wheel,
                   ResolverSettings settings)
    : impl_(std::make_shared<Impl>(io, std::move(wheel), std::move(settings))) {}

Resolver::~Resolver() { impl_->stop(); }

Resolver::Addresses Resolver::known(const std::string& host) { return impl_->known(host); }

void Resolver::lookup(const std::string& host, Found found) {
  impl_->lookup(host, std::move(found));
}

void Resolver::stop() { impl_->stop(); }

}  // namespace godwit
