#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "net/http_client.h"
#include "testing/scripted_server.h"
#include "testing/temporary_directory.h"
#include "testing/test_certificates.h"
#include "testing/until.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A client that trusts one authority.
struct World {
  World() {
    authority.write_pem(ca_file());
    HttpClientSettings settings;
    settings.ca_file = ca_file();
    settings.tls_time_max = milliseconds(2'000);
    client = std::make_unique<HttpClient>(io, settings, nullptr);
  }

  std::string ca_file() const { return (directory.path() / "ca.pem").string(); }

  Result<IncomingResponse> send(const std::string& url, const std::string& body = "") {
    const Headers headers;
    Result<Url> parsed = parse_url(url);
    REQUIRE(parsed.has_value());
    OutgoingRequest request;
    request.method = "POST";
    request.url = &*parsed;
    request.headers = &headers;
    request.body = body;
    request.timeout = milliseconds(20'000);
    std::optional<Result<IncomingResponse>> result;
    client->send(request, [&](Result<IncomingResponse> got) { result = std::move(got); });
    run_until(io, [&] { return result.has_value(); });
    return *result;
  }

  TestCertificate issue(const TestCertificate::Options& options) const {
    return TestCertificate::make(options, &authority);
  }

  asio::io_context io{1};
  TemporaryDirectory directory;
  TestCertificate authority = TestCertificate::make(
      {.common_name = "Test authority", .alternative_names = "", .authority = true});
  std::unique_ptr<HttpClient> client;
};

std::string error(const Result<IncomingResponse>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().message;
}

}  // namespace

TEST_CASE("a certificate that the authority gave for the name or address is accepted") {
  World world;
  const auto context = world.issue({}).server_context();
  ScriptedServer server(world.io, {{read_request(), send(ok, 10)}}, context.get());
  REQUIRE(world.send(server.url("/", "localhost")).has_value());
  REQUIRE(world.send(server.url("/", "127.0.0.1")).has_value());
  // The name is told to the server; an address is no name.
  CHECK(server.server_names == std::vector<std::string>{"localhost", ""});
  CHECK(server.protocols == std::vector<std::string>{"http/1.1", "http/1.1"});
  CHECK(world.client->stats().tls_handshakes == 2);
}

TEST_CASE("requests and responses of any size go through TLS, on one connection") {
  World world;
  const auto context = world.issue({}).server_context();
  const std::string large(3u << 20, 'r');
  ScriptedServer server(world.io,
                        {{read_request(),
                          send("HTTP/1.1 200 OK\r\nContent-Length: " +
                               std::to_string(large.size()) + "\r\n\r\n" + large),
                          read_request(), send(ok)}},
                        context.get());
  const std::string body(2u << 20, 'q');
  const auto response = world.send(server.url("/", "localhost"), body);
  REQUIRE(response.has_value());
  CHECK(response->body == large.substr(0, 1u << 20));
  CHECK(response->body_truncated);
  CHECK(world.send(server.url("/", "localhost"), "small").has_value());
  REQUIRE(server.requests.size() == 2);
  CHECK(server.requests[0].ends_with("\r\n\r\n" + body));
  CHECK(server.requests[1].ends_with("\r\n\r\nsmall"));
  CHECK(server.connections == 1);
}

TEST_CASE("a certificate that does not hold is refused with the reason") {
  World world;
  struct Row {
    TestCertificate certificate;
    std::string host;
    std::string reason;
  };
  Row rows[] = {
      {world.issue({.ends_in_s = -60}), "localhost", "certificate has expired"},
      {world.issue({.begins_in_s = 600}), "localhost", "certificate is not yet valid"},
      {world.issue({.common_name = "localhost", .alternative_names = "DNS:example.com"}),
       "localhost", "hostname mismatch"},
      {world.issue({.alternative_names = "DNS:localhost"}), "127.0.0.1", "IP address mismatch"},
      {TestCertificate::make({}), "localhost", "self-signed certificate"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    const auto context = row.certificate.server_context();
    ScriptedServer server(world.io, {{read_request(), send(ok)}}, context.get());
    CHECK(error(world.send(server.url("/", row.host))) ==
          "certificate verify failed: " + row.reason);
    CHECK(server.requests.empty());
  }
  const TestCertificate other = TestCertificate::make(
      {.common_name = "Other authority", .alternative_names = "", .authority = true});
  const auto context = TestCertificate::make({}, &other).server_context();
  ScriptedServer server(world.io, {{read_request(), send(ok)}}, context.get());
  CHECK(error(world.send(server.url("/", "localhost"))) ==
        "certificate verify failed: unable to get local issuer certificate");
}

TEST_CASE("sessions are resumed with TLS 1.3 and 1.2") {
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    World world;
    const auto context = world.issue({}).server_context();
    SSL_CTX_set_max_proto_version(context->native_handle(), version);
    ScriptedServer server(world.io, {{read_request(), send(ok), hang_up()}}, context.get());
    for (int i = 0; i < 3; ++i) {
      REQUIRE(world.send(server.url("/", "localhost")).has_value());
      run_until(world.io, [&] { return world.client->stats().connections_idle == 0; });
    }
    CHECK(world.client->stats().tls_handshakes == 3);
    CHECK(world.client->stats().tls_resumed == 2);
    // Another name is another server, whatever address it has.
    REQUIRE(world.send(server.url("/", "127.0.0.1")).has_value());
    CHECK(world.client->stats().tls_resumed == 2);
  }
}

TEST_CASE("versions before TLS 1.2 are refused") {
  World world;
  const auto context = world.issue({}).server_context();
  SSL_CTX_set_security_level(context->native_handle(), 0);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context->native_handle(), TLS1_1_VERSION);
  ScriptedServer server(world.io, {{read_request(), send(ok)}}, context.get());
  const std::string reason = error(world.send(server.url("/", "localhost")));
  CHECK(reason.starts_with("TLS handshake with 127.0.0.1:"));
  CHECK(reason.find("version") != std::string::npos);
}

TEST_CASE("a server that does not speak TLS, says nothing or hangs up is told apart") {
  World world;
  ScriptedServer plain(world.io, {{send("HTTP/1.1 400 Bad Request\r\n\r\n"), hold()}});
  std::string url = plain.url("/", "localhost");
  url.replace(0, 4, "https");
  CHECK(error(world.send(url)) == "TLS handshake with 127.0.0.1:" + std::to_string(plain.port()) +
                                      " failed: wrong version number");

  ScriptedServer silent(world.io, {{hold()}});
  url = silent.url("/", "localhost");
  url.replace(0, 4, "https");
  CHECK(error(world.send(url)) ==
        "timeout after 2s while waiting for the TLS handshake with "
        "127.0.0.1:" +
            std::to_string(silent.port()));

  ScriptedServer gone(world.io, {{hang_up()}});
  url = gone.url("/", "localhost");
  url.replace(0, 4, "https");
  const std::string reason = error(world.send(url));
  CHECK(reason.find("127.0.0.1:" + std::to_string(gone.port())) != std::string::npos);
}

TEST_CASE("a CA file that cannot be used is an error before the first request, and of each") {
  World world;
  HttpClientSettings settings;
  settings.ca_file = world.ca_file();
  CHECK(HttpClient::check(settings).has_value());
  CHECK(HttpClient::check(HttpClientSettings()).has_value());

  settings.ca_file = "/nowhere/ca.pem";
  const Result<void> missing = HttpClient::check(settings);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == ErrorCode::invalid_argument);
  CHECK(missing.error().message ==
        "the CA file /nowhere/ca.pem cannot be used: No such file or directory");

  settings.ca_file = (world.directory.path() / "empty.pem").string();
  std::ofstream(settings.ca_file) << "nothing\n";
  const Result<void> empty = HttpClient::check(settings);
  REQUIRE_FALSE(empty.has_value());
  CHECK(empty.error().message.starts_with("the CA file " + settings.ca_file + " cannot be used: "));

  world.client = std::make_unique<HttpClient>(world.io, settings, nullptr);
  ScriptedServer server(world.io, {{hold()}});
  std::string url = server.url("/", "localhost");
  url.replace(0, 4, "https");
  CHECK(error(world.send(url)) == empty.error().message);
}

}  // namespace godwit
