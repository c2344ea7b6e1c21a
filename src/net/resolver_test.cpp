#include "net/resolver.h"

#include <doctest/doctest.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/until.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// A DNS server on loopback that knows what it is told, and nothing else.
class NameServer {
 public:
  struct Answer {
    std::vector<std::string> addresses;
    std::uint32_t ttl = 300;
    bool silent = false;
  };

  explicit NameServer(asio::io_context& io)
      : socket_(io, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    receive();
  }

  std::string address() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

  std::map<std::string, Answer> names;
  int questions = 0;

 private:
  void receive() {
    socket_.async_receive_from(asio::buffer(input_), peer_,
                               [this](boost::system::error_code error, std::size_t size) {
                                 if (error) return;
                                 answer(std::string_view(input_.data(), size));
                                 receive();
                               });
  }

  static void append(std::string& out, std::uint32_t number, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i) & 0xff);
  }

  // RFC 1035: id, flags, four counts, the question, and answers that point back to its name.
  void answer(std::string_view query) {
    ++questions;
    std::size_t place = 12;
    std::string name;
    while (query[place] != 0) {
      const std::size_t length = static_cast<unsigned char>(query[place]);
      if (!name.empty()) name += '.';
      name += query.substr(place + 1, length);
      place += length + 1;
    }
    const bool v6 = query[place + 2] == 28;
    const std::string_view question = query.substr(12, place + 5 - 12);
    const auto found = names.find(name);
    if (found != names.end() && found->second.silent) return;

    std::string records;
    std::uint32_t count = 0;
    if (found != names.end()) {
      for (const std::string& text : found->second.addresses) {
        const auto address = asio::ip::make_address(text);
        if (address.is_v6() != v6) continue;
        ++count;
        append(records, 0xc00c, 2);
        append(records, v6 ? 28 : 1, 2);
        append(records, 1, 2);
        append(records, found->second.ttl, 4);
        append(records, v6 ? 16 : 4, 2);
        if (v6) {
          for (const unsigned char byte : address.to_v6().to_bytes()) append(records, byte, 1);
        } else {
          append(records, address.to_v4().to_uint(), 4);
        }
      }
    }
    std::string reply(query.substr(0, 2));
    append(reply, found == names.end() ? 0x8183 : 0x8180, 2);
    append(reply, 1, 2);
    append(reply, count, 2);
    append(reply, 0, 4);
    reply += question;
    reply += records;
    socket_.send_to(asio::buffer(reply), peer_);
  }

  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint peer_;
  std::array<char, 1'500> input_{};
};

using Answered = std::optional<Result<Resolver::Addresses>>;

struct World {
  explicit World(ResolverSettings settings = {}) {
    settings.servers = server.address();
    resolver = std::make_unique<Resolver>(io, wheel, settings);
  }

  std::shared_ptr<Answered> begin(const std::string& host) {
    auto answer = std::make_shared<Answered>();
    resolver->lookup(host, [answer](Result<Resolver::Addresses> found) {
      CHECK_FALSE(answer->has_value());
      *answer = std::move(found);
    });
    CHECK_FALSE(answer->has_value());
    return answer;
  }

  Result<Resolver::Addresses> wait(const std::shared_ptr<Answered>& answer) {
    run_until(io, [&] { return answer->has_value(); });
    return **answer;
  }

  std::vector<std::string> addresses(const std::string& host) {
    const Result<Resolver::Addresses> found = wait(begin(host));
    REQUIRE(found.has_value());
    std::vector<std::string> texts;
    for (const auto& address : **found) texts.push_back(address.to_string());
    std::sort(texts.begin(), texts.end());
    return texts;
  }

  std::string error(const std::string& host) {
    const Result<Resolver::Addresses> found = wait(begin(host));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == ErrorCode::unavailable);
    return found.error().message;
  }

  asio::io_context io{1};
  NameServer server{io};
  std::shared_ptr<DeadlineWheel> wheel = std::make_shared<DeadlineWheel>(io);
  std::unique_ptr<Resolver> resolver;
};

}  // namespace

TEST_CASE("a name's IPv4 and IPv6 addresses are found, and kept") {
  World world;
  world.server.names["both.test"] = {{"192.0.2.1", "192.0.2.2", "2001:db8::1"}};
  CHECK(world.resolver->known("both.test") == nullptr);
  const std::vector<std::string> expected{"192.0.2.1", "192.0.2.2", "2001:db8::1"};
  CHECK(world.addresses("both.test") == expected);
  const int asked = world.server.questions;
  CHECK(asked >= 2);
  CHECK(world.addresses("both.test") == expected);
  REQUIRE(world.resolver->known("both.test") != nullptr);
  CHECK(world.resolver->known("both.test")->size() == 3);
  CHECK(world.server.questions == asked);
}

TEST_CASE("who asks for a name that is being looked up waits for the same answer") {
  World world;
  world.server.names["one.test"] = {{"192.0.2.1"}};
  std::vector<std::shared_ptr<Answered>> answers;
  answers.reserve(100);
  for (int i = 0; i < 100; ++i) answers.push_back(world.begin("one.test"));
  for (const auto& answer : answers) CHECK(world.wait(answer).has_value());
  CHECK(world.server.questions == 2);
}

TEST_CASE("an answer is forgotten after its TTL, a second at least, and after the limit") {
  ResolverSettings settings;
  settings.ttl_max = milliseconds(1'200);
  World world(settings);
  world.server.names["short.test"] = {{"192.0.2.1"}, 0};
  world.server.names["long.test"] = {{"192.0.2.2"}, 86'400};
  CHECK(world.addresses("short.test").size() == 1);
  CHECK(world.addresses("long.test").size() == 1);
  CHECK(world.resolver->known("short.test") != nullptr);
  run_until(world.io, [&] { return world.resolver->known("short.test") == nullptr; });
  run_until(world.io, [&] { return world.resolver->known("long.test") == nullptr; });
  world.server.names["long.test"] = {{"192.0.2.3"}};
  CHECK(world.addresses("long.test") == std::vector<std::string>{"192.0.2.3"});
}

TEST_CASE("a name that does not exist is an error, remembered for a moment") {
  World world;
  CHECK(world.error("missing.test") == "host not found: missing.test");
  const int asked = world.server.questions;
  CHECK(world.error("missing.test") == "host not found: missing.test");
  CHECK(world.server.questions == asked);
  world.server.names["empty.test"] = {};
  CHECK(world.error("empty.test") == "host not found: empty.test");
}

TEST_CASE("a server that is silent costs the time of a lookup and no more") {
  ResolverSettings settings;
  settings.time_max = milliseconds(200);
  World world(settings);
  world.server.names["silent.test"] = {{}, 0, true};
  world.server.names["quick.test"] = {{"192.0.2.1"}};
  const auto first = world.begin("silent.test");
  const auto second = world.begin("silent.test");
  CHECK(world.addresses("quick.test").size() == 1);
  for (const auto& answer : {first, second}) {
    const auto found = world.wait(answer);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().message == "timeout after 200ms while resolving silent.test");
  }
  // And it may be asked for again.
  CHECK(world.error("silent.test") == "timeout after 200ms while resolving silent.test");
}

TEST_CASE("localhost and what is below it is loopback, without asking") {
  World world;
  const std::vector<std::string> expected{"127.0.0.1", "::1"};
  for (const char* host : {"localhost", "localhost.", "LOCALHOST", "app.localhost"}) {
    CHECK(world.addresses(host) == expected);
    CHECK(world.resolver->known(host) != nullptr);
  }
  CHECK(world.server.questions == 0);
  world.server.names["notlocalhost"] = {{"192.0.2.1"}};
  CHECK(world.addresses("notlocalhost") == std::vector<std::string>{"192.0.2.1"});
}

TEST_CASE("names under way, and names kept, are bounded") {
  ResolverSettings settings;
  settings.pending_max = 2;
  settings.cached_max = 3;
  World world(settings);
  for (int i = 0; i < 10; ++i)
    world.server.names["n" + std::to_string(i) + ".test"] = {{"192.0.2.1"}};
  const auto first = world.begin("n1.test");
  const auto second = world.begin("n2.test");
  CHECK(world.error("n3.test") == "too many names are being resolved at once");
  CHECK(world.wait(first).has_value());
  CHECK(world.wait(second).has_value());
  int known = 0;
  for (int i = 0; i < 10; ++i) world.addresses("n" + std::to_string(i) + ".test");
  for (int i = 0; i < 10; ++i) {
    if (world.resolver->known("n" + std::to_string(i) + ".test") != nullptr) ++known;
  }
  CHECK(known == 3);
}

TEST_CASE("stop() and the end of a resolver leave no lookup behind") {
  World world;
  world.server.names["silent.test"] = {{}, 0, true};
  const auto answer = world.begin("silent.test");
  world.resolver->stop();
  const auto found = world.wait(answer);
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().message == "the client is stopping");
  CHECK(world.error("other.test") == "the client is stopping");

  World other;
  other.server.names["silent.test"] = {{}, 0, true};
  const auto left = other.begin("silent.test");
  other.resolver.reset();
  CHECK_FALSE(other.wait(left).has_value());
}

}  // namespace godwit
