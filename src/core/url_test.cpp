#include "core/url.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

TEST_CASE("the parts of a destination are found") {
  struct Row {
    std::string text;
    bool https;
    const char* host;
    int port;
    const char* authority;
    const char* target;
  };
  const Row table[] = {
      {"http://example.com", false, "example.com", 80, "example.com", "/"},
      {"https://example.com", true, "example.com", 443, "example.com", "/"},
      {"HTTPS://EXAMPLE.com/A", true, "example.com", 443, "example.com", "/A"},
      {"https://example.com:443/", true, "example.com", 443, "example.com", "/"},
      {"https://example.com:80/", true, "example.com", 80, "example.com:80", "/"},
      {"http://example.com:00080/", false, "example.com", 80, "example.com", "/"},
      {"http://example.com:65535", false, "example.com", 65535, "example.com:65535", "/"},
      {"http://e.com/123/?asdasd=ooo", false, "e.com", 80, "e.com", "/123/?asdasd=ooo"},
      {"http://e.com?q=1", false, "e.com", 80, "e.com", "/?q=1"},
      {"http://e.com?q=/../@b.com:1", false, "e.com", 80, "e.com", "/?q=/../@b.com:1"},
      {"http://e.com#f", false, "e.com", 80, "e.com", "/"},
      {"http://e.com/a#f?b", false, "e.com", 80, "e.com", "/a"},
      {"http://e.com/a?b#f", false, "e.com", 80, "e.com", "/a?b"},
      {"http://e.com/a%23b", false, "e.com", 80, "e.com", "/a%23b"},
      {"http://e.com//a/../b/./%2e%zz", false, "e.com", 80, "e.com", "//a/../b/./%2e%zz"},
      {"http://e.com/http://f.com", false, "e.com", 80, "e.com", "/http://f.com"},
      {"http://e.com/@f.com", false, "e.com", 80, "e.com", "/@f.com"},
      {"http://e.com/\\f", false, "e.com", 80, "e.com", "/\\f"},
      {"http://e.com/\u00e4?\u20ac", false, "e.com", 80, "e.com", "/%C3%A4?%E2%82%AC"},
      {"http://localhost:3000/api", false, "localhost", 3000, "localhost:3000", "/api"},
      {"http://my_service:8080", false, "my_service", 8080, "my_service:8080", "/"},
      {"http://example.com./", false, "example.com", 80, "example.com", "/"},
      {"http://a--b-.example/", false, "a--b-.example", 80, "a--b-.example", "/"},
      {"http://1.2.3.4.example/", false, "1.2.3.4.example", 80, "1.2.3.4.example", "/"},
      {"http://B\u00fccher.example/", false, "xn--bcher-kva.example", 80, "xn--bcher-kva.example",
       "/"},
      {"http://b%C3%BCcher.example/", false, "xn--bcher-kva.example", 80, "xn--bcher-kva.example",
       "/"},
      {"http://fa\u00df.de/", false, "xn--fa-hia.de", 80, "xn--fa-hia.de", "/"},
      {"http://\u4f8b\u3048\u3002\u30c6\u30b9\u30c8/", false, "xn--r8jz45g.xn--zckzah", 80,
       "xn--r8jz45g.xn--zckzah", "/"},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    const Result<Url> url = parse_url(row.text);
    REQUIRE(url);
    CHECK(url->https == row.https);
    CHECK(url->host == row.host);
    CHECK(url->port == row.port);
    CHECK(url->authority == row.authority);
    CHECK(url->target == row.target);
    CHECK_FALSE(url->host_is_address);
    CHECK(url->user_info.empty());
  }
}

TEST_CASE("addresses are recognised and written in one form") {
  struct Row {
    std::string text;
    const char* host;
    const char* authority;
  };
  const Row table[] = {
      {"http://127.0.0.1/", "127.0.0.1", "127.0.0.1"},
      {"http://127.0.0.1./", "127.0.0.1", "127.0.0.1"},
      {"http://255.255.255.255:81/", "255.255.255.255", "255.255.255.255:81"},
      {"http://\uff11\uff12\uff17.0.0.1/", "127.0.0.1", "127.0.0.1"},  // Full-width digits.
      {"http://[::1]/", "::1", "[::1]"},
      {"http://[::1]:8080/", "::1", "[::1]:8080"},
      {"https://[::1]:443", "::1", "[::1]"},
      {"http://[2001:DB8:0:0:0:0:0:1]/", "2001:db8::1", "[2001:db8::1]"},
      {"http://[::ffff:7f00:1]/", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]"},
      {"http://[::FFFF:127.0.0.1]/", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]"},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    const Result<Url> url = parse_url(row.text);
    REQUIRE(url);
    CHECK(url->host == row.host);
    CHECK(url->authority == row.authority);
    CHECK(url->host_is_address);
  }
}

TEST_CASE("the user is decoded, and is no part of the host") {
  const std::pair<std::string, const char*> table[] = {
      {"http://user:password@example.com/", "user:password"},
      {"http://user@example.com/", "user"},
      {"http://@example.com/", ""},
      {"http://u%40x:p%3A%25@example.com/", "u@x:p:%"},
      {"http://a:b:c@example.com/", "a:b:c"},
      {"http://evil.example:80@example.com/", "evil.example:80"},
  };
  for (const auto& [text, user_info] : table) {
    CAPTURE(text);
    const Result<Url> url = parse_url(text);
    REQUIRE(url);
    CHECK(url->user_info == user_info);
    CHECK(url->host == "example.com");
    CHECK(url->authority == "example.com");
    CHECK(url->target == "/");
  }
}

TEST_CASE("what is no destination is refused, in the wire's words") {
  const std::string scheme = "endpoint has invalid scheme, add http:// or https://";
  const std::string name = "endpoint has an invalid host name";
  const std::string blank = "endpoint contains a blank or a control character";
  const std::string port = "endpoint has an invalid port";
  const std::string ipv4 = "endpoint has an invalid IPv4 address";
  const std::string ipv6 = "endpoint has an invalid IPv6 address";
  const std::string escape = "endpoint has an invalid percent-escape in the host";
  const std::string none = "endpoint has no host";
  const std::string several = "endpoint contains several '@' before its path";
  const std::string backslash = "endpoint contains a backslash before its path";
  const std::string user = "endpoint has an invalid percent-escape in the user";
  const std::string encoding = "endpoint is not valid UTF-8";
  const std::pair<std::string, std::string> table[] = {
      {"", "a non-empty destination must be provided"},
      {"example.com", scheme},
      {"example.com/http://e.com", scheme},
      {"ftp://example.com", scheme},
      {"httpx://example.com", scheme},
      {"http:/example.com", scheme},
      {"http:example.com", scheme},
      {"http:\\\\example.com", scheme},
      {"//example.com", scheme},
      {"://example.com", scheme},
      {"http://", none},
      {"http:///path", none},
      {"http://?q", none},
      {"http://#f", none},
      {"http://:80", none},
      {"http://.", none},
      {"http://user@", none},
      {"http://user@/path", none},
      {" http://e.com", blank},
      {"http://e.com ", blank},
      {"http://e.com/a b", blank},
      {"http://e.com/a\r\nHost: f.com", blank},
      {"http://e.com/\t", blank},
      {"http://e.com/\x7f", blank},
      {std::string("http://e.com/\0", 14), blank},
      {"http://e.com:0/", port},
      {"http://e.com:65536/", port},
      {"http://e.com:/", port},
      {"http://e.com:-1/", port},
      {"http://e.com:+80/", port},
      {"http://e.com:8o/", port},
      {"http://e.com:000080/", port},
      {"http://e.com:80:80/", port},
      {"http://::1/", none},
      {"http://1::1/", ipv4},
      {"http://[::1]x/", port},
      {"http://[::1/", ipv6},
      {"http://[]/", ipv6},
      {"http://[::1%25eth0]/", ipv6},
      {"http://[::1%eth0]/", ipv6},
      {"http://[1.2.3.4]/", ipv6},
      {"http://[::1]]/", port},
      {"http://x[::1]/", name},
      {"http://a]/", name},
      {"http://127.1/", ipv4},
      {"http://2130706433/", ipv4},
      {"http://0x7f000001/", ipv4},
      {"http://0x7F.1/", ipv4},
      {"http://0177.0.0.1/", ipv4},
      {"http://127.0.0.01/", ipv4},
      {"http://127.0.0.256/", ipv4},
      {"http://1.2.3.4.5/", ipv4},
      {"http://example.1/", ipv4},
      {"http://example.0x/", ipv4},
      {"http://a..b/", name},
      {"http://.a/", name},
      {"http://a../", name},
      {"http://a,b/", name},
      {"http://a;b/", name},
      {"http://a&b/", name},
      {"http://a*b/", name},
      {"http://<a>/", name},
      {"http://a'b/", name},
      {"http://" + std::string(64, 'a') + "/", name},
      {"http://" + std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
           "." + std::string(62, 'd') + "/",
       name},
      {"http://\u2100.example/", name},  // Maps to "a/c".
      {"http://a%2eb/", escape},
      {"http://%65xample.com/", escape},
      {"http://a%/", escape},
      {"http://a%4/", escape},
      {"http://a%zz/", escape},
      {"http://a%00b/", escape},
      {"http://e.com\\f.com/", backslash},
      {"http://e.com\\@f.com/", backslash},
      {"http://user\\@f.com/", backslash},
      {"http://a@b@c/", several},
      {"http://a:1@b@c:2/", several},
      {"http://a%@b/", user},
      {"http://a%zz@b/", user},
      {"http://a%0a@b/", user},
      {"http://\xff/", encoding},
      {"http://e.com/\xc3", encoding},
      {"http://e.com/\xc0\xaf", encoding},
      {"http://e.com/\xed\xa0\x80", encoding},
      {"http://e.com/\xf4\x90\x80\x80", encoding},
      {"http://e.com/\xe0\x80\xaf", encoding},
      {"http://e.com/\x80", encoding},
      {"http://e.com/" + std::string(url_length_max, 'a'), "endpoint is longer than 8192 bytes"},
  };
  for (const auto& [text, why] : table) {
    CAPTURE(text);
    const Result<Url> url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == ErrorCode::invalid_argument);
    CHECK(url.error().message == "invalid destination url: " + why);
  }
}

TEST_CASE("escapes that make no Unicode are refused as a host") {
  for (const std::string text : {"http://a%ff/", "http://%c3.com/", "http://%e2%80%ae.com/"}) {
    CAPTURE(text);
    const Result<Url> url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().message.starts_with(
        "invalid destination url: endpoint has an invalid host name: "));
  }
}

TEST_CASE("the longest destination and the longest host are accepted") {
  const std::string prefix = "http://e.com/";
  CHECK(parse_url(prefix + std::string(url_length_max - prefix.size(), 'a')));
  CHECK(parse_url("http://" + std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                  std::string(63, 'c') + "." + std::string(61, 'd') + "/"));
}

TEST_CASE("what stands in a segment or a value is escaped but for what means nothing there") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b/?&=%+#") == "a%20b%2F%3F%26%3D%25%2B%23");
  CHECK(percent_encode("\xd0\xb6") == "%D0%B6");
  CHECK(percent_encode("").empty());
}

TEST_CASE("the path ends where the query begins") {
  CHECK(parse_url("http://e.com/a/b?c=/d")->path() == "/a/b");
  CHECK(parse_url("http://e.com/a/b")->path() == "/a/b");
  CHECK(parse_url("http://e.com?c")->path() == "/");
}

}  // namespace
}  // namespace godwit
