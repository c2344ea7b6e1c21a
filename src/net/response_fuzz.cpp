#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "net/response_parser.h"

namespace {

struct Read {
  godwit::ResponseParser::State state;
  bool reusable = false;
  std::string error;
  godwit::IncomingResponse response;
};

Read finish(godwit::ResponseParser& parser) {
  if (parser.started()) parser.finish();
  Read read{parser.state(), false, parser.error(), {}};
  if (parser.state() == godwit::ResponseParser::State::complete) {
    read.reusable = parser.reusable();
    read.response = parser.take();
  }
  return read;
}

}  // namespace

/// The first bytes say how the rest is cut into pieces. However it is cut, the response is the same
/// as in one piece; it never takes more than the limits allow.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  constexpr std::size_t cuts = 4;
  if (size < cuts + 1) return 0;
  const bool head_only = (bytes[cuts] & 1) != 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + cuts + 1, size - cuts - 1);
  const ResponseLimits limits{.head_max = 512, .body_max = 64, .body_read_max = 256};

  ResponseParser whole(limits);
  whole.reset(head_only);
  const std::size_t used = whole.feed(text);
  GODWIT_ASSERT(used <= text.size());
  GODWIT_ASSERT(used == text.size() || whole.state() != ResponseParser::State::incomplete);
  const Read expected = finish(whole);

  ResponseParser pieces(limits);
  pieces.reset(head_only);
  std::string_view rest = text;
  for (std::size_t i = 0; !rest.empty() && pieces.state() == ResponseParser::State::incomplete;
       ++i) {
    const std::size_t piece = std::min<std::size_t>(rest.size(), bytes[i % cuts] % 40 + 1);
    const std::size_t taken = pieces.feed(rest.substr(0, piece));
    GODWIT_ASSERT(taken == piece || pieces.state() != ResponseParser::State::incomplete);
    rest.remove_prefix(taken);
  }
  const Read read = finish(pieces);

  GODWIT_ASSERT(read.state == expected.state);
  GODWIT_ASSERT(read.error == expected.error);
  GODWIT_ASSERT(read.reusable == expected.reusable);
  GODWIT_ASSERT(read.response.status == expected.response.status);
  GODWIT_ASSERT(read.response.headers == expected.response.headers);
  GODWIT_ASSERT(read.response.body == expected.response.body);
  GODWIT_ASSERT(read.response.body_truncated == expected.response.body_truncated);
  GODWIT_ASSERT(read.response.body.size() <= limits.body_max);
  if (read.state == ResponseParser::State::complete) {
    GODWIT_ASSERT(read.response.status >= 101 && read.response.status <= 999);
    for (const Header& header : read.response.headers) {
      GODWIT_ASSERT(!header.name.empty() && header.name == canonical_header_name(header.name));
      GODWIT_ASSERT(header.value.find_first_of("\r\n") == std::string::npos);
    }
  }
  return 0;
}
