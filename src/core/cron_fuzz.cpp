#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/cron.h"

/// What is accepted is read again from its text, fires at whole seconds that only grow, misses none
/// between two, and keeps to its five years. What is refused is told in a short sentence.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  using namespace std::chrono_literals;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const Cron::Fields fields : {Cron::Fields::five, Cron::Fields::with_seconds}) {
    const Result<Cron> cron = Cron::parse(text, fields);
    if (!cron) {
      const Error& error = cron.error();
      GODWIT_ASSERT(error.code == ErrorCode::invalid_argument);
      GODWIT_ASSERT(error.message.starts_with("Invalid cron expression "));
      GODWIT_ASSERT(error.message.size() < 1024);
      for (const char c : error.message) GODWIT_ASSERT(c >= ' ' && c <= '~');
      continue;
    }
    GODWIT_ASSERT(cron->text().size() <= Cron::length_max);
    GODWIT_ASSERT(text.find(cron->text()) != std::string_view::npos);
    const Result<Cron> again = Cron::parse(cron->text(), fields);
    GODWIT_ASSERT(again && again->text() == cron->text());
    const bool every = cron->text().find("@every") != std::string::npos;

    // Year ends, leap days, and the hours in which Europe's and America's clocks change.
    for (const std::int64_t start_s :
         {0L, 951'782'399L, 1'774'745'000L, 1'772'952'000L, 1'792'886'000L, 1'798'761'599L}) {
      Timestamp at = from_unix_ms(start_s * 1000 + 999);
      for (int round = 0; round < 4; ++round) {
        const std::optional<Timestamp> next = cron->next(at);
        GODWIT_ASSERT(next == again->next(at));
        if (!next) break;
        GODWIT_ASSERT(*next > at && *next - at <= std::chrono::years(5));
        GODWIT_ASSERT(next->time_since_epoch() % 1s == 0s);
        if (!every) {
          // From wherever in between one asks, it is the same one.
          GODWIT_ASSERT(cron->next(*next - 1ms) == next);
          GODWIT_ASSERT(cron->next(at + (*next - at) / 2) == next || *next - at == 1ms);
        }
        at = *next;
      }
    }
    (void)cron->next(Timestamp::min());
    (void)cron->next(Timestamp::max());
  }
  return 0;
}
