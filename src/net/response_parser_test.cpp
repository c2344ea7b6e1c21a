#include "net/response_parser.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace godwit {
namespace {

using State = ResponseParser::State;

struct Parsed {
  State state = State::incomplete;
  bool reusable = false;
  std::size_t used = 0;
  std::string error;
  IncomingResponse response;
};

Parsed parse(std::string_view bytes, std::size_t cut, bool end, ResponseLimits limits = {},
             bool head_only = false) {
  ResponseParser parser(limits);
  parser.reset(head_only);
  Parsed parsed;
  parsed.used = parser.feed(bytes.substr(0, cut));
  if (parser.state() == State::incomplete) parsed.used += parser.feed(bytes.substr(cut));
  if (end) parser.finish();
  parsed.state = parser.state();
  parsed.error = parser.error();
  parsed.reusable = parsed.state == State::complete && parser.reusable();
  if (parsed.state == State::complete) parsed.response = parser.take();
  return parsed;
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

}  // namespace

TEST_CASE("a response is the same wherever its bytes are cut") {
  const std::vector<std::string> responses{
      ok + "Content-Length: 5\r\ncontent-TYPE:  text/plain \r\n\r\nhello",
      ok +
          "Transfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n00001\r\n!\r\n0\r\nT: v\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok +
          "Content-Length: 2\r\n\r\nhi",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.0 404 Not Found\nX: bare\n\nwhatever",
      "HTTP/1.1 200\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
  };
  for (const std::string& bytes : responses) {
    CAPTURE(bytes);
    const Parsed whole = parse(bytes, bytes.size(), true);
    REQUIRE(whole.state == State::complete);
    CHECK(whole.used == bytes.size());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const Parsed parsed = parse(bytes, cut, true);
      CHECK(parsed.state == State::complete);
      CHECK(parsed.used == bytes.size());
      CHECK(parsed.reusable == whole.reusable);
      CHECK(parsed.response.status == whole.response.status);
      CHECK(parsed.response.headers == whole.response.headers);
      CHECK(parsed.response.body == whole.response.body);
    }
  }
}

TEST_CASE("names are canonical, values trimmed, repeated headers kept in order") {
  const Parsed parsed = parse(
      ok + "set-cookie: a=1\r\nSET-COOKIE:\t b=2 \r\nx:\r\nContent-Length: 0\r\n\r\n", 7, false);
  REQUIRE(parsed.state == State::complete);
  CHECK(parsed.response.headers ==
        Headers{{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"X", ""}, {"Content-Length", "0"}});
  CHECK(parsed.reusable);
}

TEST_CASE("when the connection may be used again") {
  struct Row {
    std::string bytes;
    bool reusable;
  };
  const std::vector<Row> rows{
      {ok + "Content-Length: 1\r\n\r\nx", true},
      {ok + "Content-Length: 1\r\nConnection: Keep-Alive\r\n\r\nx", true},
      {ok + "Content-Length: 1\r\nConnection: foo, CLOSE\r\n\r\nx", false},
      {ok + "Content-Length: 1\r\nConnection: close, keep-alive\r\n\r\nx", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", false},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", true},
      {ok + "Content-Length: 1\n\nx", false},
      {ok + "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", true},
      {"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", false},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", true},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    const Parsed parsed = parse(row.bytes, row.bytes.size(), false);
    CHECK(parsed.state == State::complete);
    CHECK(parsed.reusable == row.reusable);
  }
}

TEST_CASE("what could be read in two ways, or is not HTTP, is refused") {
  struct Row {
    std::string bytes;
    std::string error;
  };
  const std::vector<Row> rows{
      {"SSH-2.0-OpenSSH_9.2\r\n", "it does not speak HTTP/1.1"},
      {"\r\n" + ok, "it does not speak HTTP/1.1"},
      {"HTTP/2 200\r\n\r\n", "it does not speak HTTP/1.1"},
      {"HTTP/1.1  200 OK\r\n\r\n", "its status line is malformed"},
      {"HTTP/1.1 20 OK\r\n\r\n", "its status line is malformed"},
      {"HTTP/1.1 099 OK\r\n\r\n", "its status line is malformed"},
      {"HTTP/1.1 2000\r\n\r\n", "its status line is malformed"},
      {ok + "no colon\r\n\r\n", "it has a malformed header line"},
      {ok + "A : b\r\n\r\n", "it has a malformed header line"},
      {ok + "A: b\r\n folded\r\n\r\n", "it has a malformed header line"},
      {ok + ": b\r\n\r\n", "it has a malformed header line"},
      {ok + std::string("A: b\0c\r\n\r\n", 10), "a header value has control characters"},
      {ok + "A: b\rc\r\n\r\n", "a header value has control characters"},
      {ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       "both Content-Length and Transfer-Encoding"},
      {ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "unequal Content-Length headers"},
      {ok + "Content-Length: 5, 5\r\n\r\n", "its Content-Length is malformed"},
      {ok + "Content-Length: +5\r\n\r\n", "its Content-Length is malformed"},
      {ok + "Content-Length:\r\n\r\n", "its Content-Length is malformed"},
      {ok + "Content-Length: 9999999999999999999\r\n\r\n", "its Content-Length is malformed"},
      {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", "its Transfer-Encoding is not chunked"},
      {ok + "Transfer-Encoding: identity\r\n\r\n", "its Transfer-Encoding is not chunked"},
      {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
       "its Transfer-Encoding is not chunked"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding with HTTP/1.0"},
      {ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n", "a chunk size is malformed"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", "a chunk size is malformed"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "a chunk size is malformed"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n1 x\r\n", "a chunk size is malformed"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n", "a chunk size is too large"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n1\n", "a line of its chunked body lacks the CR"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "a chunk is longer than it says"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(5'000, 'x'),
       "a line of its chunked body is too long"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    CHECK(parse(row.bytes, row.bytes.size(), false).error == row.error);
    for (std::size_t cut = 0; cut < std::min<std::size_t>(row.bytes.size(), 100); ++cut) {
      CHECK(parse(row.bytes, cut, false).error == row.error);
    }
  }
}

TEST_CASE("an end of the connection completes only a body that lasts until then") {
  CHECK(parse(ok + "\r\nabc", 0, true).response.body == "abc");
  CHECK_FALSE(parse(ok + "\r\nabc", 0, true).reusable);
  CHECK(parse(ok + "\r\nabc", 0, false).state == State::incomplete);
  CHECK(parse(ok + "A: b\r\n", 0, true).error == "it ended within the headers");
  CHECK(parse(ok + "Content-Length: 4\r\n\r\nabc", 0, true).error == "it ended within the body");
  CHECK(parse(ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", 0, true).error ==
        "it ended within the body");
}

TEST_CASE("bytes after the response are left alone") {
  const std::string bytes = ok + "Content-Length: 2\r\n\r\nhiHTTP/1.1 500 Injected\r\n\r\n";
  const Parsed parsed = parse(bytes, bytes.size(), false);
  CHECK(parsed.state == State::complete);
  CHECK(bytes.substr(parsed.used) == "HTTP/1.1 500 Injected\r\n\r\n");
  CHECK(parsed.response.body == "hi");
}

TEST_CASE("the answer to HEAD has no body whatever it announces") {
  const Parsed parsed = parse(ok + "Content-Length: 5\r\n\r\n", 0, false, {}, true);
  CHECK(parsed.state == State::complete);
  CHECK(parsed.reusable);
}

TEST_CASE("bodies are kept up to a limit, read up to another, and then left") {
  const ResponseLimits limits{.head_max = 1'000, .body_max = 10, .body_read_max = 100};
  const auto sized = [](std::size_t length, std::size_t sent) {
    return ok + "Content-Length: " + std::to_string(length) + "\r\n\r\n" + std::string(sent, 'x');
  };
  Parsed parsed = parse(sized(10, 10), 0, false, limits);
  CHECK(parsed.response.body == std::string(10, 'x'));
  CHECK_FALSE(parsed.response.body_truncated);

  parsed = parse(sized(100, 100), 0, false, limits);
  CHECK(parsed.response.body == std::string(10, 'x'));
  CHECK(parsed.response.body_truncated);
  CHECK(parsed.reusable);

  // It would be left anyway, so nothing beyond the kept part is waited for.
  parsed = parse(sized(101, 10), 0, false, limits);
  CHECK(parsed.state == State::complete);
  CHECK(parsed.response.body_truncated);
  CHECK_FALSE(parsed.reusable);

  parsed = parse(ok + "\r\n" + std::string(101, 'x'), 0, false, limits);
  CHECK(parsed.state == State::complete);
  CHECK(parsed.response.body.size() == 10);
  CHECK_FALSE(parsed.reusable);

  std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 200; ++i) chunked += "1\r\nx\r\n";
  parsed = parse(chunked, 0, false, limits);
  CHECK(parsed.state == State::complete);
  CHECK(parsed.response.body_truncated);
  CHECK_FALSE(parsed.reusable);
}

TEST_CASE("heads, headers, trailers and interim responses are bounded") {
  const ResponseLimits limits{.head_max = 100, .body_max = 10, .body_read_max = 100};
  const std::string large = ok + "A: " + std::string(100, 'x') + "\r\n\r\n";
  CHECK(parse(large, 0, false, limits).error == "its headers are larger than 100 bytes");
  CHECK(parse(large, 99, false, limits).error == "its headers are larger than 100 bytes");

  std::string many = ok;
  for (std::size_t i = 0; i <= ResponseParser::headers_max; ++i) many += "A: b\r\n";
  CHECK(parse(many + "\r\n", 0, false).error == "it has more than 1000 headers");

  std::string trailers = ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n";
  for (int i = 0; i < 30; ++i) trailers += "A: b\r\n";
  CHECK(parse(trailers, 0, false, limits).error == "its trailers are too large");

  std::string interim;
  for (int i = 0; i < ResponseParser::interim_max; ++i)
    interim += "HTTP/1.1 102 Processing\r\n\r\n";
  const std::string end = ok + "Content-Length: 0\r\n\r\n";
  CHECK(parse(interim + end, 0, false).state == State::complete);
  CHECK(parse(interim + "HTTP/1.1 102 Processing\r\n\r\n" + end, 0, false).error ==
        "too many interim responses");
}

TEST_CASE("a parser is as new after reset") {
  ResponseParser parser({});
  parser.feed(ok + "Content-Length: 9\r\nConnection: close\r\n\r\nabc");
  parser.reset(false);
  CHECK_FALSE(parser.started());
  const std::string bytes = ok + "Content-Length: 1\r\n\r\nz";
  CHECK(parser.feed(bytes) == bytes.size());
  CHECK(parser.reusable());
  CHECK(parser.take().body == "z");
}

}  // namespace godwit
