// Input: a byte that chooses the status, then the body of an answer, or the text in one.
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/assert.h"
#include "core/json_out.h"
#include "imagegen/providers/openai/images_wire.h"
#include "imagegen/providers/openai/text_wire.h"

namespace {

using namespace godwit;
using namespace godwit::imagegen;

void check(const openai::Writing& writing) {
  const auto* fault = std::get_if<openai::Fault>(&writing);
  if (fault == nullptr) return;
  GODWIT_ASSERT(!fault->code.empty() && !fault->message.empty());
  GODWIT_ASSERT(to_error(*fault).message.size() < 3'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  constexpr std::array<int, 10> statuses{200, 200, 200, 400, 401, 404, 429, 429, 500, 503};
  IncomingResponse response;
  response.status = statuses[bytes[0] % statuses.size()];
  response.body.assign(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const Timestamp now = from_unix_ms(1'795'514'400'000);

  const ImageOutcome outcome = openai::read_images(response, "m", now);
  if (const auto* retry = std::get_if<ImageRetry>(&outcome)) {
    GODWIT_ASSERT(retry->error.detail.size() <= TaskError::detail_max);
  }
  check(openai::read_responses(response, "m", now));
  check(openai::read_chat(response, "m", now));
  (void)openai::read_models(response, now);

  ValuesWanted wanted;
  wanted.count = 5;
  wanted.existing = {"a"};
  if (const auto values = openai::read_values(response.body, wanted)) {
    GODWIT_ASSERT(!values->empty() && values->size() <= 5);
    for (const std::string& value : *values) {
      GODWIT_ASSERT(!value.empty() && value != "a" && value.size() <= openai::value_size_max);
      GODWIT_ASSERT(is_utf8(value));
    }
  }
  if (const auto prompt = openai::read_prompt(response.body)) {
    GODWIT_ASSERT(!prompt->content.empty() && is_utf8(prompt->content));
  }
  return 0;
}
