#include "testing/simulation/destinations.h"

#include <fmt/core.h>

namespace godwit::simulation {

Destinations::Destinations(Dice& dice) : dice_(dice) {
  const std::uint64_t hosts = dice_.between(1, 8);
  for (std::uint64_t i = 0; i < hosts; ++i) {
    hosts_.push_back({static_cast<Host::Kind>(dice_.below(5)), static_cast<int>(dice_.below(4)),
                      dice_.time_between(1, dice_.one_in(4) ? 20'000 : 200)});
  }
}

std::string Destinations::some_url() {
  return fmt::format("https://host{}/hook", dice_.below(hosts_.size()));
}

Destinations::Answer Destinations::answer(const std::string& url, int retried, bool calm) {
  const std::size_t number = std::stoul(url.substr(std::string("https://host").size()));
  const Host& host = hosts_[number % hosts_.size()];
  using Kind = Host::Kind;
  Answer answer;
  answer.latency = dice_.time_between(0, static_cast<std::uint64_t>(host.latency_max.count()));
  if (host.kind == Kind::stalls && !calm) answer.latency += Milliseconds(30'000);
  if (host.kind == Kind::odd) {
    answer.result = odd_result();
    return answer;
  }
  const bool fails = host.kind == Kind::always_fails ||
                     (host.kind == Kind::fails_first && retried < host.failures) ||
                     (host.kind == Kind::stalls && retried == 0);
  if (!fails) {
    answer.result.status = 200;
    answer.result.response_body = "ok";
  } else if (dice_.one_in(3)) {
    answer.result.error = "timeout after 30s";
  } else {
    answer.result.status = 500;
    answer.result.response_body = std::string(dice_.below(6000), 'e');
  }
  return answer;
}

AttemptResult Destinations::odd_result() {
  AttemptResult result;
  switch (dice_.below(6)) {
    case 0:
      result.status = 302;
      break;
    case 1:
      result.status = 489;
      result.response_headers = {{"Upstash-Nonretryable-Error", "true"}};
      break;
    case 2:
      result.status = 489;
      break;
    case 3:
      result.status = 429;
      result.response_headers = {{"Retry-After", std::to_string(dice_.below(200))}};
      break;
    case 4:
      result.error = "the connection was reset";
      break;
    default:
      result.status = 204;
  }
  return result;
}

}  // namespace godwit::simulation
