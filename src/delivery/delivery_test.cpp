#include "delivery/delivery.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/signature.h"
#include "delivery/token_ids.h"
#include "testing/fake_clock.h"
#include "testing/scripted_server.h"
#include "testing/until.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const std::string key = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r";

Message message_to(const std::string& url) {
  Message message;
  message.id = MessageId::make(3, FakeClock::start, 5, 7);
  message.account = 1;
  message.url = url;
  message.headers = {{"Content-Type", "application/json"}, {"X-Mine", "yes"}};
  message.body = "{\"a\":1}";
  message.caller_ip = "203.0.113.9";
  return message;
}

struct Finished {
  MessageId id;
  std::uint64_t attempt = 0;
  AttemptResult result;
};

struct World {
  explicit World(HttpClientSettings client_settings = {}, const DeliverySettings& settings = {})
      : client(io, std::move(client_settings), nullptr),
        delivery(std::make_unique<Delivery>(
            io, client, clock, settings,
            [this](AccountId account) {
              ++key_questions;
              return account == 1 ? keys : SigningKeys{};
            },
            [this](MessageId id, std::uint64_t attempt, AttemptResult result) {
              CHECK_FALSE(starting);
              finished.push_back({id, attempt, std::move(result)});
            })) {}

  void start(const Message& message, int retried = 0, std::uint64_t attempt = 1) {
    starting = true;
    delivery->start({std::make_shared<const Message>(message), retried, attempt});
    starting = false;
  }

  AttemptResult deliver(const Message& message, int retried = 0, std::uint64_t attempt = 1) {
    const std::size_t before = finished.size();
    start(message, retried, attempt);
    run_until(io, [&] { return finished.size() > before; });
    CHECK(finished.back().id == message.id);
    CHECK(finished.back().attempt == attempt);
    return finished.back().result;
  }

  asio::io_context io{1};
  FakeClock clock;
  HttpClient client;
  SigningKeys keys{key, "sig_next"};
  int key_questions = 0;
  bool starting = false;
  std::vector<Finished> finished;
  std::unique_ptr<Delivery> delivery;
};

std::string header_of(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "<none>";
  const std::size_t begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

std::string hmac_sha256(const std::string& secret, const std::string& text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &size);
  return {reinterpret_cast<const char*>(bytes), size};
}

/// The claims of a token signed with `secret`, or an empty text.
std::string claims(const std::string& token, const std::string& secret) {
  const std::size_t last = token.rfind('.');
  const std::size_t first = token.find('.');
  REQUIRE(first < last);
  if (base64url_encode(hmac_sha256(secret, token.substr(0, last)), false) !=
      token.substr(last + 1)) {
    return "";
  }
  std::string text = token.substr(first + 1, last - first - 1);
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const Result<std::string> decoded = base64_decode(text);
  REQUIRE(decoded.has_value());
  return *decoded;
}

std::string claim(const std::string& all, const std::string& name) {
  const std::size_t at = all.find("\"" + name + "\":");
  if (at == std::string::npos) return "<none>";
  const std::size_t begin = at + name.size() + 3;
  return all.substr(begin, all.find_first_of(",}", begin) - begin);
}

}  // namespace

TEST_CASE("an attempt carries the message and what QStash sends with it") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  const Message message = message_to(server.url("/hook?x=%20y"));
  const AttemptResult result = world.deliver(message, 2, 77);
  CHECK(result.status == 200);
  CHECK(result.error.empty());
  CHECK(result.response_body == "ok");
  CHECK(result.response_headers == Headers{{"Content-Length", "2"}});

  REQUIRE(server.requests.size() == 1);
  const std::string& request = server.requests[0];
  CHECK(request.starts_with("POST /hook?x=%20y HTTP/1.1\r\n"));
  CHECK(request.ends_with("\r\n\r\n{\"a\":1}"));
  CHECK(header_of(request, "Host") == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(header_of(request, "User-Agent") == "Upstash-QStash");
  CHECK(header_of(request, "Content-Type") == "application/json");
  CHECK(header_of(request, "X-Mine") == "yes");
  CHECK(header_of(request, "Upstash-Message-Id") == message.id.to_string());
  CHECK(header_of(request, "Upstash-Retried") == "2");
  CHECK(header_of(request, "Upstash-Caller-Ip") == "203.0.113.9");
  CHECK(header_of(request, "Upstash-Region") == "EU-CENTRAL-1");
  CHECK(header_of(request, "Authorization") == "<none>");

  const std::string all = claims(header_of(request, "Upstash-Signature"), key);
  REQUIRE_FALSE(all.empty());
  const std::int64_t now = to_unix_ms(FakeClock::start) / 1'000;
  CHECK(claim(all, "iss") == "\"Upstash\"");
  CHECK(claim(all, "sub") == "\"" + message.url + "\"");
  CHECK(claim(all, "iat") == std::to_string(now));
  CHECK(claim(all, "exp") == std::to_string(now + 300));
  CHECK(claim(all, "nbf") == "0");
  CHECK(claim(all, "body") == "\"" + base64url_encode(sha256(message.body), true) + "\"");
  CHECK(claim(all, "jti").starts_with("\"jwt_"));
}

TEST_CASE("each attempt is signed anew, with the account's current key") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  const Message message = message_to(server.url());
  world.deliver(message);
  world.clock.advance(Milliseconds(61'500));
  world.deliver(message, 1);
  world.keys.current = "sig_rotated";
  world.deliver(message, 2);
  world.delivery->forget_signers();
  world.deliver(message, 3);
  REQUIRE(server.requests.size() == 4);
  std::set<std::string> token_ids;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string all =
        claims(header_of(server.requests[i], "Upstash-Signature"), i < 2 ? key : "sig_rotated");
    REQUIRE_FALSE(all.empty());
    token_ids.insert(claim(all, "jti"));
    const std::int64_t now = to_unix_ms(FakeClock::start) / 1'000 + (i == 0 ? 0 : 61);
    CHECK(claim(all, "iat") == std::to_string(now));
  }
  CHECK(token_ids.size() == 4);
}

TEST_CASE("a message's headers replace none of ours, and none that belong to the connection") {
  Message message = message_to("https://example.com/");
  message.headers = {{"upstash-signature", "forged"},
                     {"Upstash-Message-Id", "forged"},
                     {"Upstash-Retried", "9"},
                     {"Upstash-Region", "MARS"},
                     {"Upstash-Caller-Ip", "1.1.1.1"},
                     {"Upstash-Schedule-Id", "forged"},
                     {"Upstash-Topic-Name", "forged"},
                     {"Host", "evil"},
                     {"Content-Length", "1"},
                     {"Connection", "close"},
                     {"Keep-Alive", "1"},
                     {"Transfer-Encoding", "chunked"},
                     {"TE", "trailers"},
                     {"Trailer", "X"},
                     {"Upgrade", "h2c"},
                     {"Proxy-Authorization", "x"},
                     {"Upstash-Workflow-Init", "true"},
                     {"Accept", "a"},
                     {"Accept", "b"},
                     {"user-agent", "mine"}};
  CHECK(attempt_headers(message, 0, "US-EAST-1", "token") ==
        Headers{{"Upstash-Workflow-Init", "true"},
                {"Accept", "a"},
                {"Accept", "b"},
                {"user-agent", "mine"},
                {"Upstash-Signature", "token"},
                {"Upstash-Message-Id", message.id.to_string()},
                {"Upstash-Retried", "0"},
                {"Upstash-Caller-Ip", "203.0.113.9"},
                {"Upstash-Region", "US-EAST-1"}});
}

TEST_CASE("a schedule and a URL group are told to the destination, in nobody else's words") {
  Message message = message_to("http://e.com");
  message.headers = {{"upstash-schedule-id", "forged"}, {"Upstash-Topic-Name", "forged"}};
  const auto told = [&](std::string_view name) {
    const Headers headers = attempt_headers(message, 0, "US-EAST-1", "token");
    CHECK(std::ranges::count_if(headers, [&](const Header& header) {
            return equals_ignore_case(header.name, name);
          }) <= 1);
    const std::string* const value = find_header(headers, name);
    return value == nullptr ? std::string("<none>") : *value;
  };
  CHECK(told("Upstash-Schedule-Id") == "<none>");
  CHECK(told("Upstash-Topic-Name") == "<none>");
  message.schedule_id = "nightly";
  CHECK(told("Upstash-Schedule-Id") == "nightly");
  CHECK(told("Upstash-Topic-Name") == "<none>");
  message.group = "my-group";
  message.endpoint = "an endpoint";
  CHECK(told("Upstash-Topic-Name") == "my-group");
  CHECK(told("Upstash-Endpoint-Name") == "<none>");
}

TEST_CASE("methods and bodies go out as published") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  for (const Method method : {Method::get, Method::put, Method::patch, Method::delete_}) {
    Message message = message_to(server.url());
    message.method = method;
    message.body = std::string("\0\xff\r\n\r\n", 6);
    CHECK(world.deliver(message).status == 200);
    CHECK(server.requests.back().starts_with(std::string(to_string(method)) + " / HTTP/1.1\r\n"));
    CHECK(server.requests.back().ends_with("\r\n\r\n" + message.body));
  }
  Message message = message_to(server.url());
  message.body.clear();
  message.method = Method::get;
  CHECK(world.deliver(message).status == 200);
  CHECK(header_of(server.requests.back(), "Content-Length") == "<none>");
}

TEST_CASE("credentials in the URL become Basic authorization, unless the message brings its own") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  const std::string url = "http://user:p%40ss@127.0.0.1:" + std::to_string(server.port()) + "/";
  Message message = message_to(url);
  CHECK(world.deliver(message).status == 200);
  CHECK(header_of(server.requests.back(), "Authorization") ==
        "Basic " + base64_encode("user:p@ss"));
  message.headers.push_back({"authorization", "Bearer mine"});
  CHECK(world.deliver(message).status == 200);
  CHECK(header_of(server.requests.back(), "Authorization") == "<none>");
  CHECK(header_of(server.requests.back(), "authorization") == "Bearer mine");
}

TEST_CASE("any status is a result, and redirects are not followed") {
  World world;
  ScriptedServer server(
      world.io, {{read_request(),
                  send("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
                  read_request(),
                  send("HTTP/1.1 503 No\r\nretry-after: 7\r\nContent-Length: 3\r\n\r\nlow")}});
  AttemptResult result = world.deliver(message_to(server.url()));
  CHECK(result.status == 302);
  CHECK(result.response_headers == Headers{{"Location", "/elsewhere"}, {"Content-Length", "0"}});
  result = world.deliver(message_to(server.url()));
  CHECK(result.status == 503);
  CHECK(result.response_body == "low");
  CHECK(*find_header(result.response_headers, "Retry-After") == "7");
  CHECK(server.requests.size() == 2);
}

TEST_CASE("an attempt tells how long its exchange took, and one without a request nothing") {
  World world;
  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  const auto timing = world.deliver(message_to(server.url())).timing;
  REQUIRE(timing);
  CHECK(timing->connect >= Microseconds(0));
  CHECK(timing->first_byte >= Microseconds(0));
  CHECK(timing->total >= timing->connect + timing->first_byte + timing->body);
  CHECK(timing->address.to_string() == "127.0.0.1");
  CHECK(world.deliver(message_to(server.url())).timing->reused_connection);

  const AttemptResult refused = world.deliver(message_to("http://127.0.0.1:9/"));
  CHECK(refused.status == 0);
  REQUIRE(refused.timing);
  CHECK(refused.timing->first_byte == AttemptTiming::not_taken);
  CHECK_FALSE(world.deliver(message_to("ftp://example.com/")).timing);
}

TEST_CASE("the message's timeout shortens the installation's, and never lengthens it") {
  World patient;
  ScriptedServer silent(patient.io, {{read_request(), hold()}});
  Message message = message_to(silent.url());
  message.timeout = Milliseconds(150);
  AttemptResult result = patient.deliver(message);
  CHECK(result.status == 0);
  CHECK(result.error == "timeout after 150ms while waiting for the response");

  DeliverySettings settings;
  settings.timeout_max = Milliseconds(100);
  World strict({}, settings);
  ScriptedServer other(strict.io, {{read_request(), hold()}});
  message = message_to(other.url());
  message.timeout = Milliseconds(60'000);
  CHECK(strict.deliver(message).error == "timeout after 100ms while waiting for the response");
}

TEST_CASE("what prevents a request is the attempt's error, without secrets") {
  World world;
  CHECK(world.deliver(message_to("http://user:secret@127.0.0.1:9/?token=secret")).error ==
        "connection refused by 127.0.0.1:9");
  const std::string error = world.deliver(message_to("ftp://user:secret@example.com/")).error;
  CHECK_FALSE(error.empty());
  CHECK(error.find("secret") == std::string::npos);

  Message stranger = message_to("http://127.0.0.1:9/");
  stranger.account = 2;
  CHECK(world.deliver(stranger).error == "the account has no signing key");

  ScriptedServer server(world.io, {{read_request(), send(ok)}});
  Message broken = message_to(server.url());
  broken.headers.push_back({"X-Broken", "a\r\nInjected: 1"});
  CHECK(world.deliver(broken).error == "the header X-Broken holds a character HTTP does not allow");
  CHECK(server.requests.empty());
}

TEST_CASE("every attempt is reported once, when the client stops as well") {
  World world;
  ScriptedServer silent(world.io, {{read_request(), hold()}});
  for (std::uint64_t attempt = 1; attempt <= 20; ++attempt) {
    world.start(message_to(silent.url()), 0, attempt);
  }
  run_until(world.io, [&] { return silent.requests.size() == 20; });
  world.client.stop();
  world.start(message_to(silent.url()), 0, 21);
  run_until(world.io, [&] { return world.finished.size() == 21; });
  world.io.restart();
  world.io.poll();
  CHECK(world.finished.size() == 21);
  std::set<std::uint64_t> attempts;
  for (const Finished& finished : world.finished) {
    CHECK(finished.result.status == 0);
    CHECK(finished.result.error == "the client is stopping");
    attempts.insert(finished.attempt);
  }
  CHECK(attempts.size() == 21);
}

TEST_CASE("after its end nothing is reported any more") {
  World world;
  ScriptedServer server(world.io, {{read_request(), hold()}});
  world.start(message_to(server.url()));
  run_until(world.io, [&] { return server.requests.size() == 1; });
  world.delivery.reset();
  world.client.stop();
  run_until(world.io, [&] { return server.hung_up == 1; });
  CHECK(world.finished.empty());
}

TEST_CASE("token ids are well formed and differ") {
  TokenIds ids;
  TokenIds others;
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    for (const std::string& id : {ids.next(), others.next()}) {
      const bool formed =
          id.size() == 32 && id.starts_with("jwt_") &&
          id.find_first_not_of("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 4) ==
              std::string::npos;
      CHECK_MESSAGE(formed, id);
      CHECK(seen.insert(id).second);
    }
  }
}

}  // namespace godwit
