// Whatever a stranger sends: it is refused or read, and what was read keeps its bounds.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "imagegen/http/archive/file_names.h"
#include "imagegen/http/routing/query.h"
#include "imagegen/http/wire/iso_time.h"
#include "imagegen/http/wire/requests.h"
#include "net/caller.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit::imagegen;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto request = read_generation_request(text, {});
  if (request) {
    GODWIT_ASSERT(!request->name.empty());
    GODWIT_ASSERT(request->prompt_id.empty() != request->prompts.empty());
    GODWIT_ASSERT(request->options.rate_limit >= 1 && request->options.rate_limit <= 3'600);
  }
  if (const auto query = QueryString::parse(text)) {
    const auto limit = query->integer("limit", 5, 1, 500);
    GODWIT_ASSERT(!limit || (*limit >= 1 && *limit <= 500));
  }
  const godwit::HostName host = godwit::parse_host(text);
  GODWIT_ASSERT(host.name.find('/') == std::string::npos);
  if (const auto time = parse_iso_time(text)) {
    GODWIT_ASSERT(parse_iso_time(iso_time(*time)) == time);
  }
  constexpr std::size_t name_size_max = 80;
  const std::string name = slug(text, name_size_max);
  GODWIT_ASSERT(!name.empty() && name.size() <= name_size_max);
  GODWIT_ASSERT(name.find_first_of("/\\\"\r\n") == std::string::npos);
  return 0;
}
