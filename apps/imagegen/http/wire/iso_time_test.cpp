#include "imagegen/http/wire/iso_time.h"

#include <doctest/doctest.h>

namespace godwit::imagegen {

TEST_CASE("times are written in UTC with milliseconds, and read again") {
  const Timestamp time = from_unix_ms(1'795'515'302'120);
  CHECK(iso_time(time) == "2026-11-24T10:15:02.120Z");
  CHECK(parse_iso_time("2026-11-24T10:15:02.120Z") == time);
  CHECK(iso_time(from_unix_ms(0)) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("times are read with offsets, other fractions, and as dates") {
  CHECK(parse_iso_time("2026-11-24T13:15:02.12+03:00") == from_unix_ms(1'795'515'302'120));
  CHECK(parse_iso_time("2026-11-24T10:15:02.120999Z") == from_unix_ms(1'795'515'302'120));
  CHECK(parse_iso_time("2026-11-24T10:15Z") == from_unix_ms(1'795'515'300'000));
  CHECK(parse_iso_time("1970-01-02") == from_unix_ms(86'400'000));
}

TEST_CASE("what is no time is refused") {
  for (const char* text :
       {"", "now", "2026-13-01", "2026-02-30", "2026-11-24T", "2026-11-24T10:15:02.120",
        "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z", "2026-11-24T10:15:02.Z",
        "2026-11-24T10:15:02+3:00", "2026-11-24T10:15:02Z ", "2026-11-24 10:15:02Z",
        "2026-11-24T10:15:02.1234567890Z"}) {
    INFO(text);
    CHECK_FALSE(parse_iso_time(text).has_value());
  }
}

}  // namespace godwit::imagegen
