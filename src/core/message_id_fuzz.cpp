#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/message_id.h"

/// An accepted text is exactly the one that is printed for its id. Bytes come back from base58, and
/// two of one size sort as their texts do.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);

  if (const std::optional<MessageId> id = MessageId::parse(text)) {
    GODWIT_ASSERT(id->to_string() == text);
    GODWIT_ASSERT(MessageId::from_bytes(id->bytes()) == id);
  }
  if (const std::optional<MessageId> id = MessageId::from_bytes(text)) {
    GODWIT_ASSERT(id->bytes() == text);
    GODWIT_ASSERT(MessageId::parse(id->to_string()) == id);
    GODWIT_ASSERT(id->to_string() == "msg_" + base58_encode(text));
  }

  for (std::size_t wanted = 0; wanted <= 64; wanted += 4) {
    if (const std::optional<std::string> decoded = base58_decode(text, wanted)) {
      GODWIT_ASSERT(decoded->size() == wanted);
      GODWIT_ASSERT(base58_encode(*decoded) == text);
    }
  }

  const std::size_t half = std::min<std::size_t>(size / 2, 64);
  const std::string_view first = text.substr(0, half);
  const std::string_view second = text.substr(half, half);
  const std::string first_text = base58_encode(first);
  const std::string second_text = base58_encode(second);
  GODWIT_ASSERT(base58_decode(first_text, half) == first);
  GODWIT_ASSERT(first_text.size() == second_text.size());
  GODWIT_ASSERT((first < second) == (first_text < second_text));
  return 0;
}
