#include "dashboard/messages/diagnosis.h"

#include <doctest/doctest.h>

namespace godwit {
namespace {

TEST_CASE("what an attempt brought back tells why it failed") {
  struct Case {
    int status;
    std::string_view error;
    Headers headers;
    std::string_view code, param;
  };
  const Case cases[] = {
      {0, "connection refused by 127.0.0.1:9", {}, "refused", "127.0.0.1:9"},
      {0, "timeout after 10s while connecting to 10.0.0.1:80", {}, "timeout", "10s"},
      {0, "timeout after 1m while waiting for the TLS handshake with x", {}, "timeout", "1m"},
      {0, "connection to 10.0.0.1:80 timed out", {}, "timeout", ""},
      {0, "host not found: a.test", {}, "host_not_found", "a.test:81"},
      {0, "no DNS server answered for a.test", {}, "host_not_found", "a.test:81"},
      {0,
       "destination refused: 10.0.0.1 is a private address",
       {},
       "address_not_allowed",
       "a.test:81"},
      {0, "certificate verify failed: hostname mismatch", {}, "certificate_name", "a.test:81"},
      {0,
       "certificate verify failed: certificate has expired",
       {},
       "certificate",
       "certificate verify failed: certificate has expired"},
      {0, "connection closed by 10.0.0.1:80 within the TLS handshake", {}, "tls", ""},
      {0, "connection reset by 10.0.0.1:80", {}, "connection_cut", ""},
      {0, "connection closed by 10.0.0.1:80", {}, "connection_cut", ""},
      {0, "invalid response from 10.0.0.1:80: a bad status line", {}, "not_http", ""},
      {0, "something else", {}, "unknown", ""},
      {301, "", {{"Location", "https://b.test/x"}}, "redirect", "https://b.test/x"},
      {302,
       "",
       {{"Location", "https://b.test/Login?next=/"}},
       "login_page",
       "https://b.test/Login?next=/"},
      {401, "", {}, "unauthorized", "401"},
      {404, "", {}, "not_found", "404"},
      {405, "", {}, "method_not_allowed", "405"},
      {413, "", {}, "too_large", ""},
      {429, "", {{"Retry-After", "30"}}, "rate_limited", "30"},
      {418, "", {}, "client_error", "418"},
      {503, "", {}, "server_error", "503"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.status);
    CAPTURE(each.error);
    const Diagnosis diagnosis = diagnose({.status = each.status,
                                          .error = each.error,
                                          .headers = each.headers,
                                          .url = "http://a.test:81/x",
                                          .address = {}});
    CHECK(diagnosis.code == each.code);
    CHECK((diagnosis.params.empty() ? "" : diagnosis.params.front().second) == each.param);
  }
}

TEST_CASE("a timeout tells in which step it came") {
  const auto phase = [](std::string_view error) {
    return diagnose({.status = 0, .error = error, .headers = {}, .url = {}, .address = {}})
        .params.at(1)
        .second;
  };
  CHECK(phase("timeout after 10s while resolving a.test") == "resolve");
  CHECK(phase("timeout after 10s while connecting to a.test") == "connect");
  CHECK(phase("timeout after 10s while waiting for the TLS handshake with a.test") == "tls");
  CHECK(phase("timeout after 10s while waiting for the response") == "response");
  CHECK(phase("timeout after 10s while receiving the response") == "body");
}

}  // namespace
}  // namespace godwit
