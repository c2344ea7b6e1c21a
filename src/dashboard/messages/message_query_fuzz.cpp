// Any query is read or refused; what is read matches messages without a fault.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "dashboard/messages/fingerprint.h"
#include "dashboard/messages/message_query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Timestamp now = from_unix_ms(1'790'000'000'000);
  GODWIT_ASSERT(error_fingerprint(text).size() == 16);
  const Result<DashboardQuery> query = DashboardQuery::parse("/?" + text);
  if (!query) return 0;
  const Result<MessageSearch> search = parse_message_search(*query, 1, now);
  if (!search) {
    GODWIT_ASSERT(search.error().code == ErrorCode::invalid_argument);
    return 0;
  }
  GODWIT_ASSERT(search->count >= 1 && search->count <= listed_messages_max);
  MessageSummary summary;
  auto message = std::make_shared<Message>();
  message->url = "https://a.test/hook";
  message->body = text;
  summary.message = message;
  (void)matches(*search, summary);
  (void)living_query(*search);
  return 0;
}
