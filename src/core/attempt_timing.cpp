#include "core/attempt_timing.h"

#include <arpa/inet.h>

#include "core/assert.h"

namespace godwit {

std::string PeerAddress::to_string() const {
  if (size == 0) return {};
  GODWIT_ASSERT(size == 4 || size == 16);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* const written =
      inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  GODWIT_ASSERT(written != nullptr);
  return written;
}

}  // namespace godwit
