// Input: a byte that chooses the status, one that chooses the call, then the body of an answer.
#include "imagegen/providers/gemini/gemini_wire.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/assert.h"
#include "imagegen/providers/shared/outcome.h"

namespace {

using namespace godwit;
using namespace godwit::imagegen;

void check(const TaskError& error) {
  GODWIT_ASSERT(!error.code.empty() && !error.message.empty() && error.provider == "gemini");
  GODWIT_ASSERT(error.detail.size() <= TaskError::detail_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::array<int, 10> statuses{200, 200, 200, 400, 403, 404, 429, 429, 500, 503};
  IncomingResponse response;
  response.status = statuses[bytes[0] % statuses.size()];
  response.body.assign(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  gemini::Asked asked;
  asked.model = "m";
  asked.kind = bytes[1] % 2 == 0 ? ProviderKind::gemini : ProviderKind::imagen;
  const Timestamp now = from_unix_ms(1'795'514'400'000);
  const ImageOutcome outcome = gemini::read_response(response, asked, now);
  if (const auto* made = std::get_if<ImageMade>(&outcome)) {
    GODWIT_ASSERT(response.status == 200 && image_mime(made->bytes) == made->mime);
  } else if (const auto* retry = std::get_if<ImageRetry>(&outcome)) {
    check(retry->error);
    GODWIT_ASSERT(!retry->after ||
                  (*retry->after >= Milliseconds(0) && *retry->after <= Milliseconds(86'400'000)));
  } else if (const auto* refused = std::get_if<ImageRefused>(&outcome)) {
    check(refused->error);
  } else {
    check(std::get<ImageFailed>(outcome).error);
  }
  (void)gemini::read_models(response, now);
  return 0;
}
