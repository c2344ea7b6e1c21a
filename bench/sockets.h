#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit::bench {

/// A bound on how much of one message a connection keeps while it waits for the rest.
inline constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;

/// IPv4 only, as the benchmarks stay on one machine. Sockets are non-blocking and TCP_NODELAY;
/// every function dies with the reason when it cannot do what its name says.
int connect_to(const std::string& address, std::uint16_t port);
int listen_on(const std::string& address, std::uint16_t port);

/// The port that a listening socket got when it asked for 0.
std::uint16_t port_of(int listener);

/// -1 when no connection is waiting.
int accept_from(int listener);

/// Edge-triggered, both directions; `tag` comes back in epoll_event::data.u64.
void watch(int epoll, int fd, std::uint64_t tag);

/// Sends as much as the socket takes. Bytes sent; dies on a broken connection unless
/// `broken` is given, which is then set instead.
std::size_t send_some(int fd, std::string_view bytes, bool* broken = nullptr);

/// SIGPIPE is an error code here, and timers fire when asked, not 50 us later.
void prepare_process();

}  // namespace godwit::bench
