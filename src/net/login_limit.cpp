#include "net/login_limit.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace godwit {
namespace {

/// One household or server has 2^64 addresses of IPv6: they count as one.
std::string group_of(const std::string& text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text, error);
  if (error || !address.is_v6()) return text;
  return boost::asio::ip::make_network_v6(address.to_v6(), 64).network().to_string();
}

}  // namespace

void LoginLimit::forget(Timestamp now) {
  while (!failures_.empty() && failures_.front().first + settings_.window <= now)
    failures_.pop_front();
}

std::optional<Milliseconds> LoginLimit::wait(const std::string& address, Timestamp now) {
  forget(now);
  if (failures_.size() >= settings_.in_all) return failures_.front().first + settings_.window - now;
  const std::string group = group_of(address);
  std::size_t own = 0;
  for (auto failure = failures_.rbegin(); failure != failures_.rend(); ++failure) {
    if (failure->second == group && ++own == settings_.per_address)
      return failure->first + settings_.window - now;
  }
  return std::nullopt;
}

void LoginLimit::failed(const std::string& address, Timestamp now) {
  forget(now);
  if (failures_.size() == settings_.in_all) failures_.pop_front();
  failures_.emplace_back(now, group_of(address));
}

void LoginLimit::succeeded(const std::string& address) {
  const std::string group = group_of(address);
  std::erase_if(failures_, [&](const auto& failure) { return failure.second == group; });
}

}  // namespace godwit
