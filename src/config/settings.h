#pragma once
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/time.h"

namespace godwit {

/// A size, written `64KiB`, `10MB` or `512`.
struct Bytes {
  std::uint64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

/// Everything about Godwit that people may set, as plain values: program/ turns them into the
/// settings of each module, whose headers say what a bound means. A test there keeps these defaults
/// equal to theirs.
struct Settings {
  std::string listen = "127.0.0.1:8080";
  std::string data_dir = "godwit-data";
  bool ephemeral = false;
  Milliseconds drain_time{30'000};
  std::string token;
  std::string current_signing_key;
  std::string next_signing_key;
  bool with_imagegen = false;

  struct Imagegen {
    std::string listen = "127.0.0.1:8081";
    std::string binary;
  } imagegen;

  struct Log {
    std::string level = "info";
    std::string format = "logfmt";
  } log;

  struct Http {
    Bytes head_size_max{64u << 10};
    Milliseconds head_time_max{10'000};
    Bytes body_size_max{100u << 20};
    Bytes body_rate_min{1024};
    Milliseconds idle_time_max{75'000};
    Milliseconds write_time_max{30'000};
    std::uint64_t connections_max = 10'000;
    std::uint64_t connections_per_address_max = 2'000;
    Bytes bodies_in_memory_max{512u << 20};
  } http;

  struct Api {
    std::uint64_t retries_max = 999;
    std::optional<Milliseconds> delay_max;
    Bytes message_size_max{10u << 20};
    Bytes forwarded_headers_size_max{64u << 10};
    bool refuse_loopback_destinations = false;
    std::uint64_t batch_items_max = 100'000;
    Bytes group_publish_bytes_max{64u << 20};
    std::uint64_t queue_parallelism_max = 1'000;
    bool allow_callback_delay = false;
    std::uint64_t bulk_actions_max = 1'000;
    std::uint64_t messages_per_day = 0;
    std::uint64_t requests_per_second = 0;
    std::uint64_t listing_threads = 2;
    bool listings_yield = true;
    std::uint64_t listings_waiting_max = 256;
    std::uint64_t listing_scan_max = 20'000;
  } api;

  struct Dashboard {
    bool enabled = true;
    Milliseconds session_time{30LL * 86'400'000};
    std::uint64_t logins_per_minute = 10;
    std::uint64_t event_streams_max = 100;
    std::vector<std::string> hosts;
    std::vector<std::string> trusted_proxies;
    std::uint64_t reader_threads = 2;
    std::uint64_t reads_waiting_max = 64;
    std::uint64_t scan_max = 50'000;
    Bytes catcher_bytes_max{4u << 20};
  } dashboard;

  struct Delivery {
    std::vector<std::string> allow;
    std::string ca;
    std::vector<std::string> dns_servers;
    Milliseconds timeout_max{2LL * 3'600'000};
    std::string region = "EU-CENTRAL-1";
    std::string user_agent = "Upstash-QStash";
    Milliseconds resolve_time_max{5'000};
    Milliseconds connect_time_max{10'000};
    Milliseconds tls_time_max{10'000};
    Milliseconds idle_time_max{60'000};
    std::uint64_t idle_connections_max = 4'096;
    Bytes response_head_max{64u << 10};
    Bytes response_body_max{1u << 20};
    Bytes response_body_read_max{16u << 20};
    std::uint64_t in_flight_max = 1'024;
    std::uint64_t in_flight_per_host_max = 256;
    std::uint64_t in_flight_per_account_max = 1'024;
  } delivery;

  struct Engine {
    Milliseconds horizon{60'000};
    std::uint64_t near_max = 1'000'000;
    Bytes cache_bytes_max{64u << 20};
    Bytes log_response_body_max{4096};
    Bytes log_delivered_response_max{1024};
    std::uint64_t log_shed_percent = 25;
    Milliseconds deduplication_window{600'000};
    Milliseconds dead_letter_retention{30LL * 86'400'000};
    Milliseconds log_retention{3LL * 86'400'000};
    Milliseconds ended_readable{60'000};
    Bytes disk_free_min{256u << 20};
    std::uint64_t queues_max = 100'000;
    std::uint64_t schedules_max = 50'000;
    std::uint64_t url_groups_max = 10'000;
    std::uint64_t endpoints_max = 2'000;
    std::uint64_t list_window_max = 1'000;
    std::uint64_t listed_in_memory_max = 250'000;
    Milliseconds flow_control_idle{3'600'000};
    Bytes callback_body_max{1u << 20};
    bool run_missed_schedules = true;
  } engine;

  struct Commit {
    Milliseconds lazy_time{5};
    std::uint64_t lazy_operations = 256;
    std::uint64_t batch_operations_max = 1'024;
    Bytes batch_bytes_max{4u << 20};
    Bytes open_bytes_max{64u << 20};
  } commit;

  struct Store {
    bool sync = true;
    Bytes block_cache_bytes{64u << 20};
    Bytes memtable_bytes{32u << 20};
    Bytes commit_queue_bytes_max{64u << 20};
  } store;
};

/// Where a setting's value lives, which is also its type. A missing optional duration is written
/// `none`.
using SettingField =
    std::variant<bool*, std::uint64_t*, Bytes*, Milliseconds*, std::optional<Milliseconds>*,
                 std::string*, std::vector<std::string>*>;

/// One row of the table that flags, environment, file, help and documentation are made of.
struct Setting {
  std::string_view name;  ///< As in the TOML file: `data_dir`, `delivery.allow`.
  SettingField (*field)(Settings&);
  std::string_view help;  ///< A sentence.
  /// Bounds of counts, of sizes in bytes and of durations in milliseconds, inclusive.
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::string_view choices = {};  ///< For texts: the allowed ones, with commas between; empty: any.
  std::string_view dev_default = {};  ///< The default of `godwit dev`, where it differs.
  /// Shown as stars. No flag takes it, because flags are visible to every process: `--token-file`,
  /// GODWIT_TOKEN_FILE and `token_file` name a file that holds it.
  bool secret = false;
};

/// Every setting, sections together.
std::span<const Setting> settings_table();
/// nullptr: there is none of that name.
const Setting* find_setting(std::string_view name);

std::string flag_of(const Setting& setting);  ///< `--delivery-allow`; of secrets `--token-file`.
std::string environment_of(const Setting& setting);  ///< `GODWIT_DELIVERY_ALLOW`
std::string_view type_of(
    const Setting& setting);  ///< `duration`, `size`, `count`, `yes or no`, `text`, `list`

}  // namespace godwit
