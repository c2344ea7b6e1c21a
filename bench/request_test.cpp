#include "request.h"

#include <doctest/doctest.h>

#include "http_scan.h"

namespace godwit::bench {

TEST_CASE("a request without marks differs by its payload alone") {
  const RequestTemplate shape(
      {.host = "h:1", .path = "/p", .headers = {"A: b", "C: d"}, .body_bytes = 40});
  const std::string head =
      "POST /p HTTP/1.1\r\nHost: h:1\r\nA: b\r\nC: d\r\nContent-Length: 40\r\n\r\n";
  CHECK(shape.text() == head + std::string(40, 'x'));

  std::string request = shape.text();
  shape.patch(request, {.sequence = 7, .due_ns = 9});
  REQUIRE(request.size() == head.size() + 40);
  CHECK(request.starts_with(head));
  const auto payload = read_payload(std::string_view(request).substr(head.size()));
  REQUIRE(payload);
  CHECK(payload->sequence == 7);
  CHECK(payload->due_ns == 9);
  CHECK(request.ends_with("xxxxxxxx"));
  REQUIRE(scan_message(request));
  CHECK(scan_message(request)->body_bytes == 40);
}

TEST_CASE("every mark of the path and the headers tells the sequence number modulo the cycle") {
  const RequestTemplate shape(
      {.host = "h", .path = "/q{i}/{i}", .headers = {"Key: k{i}", "B: {i"}, .cycle = 100});
  std::string request = shape.text();
  const auto head_of = [&](std::uint64_t sequence) {
    shape.patch(request, {.sequence = sequence});
    return request.substr(0, request.find("Content-Length"));
  };
  CHECK(head_of(0) == "POST /q00/00 HTTP/1.1\r\nHost: h\r\nKey: k00\r\nB: {i\r\n");
  CHECK(head_of(99) == "POST /q99/99 HTTP/1.1\r\nHost: h\r\nKey: k99\r\nB: {i\r\n");
  CHECK(head_of(1205) == "POST /q05/05 HTTP/1.1\r\nHost: h\r\nKey: k05\r\nB: {i\r\n");
}

TEST_CASE("a cycle of one has one digit") {
  const RequestTemplate shape({.host = "h", .path = "/{i}"});
  std::string request = shape.text();
  shape.patch(request, {.sequence = 12345});
  CHECK(request.starts_with("POST /0 HTTP/1.1\r\n"));
}

}  // namespace godwit::bench
