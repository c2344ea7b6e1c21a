#include "config/settings.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace godwit {
namespace {

constexpr std::uint64_t day_ms = 86'400'000;
constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;

/// Loopback and what RFC 1918 and RFC 4193 call private: where a developer's own programs listen.
/// The clouds' metadata services are link-local and stay refused.
constexpr std::string_view developers_networks =
    "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7";

#define FIELD(path) [](Settings& settings) -> SettingField { return &settings.path; }

constexpr std::array all_settings{
    Setting{"listen", FIELD(listen), "Where the HTTP interface listens, HOST:PORT."},
    Setting{.name = "data_dir",
            .field = FIELD(data_dir),
            .help = "The directory of everything durable; made when it is missing.",
            .dev_default = ".godwit-dev"},
    Setting{"ephemeral", FIELD(ephemeral), "Keep everything in memory and forget it at the end."},
    Setting{"drain_time", FIELD(drain_time),
            "How long attempts in flight may take to finish after SIGTERM."},
    Setting{.name = "token",
            .field = FIELD(token),
            .help = "A token of the account `default`, beside those of `godwit token create`.",
            .secret = true},
    Setting{
        .name = "current_signing_key",
        .field = FIELD(current_signing_key),
        .help = "What deliveries of the account `default` are signed with; made when not given.",
        .secret = true},
    Setting{.name = "next_signing_key",
            .field = FIELD(next_signing_key),
            .help = "The key that follows at a rotation; goes with current_signing_key.",
            .secret = true},

    Setting{"with_imagegen", FIELD(with_imagegen),
            "Start ImageGenService beside `godwit dev` and end it with it."},

    Setting{"imagegen.listen", FIELD(imagegen.listen),
            "Where ImageGenService's pages are, HOST:PORT."},
    Setting{"imagegen.binary", FIELD(imagegen.binary),
            "ImageGenService's program; empty: `imagegen` beside `godwit`."},

    Setting{.name = "log.level",
            .field = FIELD(log.level),
            .help = "The least important events that are logged. SIGHUP reads it again, SIGUSR1 "
                    "switches debug on and off.",
            .choices = "debug,info,warn,error,off"},
    Setting{.name = "log.format",
            .field = FIELD(log.format),
            .help = "How a line of the log looks.",
            .choices = "logfmt,json"},

    Setting{"http.head_size_max", FIELD(http.head_size_max),
            "A request's line and headers; 431 beyond.", 1 * kib, 16 * mib},
    Setting{"http.head_time_max", FIELD(http.head_time_max),
            "From the first byte of a request's head to its last; 408 beyond.", 10},
    Setting{"http.body_size_max", FIELD(http.body_size_max), "A request's body; 413 beyond.", 1},
    Setting{"http.body_rate_min", FIELD(http.body_rate_min),
            "The least bytes per second of a body that is being sent, after a grace of 10 s."},
    Setting{"http.idle_time_max", FIELD(http.idle_time_max),
            "How long a connection may stay open between requests.", 10},
    Setting{"http.write_time_max", FIELD(http.write_time_max),
            "How long a client may take to receive an answer.", 10},
    Setting{"http.connections_max", FIELD(http.connections_max), "Connections in all; 503 beyond.",
            1},
    Setting{"http.connections_per_address_max", FIELD(http.connections_per_address_max),
            "Connections from one address; 503 beyond.", 1},
    Setting{"http.bodies_in_memory_max", FIELD(http.bodies_in_memory_max),
            "The sum of the bodies being received; 503 beyond.", 1 * mib},

    Setting{"api.retries_max", FIELD(api.retries_max),
            "The most retries a message may ask for; 412 `quota maxRetries exceeded` beyond.", 0,
            1000},
    Setting{"api.delay_max", FIELD(api.delay_max),
            "The longest delay a message may ask for; 412 `quota maxDelay exceeded` beyond. `none` "
            "means ten years."},
    Setting{"api.message_size_max", FIELD(api.message_size_max),
            "The largest body of a message; 412 `quota maxMessageSize exceeded` beyond.", 1},
    Setting{"api.forwarded_headers_size_max", FIELD(api.forwarded_headers_size_max),
            "All headers that a message carries to its destination; 400 beyond.", 1},
    Setting{
        "api.refuse_loopback_destinations", FIELD(api.refuse_loopback_destinations),
        "Answer 400 already at publish when a destination is an address that deliveries refuse."},
    Setting{"api.batch_items_max", FIELD(api.batch_items_max),
            "Messages of one `POST /v2/batch`; 400 beyond.", 1, 10'000'000},
    Setting{"api.group_publish_bytes_max", FIELD(api.group_publish_bytes_max),
            "The messages that one publish to a URL group makes, together: they are written in one "
            "piece; 412 `quota maxMessageSize exceeded` beyond.",
            1 * mib, 1024 * mib},
    Setting{"api.queue_parallelism_max", FIELD(api.queue_parallelism_max),
            "The most parallelism a queue may ask for; 412 `quota maxParallelism exceeded` beyond.",
            1, 1'000'000},
    Setting{"api.allow_callback_delay", FIELD(api.allow_callback_delay),
            "Take `Upstash-Callback-Delay`; without, a callback that asks for a delay gets 400."},
    Setting{"api.bulk_actions_max", FIELD(api.bulk_actions_max),
            "Bulk cancels under way at one time, of all accounts; 412 `quota maxBulkActions "
            "exceeded` beyond.",
            1, 100'000},
    Setting{"api.messages_per_day", FIELD(api.messages_per_day),
            "Messages that an account may publish in a day of UTC; 429 with `RateLimit-Limit` "
            "beyond. 0: no limit."},
    Setting{"api.requests_per_second", FIELD(api.requests_per_second),
            "Requests that an account may make in a second, publishing left out; 429 with "
            "`Burst-RateLimit-Limit` beyond. 0: no limit."},
    Setting{"api.listing_threads", FIELD(api.listing_threads),
            "Threads that read the log and the dead letters for listings.", 1, 64},
    Setting{"api.listings_yield", FIELD(api.listings_yield),
            "Listings, look-ups of bulk cancels, and what the dashboard reads and writes of files "
            "use what of the processors nobody else wants. `false`: a tenth of one at least, where "
            "other programs keep all of them busy; messages then wait for listings."},
    Setting{"api.listings_waiting_max", FIELD(api.listings_waiting_max),
            "Listings that may wait for such a thread; 503 beyond.", 1},
    Setting{
        "api.listing_scan_max", FIELD(api.listing_scan_max),
        "Stored records that one page of the log or of dead letters looks at, large ones counted "
        "for each KiB. Where few match its filters, a page beyond ends early, with a cursor.",
        1'000},

    Setting{"dashboard.enabled", FIELD(dashboard.enabled),
            "Serve the dashboard's pages at `/` and its interface at `/admin/v1`."},
    Setting{"dashboard.session_time", FIELD(dashboard.session_time),
            "How long a login to the dashboard lasts.", 60'000, 400 * day_ms},
    Setting{
        "dashboard.logins_per_minute", FIELD(dashboard.logins_per_minute),
        "Wrong tokens in a minute from one address, and twenty times as many in all; 429 beyond.",
        1, 100'000},
    Setting{"dashboard.event_streams_max", FIELD(dashboard.event_streams_max),
            "Open pages that follow events at one time; 503 beyond.", 1, 100'000},
    Setting{
        "dashboard.hosts", FIELD(dashboard.hosts),
        "Names of this server in the addresses of its pages, beside `localhost` and the host of "
        "`listen`: what a reverse proxy is called. Pages asked for by another name get 403."},
    Setting{"dashboard.trusted_proxies", FIELD(dashboard.trusted_proxies),
            "Addresses and networks of reverse proxies whose X-Forwarded-For, -Host and -Proto the "
            "dashboard believes; behind https, cookies are then Secure."},
    Setting{"dashboard.reader_threads", FIELD(dashboard.reader_threads),
            "Threads that read what its pages list and search.", 1, 64},
    Setting{"dashboard.reads_waiting_max", FIELD(dashboard.reads_waiting_max),
            "Reads that may wait for such a thread; 503 beyond.", 1},
    Setting{"dashboard.scan_max", FIELD(dashboard.scan_max),
            "Stored records that one page of a listing or search looks at, large ones counted for "
            "each KiB.",
            1'000},
    Setting{"dashboard.catcher_bytes_max", FIELD(dashboard.catcher_bytes_max),
            "Memory for what the built-in destination of first steps has caught, of all accounts.",
            64 * kib, 1024 * mib},

    Setting{
        .name = "delivery.allow",
        .field = FIELD(delivery.allow),
        .help =
            "Non-public destinations that are allowed: CIDRs, addresses, host names, `*.suffix`, "
            "or `*` for all.",
        .dev_default = developers_networks},
    Setting{"delivery.ca", FIELD(delivery.ca),
            "A file of the certificates that HTTPS destinations are checked against; empty: "
            "SSL_CERT_FILE, else the system's."},
    Setting{"delivery.dns_servers", FIELD(delivery.dns_servers),
            "Name servers as ADDRESS:PORT; empty: the system's."},
    Setting{"delivery.timeout_max", FIELD(delivery.timeout_max),
            "The longest one attempt may take; a message may ask for less.", 1},
    Setting{"delivery.region", FIELD(delivery.region), "What the header Upstash-Region says."},
    Setting{"delivery.user_agent", FIELD(delivery.user_agent), "What the header User-Agent says."},
    Setting{"delivery.resolve_time_max", FIELD(delivery.resolve_time_max), "How long DNS may take.",
            1},
    Setting{"delivery.connect_time_max", FIELD(delivery.connect_time_max),
            "How long connecting to one address may take.", 1},
    Setting{"delivery.tls_time_max", FIELD(delivery.tls_time_max),
            "How long a TLS handshake may take.", 1},
    Setting{"delivery.idle_time_max", FIELD(delivery.idle_time_max),
            "How long an unused connection to a destination is kept."},
    Setting{"delivery.idle_connections_max", FIELD(delivery.idle_connections_max),
            "Unused connections that are kept, in all."},
    Setting{"delivery.response_head_max", FIELD(delivery.response_head_max),
            "The largest response head that is read.", 1 * kib, 16 * mib},
    Setting{"delivery.response_body_max", FIELD(delivery.response_body_max),
            "The part of a response body that is kept.", 0, 256 * mib},
    Setting{"delivery.response_body_read_max", FIELD(delivery.response_body_read_max),
            "The part of a response body that is read; the connection is closed beyond."},
    Setting{"delivery.in_flight_max", FIELD(delivery.in_flight_max), "Attempts at one time.", 1,
            1'000'000},
    Setting{"delivery.in_flight_per_host_max", FIELD(delivery.in_flight_per_host_max),
            "Attempts at one time to one host.", 1, 1'000'000},
    Setting{"delivery.in_flight_per_account_max", FIELD(delivery.in_flight_per_account_max),
            "Attempts at one time for one account.", 1, 1'000'000},

    Setting{"engine.horizon", FIELD(engine.horizon),
            "Messages due within this time are kept in memory.", 1'000, day_ms},
    Setting{"engine.near_max", FIELD(engine.near_max),
            "Messages kept in memory; more wait in the store.", 1'000},
    Setting{"engine.cache_bytes_max", FIELD(engine.cache_bytes_max),
            "Memory for fresh messages, which are then not read back."},
    Setting{"engine.log_response_body_max", FIELD(engine.log_response_body_max),
            "The part of a failed attempt's response that its log row keeps.", 0, 1 * mib},
    Setting{"engine.log_delivered_response_max", FIELD(engine.log_delivered_response_max),
            "Of a delivered attempt's response, how much its log row keeps of the headers and of "
            "the body, for the dashboard; 0 keeps nothing.",
            0, 1 * mib},
    Setting{"engine.log_shed_percent", FIELD(engine.log_shed_percent),
            "From this part of commit.open_bytes_max on that waits to be committed, the log goes "
            "without bodies, and from twice that on without the headers of responses; 0 keeps "
            "them always. Deliveries and dead letters are never concerned.",
            0, 50},
    Setting{"engine.deduplication_window", FIELD(engine.deduplication_window),
            "How long a deduplication id is remembered.", 0, 365 * day_ms},
    Setting{"engine.dead_letter_retention", FIELD(engine.dead_letter_retention),
            "How long dead letters are kept.", 1'000, 3650 * day_ms},
    Setting{"engine.log_retention", FIELD(engine.log_retention),
            "How long the log of ended messages is kept.", 1'000, 3650 * day_ms},
    Setting{"engine.ended_readable", FIELD(engine.ended_readable),
            "How long a message can still be read after it ended.", 0, 10 * day_ms},
    Setting{"engine.disk_free_min", FIELD(engine.disk_free_min),
            "Publishes are refused while the disk has less than this left."},
    Setting{"engine.queues_max", FIELD(engine.queues_max),
            "Queues of an account; 412 `quota maxQueues exceeded` beyond.", 1, 10'000'000},
    Setting{"engine.schedules_max", FIELD(engine.schedules_max),
            "Schedules of an account; 412 `quota maxSchedules exceeded` beyond.", 1, 10'000'000},
    Setting{"engine.url_groups_max", FIELD(engine.url_groups_max),
            "URL groups of an account; 412 `quota maxTopics exceeded` beyond.", 1, 10'000'000},
    Setting{"engine.endpoints_max", FIELD(engine.endpoints_max),
            "Endpoints of a URL group; 412 `quota maxEndpoints exceeded` beyond.", 1, 65'536},
    Setting{"engine.list_window_max", FIELD(engine.list_window_max),
            "Messages of one queue, or waiting for one flow control key, that are kept in memory; "
            "more wait in the store, in order.",
            2, 1'000'000},
    Setting{"engine.listed_in_memory_max", FIELD(engine.listed_in_memory_max),
            "The same, of all queues and keys together.", 1'000},
    Setting{"engine.flow_control_idle", FIELD(engine.flow_control_idle),
            "How long a flow control key without use is remembered.", 1'000, 365 * day_ms},
    Setting{"engine.callback_body_max", FIELD(engine.callback_body_max),
            "The part of a response that the body of a callback carries.", 0, 64 * mib},
    Setting{"engine.run_missed_schedules", FIELD(engine.run_missed_schedules),
            "Run a schedule once, late, whose time came while Godwit was down; else wait for the "
            "next time."},

    Setting{"commit.lazy_time", FIELD(commit.lazy_time),
            "How long a change that nobody waits for may wait for company.", 0, 1'000},
    Setting{"commit.lazy_operations", FIELD(commit.lazy_operations),
            "How many such changes force a commit.", 1, 1'000'000},
    Setting{"commit.batch_operations_max", FIELD(commit.batch_operations_max),
            "Changes in one commit.", 1, 1'000'000},
    Setting{"commit.batch_bytes_max", FIELD(commit.batch_bytes_max), "Bytes in one commit.",
            64 * kib, 1024 * mib},
    Setting{"commit.open_bytes_max", FIELD(commit.open_bytes_max),
            "Bytes that wait to be committed; publishes get 503 beyond.", 1 * mib},

    Setting{"store.sync", FIELD(store.sync),
            "Wait for the disk before acknowledging. Without, a power cut loses acknowledged "
            "messages."},
    Setting{"store.block_cache_bytes", FIELD(store.block_cache_bytes),
            "Memory for blocks read from the store.", 1 * mib},
    Setting{"store.memtable_bytes", FIELD(store.memtable_bytes),
            "Memory for each of the store's write buffers; bounds the time to start after a crash.",
            1 * mib, 1024 * mib},
    Setting{"store.commit_queue_bytes_max", FIELD(store.commit_queue_bytes_max),
            "Bytes the store takes before they are written; at least commit.open_bytes_max.",
            1 * mib},
};

#undef FIELD

std::string spelled(std::string_view name, char separator, bool upper) {
  std::string out;
  for (const char c : name) {
    const bool between = c == '.' || c == '_';
    out += between ? separator
           : upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                   : c;
  }
  return out;
}

}  // namespace

std::span<const Setting> settings_table() { return all_settings; }

const Setting* find_setting(std::string_view name) {
  const auto* found = std::ranges::find(all_settings, name, &Setting::name);
  return found == all_settings.end() ? nullptr : found;
}

std::string flag_of(const Setting& setting) {
  return "--" + spelled(setting.name, '-', false) + (setting.secret ? "-file" : "");
}

std::string environment_of(const Setting& setting) {
  return "GODWIT_" + spelled(setting.name, '_', true);
}

std::string_view type_of(const Setting& setting) {
  // In the order of SettingField's alternatives.
  static constexpr std::array<std::string_view, std::variant_size_v<SettingField>> names{
      "yes or no", "count", "size", "duration", "duration or none", "text", "list"};
  Settings settings;
  return setting.secret ? "secret" : names[setting.field(settings).index()];
}

}  // namespace godwit
