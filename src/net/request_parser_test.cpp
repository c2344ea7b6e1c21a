#include "net/request_parser.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {
namespace {

using Phase = RequestParser::Phase;

constexpr RequestLimits limits{.head_size_max = 512, .body_size_max = 1000};

/// What a parser made of a stream: whole requests, then an error, or the phase it was left in.
struct Reading {
  std::vector<HttpRequest> requests;
  std::vector<bool> keep_alive;
  std::optional<RequestError> error;
  Phase phase = Phase::between;
};

/// Feeds `stream` in pieces that end at `cuts`, keeping what was not consumed as a connection does.
Reading read(std::string_view stream, const std::vector<std::size_t>& cuts = {},
             std::size_t budget_max = 1 << 20) {
  BodyBudget budget(budget_max);
  Reading reading;
  {
    RequestParser parser(limits, budget);
    std::string pending;
    std::size_t at = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
      const std::size_t end = i < cuts.size() ? cuts[i] : stream.size();
      pending += stream.substr(at, end - at);
      at = end;
      for (;;) {
        pending.erase(0, parser.feed(pending));
        if (parser.phase() != Phase::complete) break;
        reading.keep_alive.push_back(parser.keep_alive());
        reading.requests.push_back(std::move(parser.request()));
        parser.next();
      }
    }
    reading.phase = parser.phase();
    if (parser.phase() == Phase::failed) reading.error = parser.error();
  }
  CHECK(budget.taken() == 0);
  return reading;
}

int status_of(std::string_view stream) {
  const Reading reading = read(stream);
  return reading.error ? reading.error->status : 0;
}

std::string with_headers(std::string_view headers, std::string_view body = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body) {
  return with_headers("Transfer-Encoding: chunked\r\n", body);
}

std::string describe(const Reading& reading) {
  std::string text;
  for (const HttpRequest& request : reading.requests) {
    text += request.method + " " + request.target + "\n";
    for (const Header& header : request.headers) text += header.name + "=" + header.value + "\n";
    text += request.body + "\n--\n";
  }
  if (reading.error) text += std::to_string(reading.error->status) + " " + reading.error->message;
  return text + " phase " + std::to_string(static_cast<int>(reading.phase));
}

}  // namespace

TEST_CASE("a request is read with its headers in order and as spelled") {
  const Reading reading = read(
      "POST /v2/publish/https://example.test/a?b=%20 HTTP/1.1\r\nhost: example.test:8080\r\n"
      "X-One:1\r\nx-TWO:  \t two words \t\r\nX-Empty:\r\nX-Utf8: gr\xc3\xbc\xc3\x9f\r\n"
      "Content-Length: 5\r\n\r\nhello");
  REQUIRE(reading.requests.size() == 1);
  const HttpRequest& request = reading.requests[0];
  CHECK(request.method == "POST");
  CHECK(request.target == "/v2/publish/https://example.test/a?b=%20");
  CHECK(request.headers == Headers{{"host", "example.test:8080"},
                                   {"X-One", "1"},
                                   {"x-TWO", "two words"},
                                   {"X-Empty", ""},
                                   {"X-Utf8", "gr\xc3\xbc\xc3\x9f"},
                                   {"Content-Length", "5"}});
  CHECK(request.body == "hello");
  CHECK(reading.keep_alive[0]);
  CHECK(reading.phase == Phase::between);
}

TEST_CASE("chunks, extensions and trailers become one body") {
  const Reading reading =
      read(chunked("5\r\nhello\r\n0006;name=\"va;lue\"\r\n world\r\na;x\r\n0123456789\r\n"
                   "0;last\r\nX-Trailer: dropped\r\nX-More:\r\n\r\n"));
  REQUIRE(reading.requests.size() == 1);
  CHECK(reading.requests[0].body == "hello world0123456789");
  CHECK(reading.requests[0].headers.size() == 2);
  CHECK(reading.phase == Phase::between);
}

TEST_CASE("well-formed requests are accepted") {
  for (const std::string& stream : {
           std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
           std::string("GET / HTTP/1.0\r\n\r\n"),
           std::string("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("GET /\xc3\xbc HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
           with_headers("Content-Length: 0\r\n"),
           with_headers("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
           with_headers("Content-Length: 0003\r\n", "abc"),
           with_headers("Expect: 100-Continue\r\nContent-Length: 1\r\n", "a"),
           with_headers("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"),
       }) {
    CAPTURE(stream);
    const Reading reading = read(stream);
    CHECK(reading.requests.size() == 1);
    CHECK(!reading.error.has_value());
  }
}

TEST_CASE("malformed and ambiguous requests are refused with their status") {
  struct Row {
    std::string stream;
    int status;
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::vector<Row> rows = {
      // The request line.
      {"GET /\r\n", 400},
      {"GET  / HTTP/1.1\r\n", 400},
      {"GET / HTTP/1.1 \r\n", 400},
      {" GET / HTTP/1.1\r\n", 400},
      {"GET\t/ HTTP/1.1\r\n", 400},
      {"G(T / HTTP/1.1\r\n", 400},
      {"GET x HTTP/1.1\r\n", 400},
      {"GET * HTTP/1.1\r\n", 400},
      {"CONNECT a:80 HTTP/1.1\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\n", 400},
      {"GET /\x7f HTTP/1.1\r\n", 400},
      {std::string("GET /\0 HTTP/1.1\r\n", 17), 400},
      {"GET /\rx HTTP/1.1\r\n", 400},
      {"GET / http/1.1\r\n", 400},
      {"GET / HTTP/1.11\r\n", 400},
      {"GET / HTTP/11\r\n", 400},
      {"GET / HTTP/1.2\r\n", 505},
      {"GET / HTTP/0.9\r\n", 505},
      {"PRI * HTTP/2.0\r\n", 505},
      {"PRI / HTTP/2.0\r\n", 505},
      {"\r\n\r\nGET / HTTP/1.1\r\n", 400},
      {"\nGET / HTTP/1.1\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"\x16\x03\x01\x02\x01\n", 400},
      // Headers.
      {get + "X: 1\n\r\n", 400},
      {get + "X: 1\r\r\n", 400},
      {get + "X: 1\rY: 2\r\n", 400},
      {get + "X : 1\r\n", 400},
      {get + "X\t: 1\r\n", 400},
      {get + ": 1\r\n", 400},
      {get + "X\r\n", 400},
      {get + "X(: 1\r\n", 400},
      {get + "X: 1\r\n folded\r\n", 400},
      {get + "X: 1\r\n\tfolded\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n", 400},
      {get + "X: a\x01\r\n", 400},
      {get + std::string("X: a\0b\r\n", 8), 400},
      {get + "X: \x7f\r\n", 400},
      {get + "\n", 400},
      // Host.
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      // How long the body is.
      {with_headers("Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
      {with_headers("Content-Length: 1, 1\r\n"), 400},
      {with_headers("Content-Length: +1\r\n"), 400},
      {with_headers("Content-Length: -1\r\n"), 400},
      {with_headers("Content-Length: 0x1\r\n"), 400},
      {with_headers("Content-Length: 1 1\r\n"), 400},
      {with_headers("Content-Length:\r\n"), 400},
      {with_headers("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400},
      {with_headers("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), 400},
      {with_headers("Transfer-Encoding: gzip, chunked\r\n"), 400},
      {with_headers("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
      {with_headers("Transfer-Encoding: identity\r\n"), 400},
      {with_headers("Transfer-Encoding: xchunked\r\n"), 400},
      {with_headers("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {with_headers("Transfer-Encoding: \x0b"
                    "chunked\r\n"),
       400},
      {with_headers("Transfer-Encoding:\r\n"), 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {with_headers("Content-Length: 1001\r\n"), 413},
      {with_headers("Content-Length: 99999999999999999999999999\r\n"), 413},
      {with_headers("Content-Length: 18446744073709551616\r\n"), 413},
      {with_headers("Expect: something\r\nContent-Length: 1\r\n"), 417},
      // Chunks.
      {chunked("\r\n"), 400},
      {chunked("x\r\n"), 400},
      {chunked("-1\r\n"), 400},
      {chunked("0x1\r\n"), 400},
      {chunked(" 1\r\n"), 400},
      {chunked("1 \r\n"), 400},
      {chunked("1\n"), 400},
      {chunked("1;x\n"), 400},
      {chunked("1;\x01\r\n"), 400},
      {chunked("1\rX"), 400},
      {chunked("1\r\nab"), 400},
      {chunked("1\r\na\n"), 400},
      {chunked("1\r\na\rX"), 400},
      {chunked("00000000000000001\r\n"), 400},
      {chunked("3e9\r\n"), 413},
      {chunked("ffffffffffffffff\r\n"), 413},
      {chunked("1\r\na\r\n3e8\r\n"), 413},
      {chunked("0\r\n\n"), 400},
      {chunked("0\r\n\rX"), 400},
      {chunked("0\r\n folded\r\n"), 400},
      {chunked("0\r\nX y: 1\r\n"), 400},
      {chunked("0\r\nX\r\n"), 400},
      {chunked("0\r\nX: 1\n"), 400},
      {chunked("0\r\nX: \x01\r\n"), 400},
      {chunked("1;" + std::string(600, 'x')), 431},
      {chunked("0\r\nX: " + std::string(600, 'x')), 431},
      // Too large.
      {std::string(600, 'x'), 414},
      {"GET /" + std::string(600, 'x') + " HTTP/1.1\r\n\r\n", 414},
      {get + "X: " + std::string(600, 'x') + "\r\n\r\n", 431},
      {get + std::string(600, 'x'), 431},
  };
  for (const Row& row : rows) {
    CAPTURE(row.stream);
    CHECK(status_of(row.stream) == row.status);
  }
}

TEST_CASE("the limits themselves are allowed and one more is not") {
  const std::string head_of = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string fill(limits.head_size_max - head_of.size() - 4, 'x');
  CHECK(status_of(head_of + fill + "\r\n\r\n") == 0);
  CHECK(read(head_of + fill + "\r\n\r\n").requests.size() == 1);
  CHECK(status_of(head_of + fill + "x\r\n\r\n") == 431);

  const std::string body(limits.body_size_max, 'b');
  CHECK(read(with_headers("Content-Length: 1000\r\n", body)).requests.size() == 1);
  CHECK(read(chunked("3e8\r\n" + body + "\r\n0\r\n\r\n")).requests.size() == 1);
  CHECK(status_of(chunked("3e8\r\n" + body + "\r\n1\r\n")) == 413);

  BodyBudget budget(0);
  RequestParser parser({.head_size_max = 1 << 20, .body_size_max = 0}, budget);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < request_fields_max; ++i) many += "X: 1\r\n";
  parser.feed(many + "\r\n");
  CHECK(parser.phase() == Phase::complete);
  parser.next();
  parser.feed(many + "X: 1\r\n\r\n");
  REQUIRE(parser.phase() == Phase::failed);
  CHECK(parser.error().status == 431);
}

TEST_CASE("an error names the limit and its value") {
  CHECK(read(with_headers("Content-Length: 1001\r\n")).error->message ==
        "request body exceeds the limit of 1000 bytes");
  CHECK(read(std::string(600, 'x')).error->message ==
        "request line exceeds the limit of 512 bytes");
}

TEST_CASE("a stream reads the same however it is cut") {
  // Goal: no byte position is special. Method: every single cut, and all cuts at once.
  const std::string good =
      "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nX-Long: value\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4;ext=1\r\nwiki\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n"
      "PUT /b HTTP/1.1\r\nHost: b\r\nConnection: close\r\nContent-Length: 11\r\n\r\nhello world"
      "GET /c HTTP/1.0\r\n\r\n";
  for (const std::string& stream :
       {good, good + "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", good + chunked("2\r\nabc"),
        good + with_headers("X: " + std::string(600, 'x'))}) {
    const std::string whole = describe(read(stream));
    std::vector<std::size_t> all;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      CAPTURE(cut);
      CHECK(describe(read(stream, {cut})) == whole);
      all.push_back(cut);
    }
    CHECK(describe(read(stream, all)) == whole);
  }
  CHECK(read(good).requests.size() == 3);
}

TEST_CASE("a connection is kept as its version and its Connection header say") {
  const auto kept = [](std::string_view version, std::string_view header) {
    return bool(
        read("GET / " + std::string(version) + "\r\nHost: a\r\n" + std::string(header) + "\r\n")
            .keep_alive.at(0));
  };
  CHECK(kept("HTTP/1.1", ""));
  CHECK(kept("HTTP/1.1", "Connection: keep-alive\r\n"));
  CHECK(!kept("HTTP/1.1", "Connection: close\r\n"));
  CHECK(!kept("HTTP/1.1", "connection: keep-alive , CLOSE\r\n"));
  CHECK(!kept("HTTP/1.1", "Connection: te\r\nConnection: close\r\n"));
  CHECK(!kept("HTTP/1.0", ""));
  CHECK(kept("HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST_CASE("an expectation is met only while nothing of the body is here") {
  BodyBudget budget(100);
  RequestParser parser(limits, budget);
  const std::string head = with_headers("Expect: 100-continue\r\nContent-Length: 2\r\n");
  CHECK(parser.feed(head) == head.size());
  CHECK(parser.take_expectation());
  CHECK(!parser.take_expectation());
  parser.feed("ab");
  REQUIRE(parser.phase() == Phase::complete);
  parser.next();
  parser.feed(head + "a");
  CHECK(parser.phase() == Phase::body);
  CHECK(!parser.take_expectation());
}

TEST_CASE("bodies stay within the memory all of them share") {
  BodyBudget budget(100);
  RequestParser first(limits, budget);
  RequestParser second(limits, budget);
  const std::string head = with_headers("Content-Length: 60\r\n");
  first.feed(head + std::string(60, 'a'));
  REQUIRE(first.phase() == Phase::complete);
  CHECK(budget.taken() == 60);

  second.feed(head + std::string(40, 'b'));  // The claim does not fit, the bytes do.
  CHECK(second.phase() == Phase::body);
  CHECK(budget.taken() == 100);
  second.feed("b");
  REQUIRE(second.phase() == Phase::failed);
  CHECK(second.error() ==
        RequestError{503, "request bodies in memory exceed the limit of 100 bytes"});
  CHECK(budget.taken() == 60);
  first.next();
  CHECK(budget.taken() == 0);
}

TEST_CASE("a large body that trickles in takes memory in proportion to what has arrived") {
  BodyBudget budget(100u << 20);
  RequestParser parser({.head_size_max = 512, .body_size_max = 100u << 20}, budget);
  parser.feed(with_headers("Content-Length: 104857600\r\n"));
  parser.feed("x");
  CHECK(budget.taken() <= 16);
  for (int i = 0; i < 1000; ++i) parser.feed(std::string(100, 'x'));
  CHECK(budget.taken() <= 2 * 100'001);
}

}  // namespace godwit
