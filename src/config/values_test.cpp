#include "config/values.h"

#include <doctest/doctest.h>

#include <utility>

namespace godwit {

TEST_CASE("sizes are read with every unit and printed in the shortest exact one") {
  const std::pair<const char*, std::uint64_t> rows[] = {
      {"0", 0},
      {"512", 512},
      {"512B", 512},
      {"64KiB", 65'536},
      {"64kib", 65'536},
      {"10MB", 10'000'000},
      {"1.5GiB", 1'610'612'736},
      {" 2 TB ", 2'000'000'000'000},
  };
  for (const auto& [text, bytes] : rows) {
    CAPTURE(text);
    const Result<Bytes> parsed = parse_size(text);
    REQUIRE(parsed);
    CHECK(parsed->count == bytes);
    CHECK(parse_size(format_size(*parsed)).value() == *parsed);
  }
  CHECK(format_size({65'536}) == "64KiB");
  CHECK(format_size({10'000'000}) == "10MB");
  CHECK(format_size({513}) == "513B");
  CHECK(format_size({0}) == "0B");
}

TEST_CASE("what is no size is refused with an example") {
  for (const char* text :
       {"", "x", "-1", "10XB", "1.5B", "1e3", "nan", "inf", "99999999TiB", "10 M B"}) {
    CAPTURE(text);
    const Result<Bytes> parsed = parse_size(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.find("like 65536, 64KiB or 10MB") != std::string::npos);
  }
}

TEST_CASE("listen addresses are host and port, with brackets around IPv6") {
  CHECK(parse_listen("127.0.0.1:8080").value() == ListenAddress{"127.0.0.1", 8080});
  CHECK(parse_listen("[::1]:0").value() == ListenAddress{"::1", 0});
  CHECK(parse_listen("localhost:65535").value() == ListenAddress{"localhost", 65535});
  CHECK(format_listen({"::1", 80}) == "[::1]:80");
  CHECK(format_listen({"127.0.0.1", 80}) == "127.0.0.1:80");
  CHECK(local_url({"0.0.0.0", 80}) == "http://127.0.0.1:80");
  CHECK(local_url({"::", 80}) == "http://[::1]:80");
  CHECK(local_url({"example.com", 80}) == "http://example.com:80");
  for (const char* text :
       {"", "8080", ":8080", "::1:8080", "[]:1", "[::1:80", "h:", "h:65536", "h:-1", "h:8x"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen(text));
  }
}

TEST_CASE("every setting reads back what it prints") {
  Settings settings;
  for (const Setting& setting : settings_table()) {
    CAPTURE(setting.name);
    Settings copy;
    CHECK(assign(setting, copy, format_value(setting, settings)));
    CHECK(format_value(setting, copy) == format_value(setting, settings));
    if (!setting.dev_default.empty()) CHECK(assign(setting, copy, setting.dev_default));
    CHECK(setting.help.ends_with('.'));
  }
}

TEST_CASE("bounds are checked, and the refusal names them") {
  Settings settings;
  const Setting& threads = *find_setting("api.listing_threads");
  CHECK(assign(threads, settings, "64"));
  CHECK(assign(threads, settings, "65").error().message == "65 is too large; the most is 64");
  CHECK(assign(threads, settings, "0").error().message == "0 is too small; the least is 1");
  CHECK(assign(threads, settings, "two").error().message ==
        "\"two\" is not a whole number; write digits only, like 256");
  CHECK(assign(*find_setting("engine.horizon"), settings, "2d").error().message ==
        "2d is too large; the most is 1d");
  CHECK(assign(*find_setting("http.head_size_max"), settings, "1GiB").error().message ==
        "1GiB is too large; the most is 16MiB");
  CHECK(assign(*find_setting("log.level"), settings, "loud").error().message ==
        "\"loud\" is none of debug, info, warn, error, off");
  CHECK_FALSE(assign(*find_setting("delivery.region"), settings, "a\r\nb"));
}

TEST_CASE("the one optional duration can be none") {
  Settings settings;
  const Setting& delay = *find_setting("api.delay_max");
  REQUIRE(assign(delay, settings, "7d"));
  CHECK(settings.api.delay_max == Milliseconds(7LL * 86'400'000));
  REQUIRE(assign(delay, settings, "none"));
  CHECK_FALSE(settings.api.delay_max);
}

}  // namespace godwit
