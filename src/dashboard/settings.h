#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/time.h"

namespace godwit {

/// What of the dashboard people may set; config/settings.h has the same under `dashboard.`.
struct DashboardSettings {
  bool enabled = true;                            ///< Else neither pages nor /admin/v1 are there.
  Milliseconds session_time{30LL * 86'400'000};   ///< Until a login has to be repeated.
  std::size_t logins_per_minute = 10;             ///< Wrong tokens from one address; 429 beyond.
  std::size_t event_streams_max = 100;            ///< Open at one time; 503 beyond.
  std::vector<std::string> hosts = {};            ///< Further names of this server in URLs.
  std::vector<std::string> trusted_proxies = {};  ///< Whose X-Forwarded-... are believed.
  std::size_t reader_threads = 2;      ///< Beside those of the API's listings; one more counts.
  std::size_t reads_waiting_max = 64;  ///< For such a thread; 503 beyond.
  std::size_t scan_max = 50'000;       ///< Stored records that one page looks at.
  std::size_t catcher_bytes_max = std::size_t{4} << 20;  ///< Of all accounts' caught requests.
};

}  // namespace godwit
