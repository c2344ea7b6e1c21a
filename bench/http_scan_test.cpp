#include "http_scan.h"

#include <doctest/doctest.h>

#include <string>

namespace godwit::bench {

TEST_CASE("a message is found only when its last byte is there") {
  const std::string message =
      "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 5\r\nA: b\r\n\r\nhello";
  for (std::size_t size = 0; size < message.size(); ++size) {
    CHECK_FALSE(scan_message(std::string_view(message).substr(0, size)));
  }
  const auto whole = scan_message(message + "HTTP/1.1 200 OK\r\n");
  REQUIRE(whole);
  CHECK(whole->head_bytes + whole->body_bytes == message.size());
  CHECK(whole->body_bytes == 5);
  CHECK_FALSE(whole->chunked);
}

TEST_CASE("a message without a Content-Length has no body") {
  const auto message = scan_message("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(message);
  CHECK(message->body_bytes == 0);
}

TEST_CASE("a chunked body is told, not misread") {
  const auto message = scan_message("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n");
  REQUIRE(message);
  CHECK(message->chunked);
}

TEST_CASE("a status is read from the first line only") {
  CHECK(status_of("HTTP/1.1 202 Accepted\r\n\r\n") == 202);
  CHECK(status_of("POST / HTTP/1.1\r\n\r\n") == 0);
  CHECK(status_of("") == 0);
}

}  // namespace godwit::bench
