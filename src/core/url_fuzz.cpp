#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/url.h"

namespace {

/// What may stand in a request line or in a header without ending it.
bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

/// What is accepted can be written into a request as it is, and read again from its parts gives
/// the same parts: no two readers of ours can see two hosts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const Result<Url> url = parse_url(text);
  if (!url) {
    GODWIT_ASSERT(url.error().code == ErrorCode::invalid_argument);
    GODWIT_ASSERT(url.error().message.starts_with("invalid destination url: "));
    return 0;
  }
  GODWIT_ASSERT(size <= url_length_max);
  GODWIT_ASSERT(!url->host.empty() && url->host.size() <= 253 && url->port != 0);
  GODWIT_ASSERT(url->host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.:") ==
                std::string::npos);
  GODWIT_ASSERT(url->host.find(':') == std::string::npos || url->host_is_address);
  GODWIT_ASSERT(url->target.starts_with('/') && is_printable(url->target));
  GODWIT_ASSERT(url->target.find('#') == std::string::npos);
  GODWIT_ASSERT(is_printable(url->authority));
  GODWIT_ASSERT(url->path().starts_with('/') && url->target.starts_with(url->path()));
  GODWIT_ASSERT(url->path().find('?') == std::string_view::npos);
  GODWIT_ASSERT(std::none_of(url->user_info.begin(), url->user_info.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  }));

  const std::string written = (url->https ? "https://" : "http://") + url->authority + url->target;
  const Result<Url> again = parse_url(written);
  if (!again) {
    // Escaping and the missing slash may make a text longer, but nothing may make it wrong.
    GODWIT_ASSERT(written.size() > url_length_max);
    return 0;
  }
  GODWIT_ASSERT(again->https == url->https && again->host == url->host);
  GODWIT_ASSERT(again->port == url->port && again->target == url->target);
  GODWIT_ASSERT(again->authority == url->authority && again->user_info.empty());
  GODWIT_ASSERT(again->host_is_address == url->host_is_address);
  return 0;
}
