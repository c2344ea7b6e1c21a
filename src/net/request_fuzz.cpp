// Arbitrary bytes, cut at arbitrary places, read as the same requests and the same error as in one
// piece. The first byte chooses the cuts; the rest is what a client sends.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "net/request_parser.h"

namespace godwit {
namespace {

/// Pieces of pseudo-random length from 1 to `piece_max`; one piece for 0.
std::string read(std::string_view stream, std::size_t piece_max) {
  BodyBudget budget(300);
  std::string seen;
  {
    RequestParser parser({.head_size_max = 256, .body_size_max = 400}, budget);
    std::string pending;
    std::uint32_t random = 1;
    do {
      random = random * 1664525 + 1013904223;
      const std::size_t length = piece_max == 0 ? stream.size() : 1 + (random >> 16) % piece_max;
      pending += stream.substr(0, length);
      stream.remove_prefix(std::min(length, stream.size()));
      for (;;) {
        const std::size_t consumed = parser.feed(pending);
        GODWIT_ASSERT(consumed <= pending.size());
        pending.erase(0, consumed);
        if (parser.phase() != RequestParser::Phase::complete) break;
        const HttpRequest request = std::move(parser.request());
        GODWIT_ASSERT(request.body.size() <= 400);
        seen += request.method + " " + request.target + (parser.keep_alive() ? " keep\n" : "\n");
        for (const Header& header : request.headers) {
          GODWIT_ASSERT(header.value.find_first_of("\r\n") == std::string::npos);
          seen += header.name + ": " + header.value + "\n";
        }
        seen += request.body + "\n";
        parser.next();
        GODWIT_ASSERT(budget.taken() == 0);
      }
      // A connection never keeps more than one head that is not whole.
      if (parser.phase() != RequestParser::Phase::failed) GODWIT_ASSERT(pending.size() <= 256);
    } while (!stream.empty());
    seen += std::to_string(static_cast<int>(parser.phase()));
    if (parser.phase() == RequestParser::Phase::failed) {
      seen += std::to_string(parser.error().status) + parser.error().message;
    }
  }
  GODWIT_ASSERT(budget.taken() == 0);
  return seen;
}

}  // namespace
}  // namespace godwit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::string whole = godwit::read(stream, 0);
  GODWIT_ASSERT(godwit::read(stream, 1) == whole);
  GODWIT_ASSERT(godwit::read(stream, 1u + bytes[0]) == whole);
  return 0;
}
