#include <doctest/doctest.h>

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
constexpr Microseconds not_taken = AttemptTiming::not_taken;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct World {
  explicit World(const HttpClientSettings& settings = {}) : client(io, settings, nullptr) {}

  /// Sends, and tells how long what took.
  AttemptTiming time(const std::string& text, milliseconds timeout = milliseconds(10'000)) {
    const Result<Url> url = parse_url(text);
    REQUIRE(url.has_value());
    const Headers headers;
    AttemptTiming timing;
    OutgoingRequest request;
    request.method = "POST";
    request.url = &*url;
    request.headers = &headers;
    request.body = "body";
    request.timeout = timeout;
    request.timing = &timing;
    result.reset();
    client.send(request, [&](Result<IncomingResponse> got) { result = std::move(got); });
    run_until(io, [&] { return result.has_value(); });
    return timing;
  }

  asio::io_context io{1};
  HttpClient client;
  std::optional<Result<IncomingResponse>> result;
};

Microseconds sum(const AttemptTiming& timing) {
  Microseconds sum{0};
  for (const Microseconds step :
       {timing.resolve, timing.connect, timing.tls, timing.first_byte, timing.body}) {
    if (step != not_taken) sum += step;
  }
  return sum;
}

}  // namespace

TEST_CASE("a first exchange connects, the next one need not") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  const AttemptTiming first = world.time(server.url());
  REQUIRE(world.result->has_value());
  CHECK(first.resolve == not_taken);
  CHECK(first.connect > Microseconds(0));
  CHECK(first.tls == not_taken);
  CHECK(first.first_byte > Microseconds(0));
  CHECK(first.body >= Microseconds(0));
  CHECK(first.total >= sum(first));
  CHECK_FALSE(first.reused_connection);
  CHECK(first.address.to_string() == "127.0.0.1");

  const AttemptTiming second = world.time(server.url());
  CHECK(second.connect == not_taken);
  CHECK(second.first_byte > Microseconds(0));
  CHECK(second.total >= sum(second));
  CHECK(second.reused_connection);
  CHECK(second.address.to_string() == "127.0.0.1");
}

TEST_CASE("a handshake is timed") {
  const TestCertificate authority = TestCertificate::make(
      {.common_name = "Test authority", .alternative_names = "", .authority = true});
  const TemporaryDirectory directory;
  HttpClientSettings settings;
  settings.ca_file = (directory.path() / "ca.pem").string();
  authority.write_pem(settings.ca_file);
  World world(settings);
  const auto context = TestCertificate::make({}, &authority).server_context();
  ScriptedServer server(world.io, {{read_request(), send(ok)}}, context.get());
  const AttemptTiming timing = world.time(server.url());
  REQUIRE(world.result->has_value());
  CHECK(timing.tls > Microseconds(0));
  CHECK(timing.total >= sum(timing));
}

TEST_CASE("what an exchange did not get to is not timed, the rest is") {
  World world;
  ScriptedServer silent(world.io, {{read_request(), hold()}});
  AttemptTiming timing = world.time(silent.url(), milliseconds(100));
  REQUIRE_FALSE(world.result->has_value());
  CHECK(timing.connect > Microseconds(0));
  CHECK(timing.first_byte == not_taken);
  CHECK(timing.body == not_taken);
  CHECK(timing.total >= milliseconds(100));
  CHECK(timing.address.to_string() == "127.0.0.1");

  ScriptedServer halting(
      world.io,
      {{read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), hold()}});
  timing = world.time(halting.url(), milliseconds(100));
  REQUIRE_FALSE(world.result->has_value());
  CHECK(timing.first_byte > Microseconds(0));
  CHECK(timing.body == not_taken);

  std::string refused;
  {
    ScriptedServer gone(world.io, {{}});
    refused = gone.url();
  }
  timing = world.time(refused);
  REQUIRE_FALSE(world.result->has_value());
  CHECK(timing.connect == not_taken);
  CHECK(timing.total > Microseconds(0));
  CHECK(timing.address.to_string() == "127.0.0.1");

  timing = world.time("http://nowhere.invalid/", milliseconds(0));
  CHECK(timing.address.size == 0);
  CHECK(timing.resolve == not_taken);
}

TEST_CASE("a body that comes late is not the first byte's fault") {
  World world;
  // The body is larger than what one turn of the loop reads.
  const std::string body(8UL << 20, 'b');
  ScriptedServer server(world.io,
                        {{read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: " +
                                               std::to_string(body.size()) + "\r\n\r\n" + body)}});
  const AttemptTiming timing = world.time(server.url());
  REQUIRE(world.result->has_value());
  CHECK(timing.body > Microseconds(0));
  CHECK(timing.total >= sum(timing));
}

TEST_CASE("the exchange on a fresh connection is told when the reused one died") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok), read_request(), hang_up()},
                                   {read_request(), send(ok)}});
  CHECK_FALSE(world.time(server.url()).reused_connection);
  const AttemptTiming timing = world.time(server.url());
  REQUIRE(world.result->has_value());
  CHECK(server.requests.size() == 3);
  CHECK_FALSE(timing.reused_connection);
  CHECK(timing.connect > Microseconds(0));
  CHECK(timing.total >= sum(timing));
}

}  // namespace godwit
