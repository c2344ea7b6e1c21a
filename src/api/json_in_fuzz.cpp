// Input: the body of a batch, or of a bulk request on messages or dead letters.
#include "api/json_in.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "api/filters.h"
#include "core/assert.h"
#include "core/json_out.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  constexpr std::size_t items_max = 1'000;
  if (const auto items = parse_batch(body, items_max)) {
    GODWIT_ASSERT(items->size() <= items_max);
    for (const auto& item : *items) {
      // The parser checks the encoding: nothing else may come out of it.
      GODWIT_ASSERT(!item || (is_utf8(item->body) && is_utf8(item->destination)));
    }
  }
  if (const auto parameters = parse_body_parameters(body)) {
    (void)parse_dead_letter_selection(parameters->parameters);
    (void)parse_log_selection(parameters->parameters);
    (void)parse_cancel_selection(parameters->parameters);
  }
  return 0;
}
