#include "dashboard/overview/destination_health.h"

#include <algorithm>

namespace godwit {

std::string_view host_of(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    url.remove_prefix(at + 1);
  }
  if (url.starts_with('[')) {
    const std::size_t end = url.find(']');
    return url.substr(0, end == std::string_view::npos ? end : end + 1);
  }
  return url.substr(0, url.find(':'));
}

void DestinationHealth::advance(Host& host, Timestamp now) {
  if (now < host.begin + half_window) return;
  const bool long_ago = now >= host.begin + 2 * half_window;
  host.before = long_ago ? Counts{} : host.current;
  host.current = {};
  host.begin = now;
}

void DestinationHealth::make_room() {
  if (hosts_ < hosts_max) return;
  Hosts* of = nullptr;
  Hosts::iterator oldest;
  for (auto& [account, hosts] : accounts_) {
    for (auto host = hosts.begin(); host != hosts.end(); ++host) {
      if (of == nullptr || host->second.failed_last < oldest->second.failed_last) {
        of = &hosts;
        oldest = host;
      }
    }
  }
  if (of == nullptr) return;
  of->erase(oldest);
  --hosts_;
}

void DestinationHealth::finished(AccountId account, std::string_view url, bool delivered,
                                 Timestamp now) {
  const std::string_view name = host_of(url);
  const auto hosts = accounts_.find(account);
  if (delivered) {
    if (hosts == accounts_.end()) return;
    const auto known = hosts->second.find(name);
    if (known == hosts->second.end()) return;
    advance(known->second, now);
    ++known->second.current.attempts;
    return;
  }
  if (hosts == accounts_.end() || !hosts->second.contains(name)) {
    make_room();
    accounts_[account].emplace(std::string(name), Host{now, now, {}, {}});
    ++hosts_;
  }
  Host& host = accounts_[account].find(name)->second;
  advance(host, now);
  host.failed_last = now;
  ++host.current.failed;
  ++host.current.attempts;
}

std::vector<FailingHost> DestinationHealth::failing(AccountId account, Timestamp now,
                                                    std::size_t max) const {
  std::vector<FailingHost> found;
  const auto hosts = accounts_.find(account);
  if (hosts == accounts_.end()) return found;
  for (const auto& [name, stored] : hosts->second) {
    Host host = stored;
    advance(host, now);
    const std::uint64_t failed = host.before.failed + host.current.failed;
    const std::uint64_t attempts = host.before.attempts + host.current.attempts;
    if (failed >= failures_min && failed * 2 >= attempts) found.push_back({name, failed, attempts});
  }
  std::ranges::sort(found, [](const FailingHost& a, const FailingHost& b) {
    return a.failed != b.failed ? a.failed > b.failed : a.host < b.host;
  });
  if (found.size() > max) found.resize(max);
  return found;
}

}  // namespace godwit
