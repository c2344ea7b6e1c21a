#include "program/module_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "process/version.h"

namespace godwit {
namespace {

std::uint64_t percent_of(std::uint64_t whole, std::uint64_t percent) {
  return whole / 100 * percent + whole % 100 * percent / 100;  // Whatever the whole: no overflow.
}

}  // namespace

HttpServerSettings http_server_settings(const Settings& settings) {
  const Settings::Http& from = settings.http;
  return {
      .head_size_max = from.head_size_max.count,
      .head_time_max = from.head_time_max,
      .body_size_max = from.body_size_max.count,
      .body_rate_min = from.body_rate_min.count,
      .idle_time_max = from.idle_time_max,
      .write_time_max = from.write_time_max,
      .connections_max = from.connections_max,
      .connections_per_address_max = from.connections_per_address_max,
      .bodies_in_memory_max = from.bodies_in_memory_max.count,
  };
}

HttpClientSettings http_client_settings(const Settings& settings) {
  const Settings::Delivery& from = settings.delivery;
  return {
      .resolve_time_max = from.resolve_time_max,
      .connect_time_max = from.connect_time_max,
      .tls_time_max = from.tls_time_max,
      .idle_time_max = from.idle_time_max,
      .idle_connections_max = from.idle_connections_max,
      .response_head_max = from.response_head_max.count,
      .response_body_max = from.response_body_max.count,
      .response_body_read_max = from.response_body_read_max.count,
      .ca_file = from.ca,
      .user_agent = from.user_agent,
      .dns_servers = fmt::format("{}", fmt::join(from.dns_servers, ",")),
  };
}

EngineSettings engine_settings(const Settings& settings) {
  const Settings::Engine& from = settings.engine;
  return {
      .horizon = from.horizon,
      .near_max = from.near_max,
      .cache_bytes_max = from.cache_bytes_max.count,
      .in_flight_max = settings.delivery.in_flight_max,
      .in_flight_per_host_max = settings.delivery.in_flight_per_host_max,
      .in_flight_per_account_max = settings.delivery.in_flight_per_account_max,
      .log_response_body_max = from.log_response_body_max.count,
      .log_delivered_response_max = from.log_delivered_response_max.count,
      .log_shed_bytes = percent_of(settings.commit.open_bytes_max.count, from.log_shed_percent),
      .deduplication_window = from.deduplication_window,
      .dead_letter_retention = from.dead_letter_retention,
      .ended_readable = from.ended_readable,
      .disk_free_min = from.disk_free_min.count,
      .queues_max = from.queues_max,
      .schedules_max = from.schedules_max,
      .url_groups_max = from.url_groups_max,
      .endpoints_max = from.endpoints_max,
      .list_window_max = from.list_window_max,
      .listed_in_memory_max = from.listed_in_memory_max,
      .flow_control_idle = from.flow_control_idle,
      .callback_body_max = from.callback_body_max.count,
      .run_missed_schedules = from.run_missed_schedules,
  };
}

Broker::Settings broker_settings(const Settings& settings) {
  const Settings::Commit& from = settings.commit;
  return {
      .lazy_commit_time = from.lazy_time,
      .lazy_commit_operations = from.lazy_operations,
      .batch_operations_max = from.batch_operations_max,
      .batch_bytes_max = from.batch_bytes_max.count,
      .open_bytes_max = from.open_bytes_max.count,
      .log_retention = settings.engine.log_retention,
  };
}

ApiSettings api_settings(const Settings& settings) {
  const Settings::Api& from = settings.api;
  return {
      .retries_max = static_cast<int>(from.retries_max),
      .delay_max = from.delay_max,
      .message_size_max = from.message_size_max.count,
      .batch_items_max = from.batch_items_max,
      .group_publish_bytes_max = from.group_publish_bytes_max.count,
      .queue_parallelism_max = static_cast<int>(from.queue_parallelism_max),
      .bulk_actions_max = from.bulk_actions_max,
      .forwarded_headers_size_max = from.forwarded_headers_size_max.count,
      .refuse_loopback_destinations = from.refuse_loopback_destinations,
      .allow_callback_delay = from.allow_callback_delay,
      .messages_per_day = from.messages_per_day,
      .requests_per_second = from.requests_per_second,
      .parallelism_max =
          std::min(settings.delivery.in_flight_max, settings.delivery.in_flight_per_account_max),
      .listing_threads = from.listing_threads,
      .listings_yield = from.listings_yield,
      .listings_waiting_max = from.listings_waiting_max,
      .listing_scan_max = from.listing_scan_max,
      .version = std::string(godwit_version),
  };
}

DashboardSettings dashboard_settings(const Settings& settings) {
  const Settings::Dashboard& from = settings.dashboard;
  return {
      .enabled = from.enabled,
      .session_time = from.session_time,
      .logins_per_minute = from.logins_per_minute,
      .event_streams_max = from.event_streams_max,
      .hosts = from.hosts,
      .trusted_proxies = from.trusted_proxies,
      .reader_threads = from.reader_threads,
      .reads_waiting_max = from.reads_waiting_max,
      .scan_max = from.scan_max,
      .catcher_bytes_max = from.catcher_bytes_max.count,
  };
}

DeliverySettings delivery_settings(const Settings& settings) {
  return {.timeout_max = settings.delivery.timeout_max, .region = settings.delivery.region};
}

RocksDbSettings rocksdb_settings(const Settings& settings) {
  const Settings::Store& from = settings.store;
  return {
      .directory = std::filesystem::path(settings.data_dir) / "store",
      .sync = from.sync,
      .block_cache_bytes = from.block_cache_bytes.count,
      .memtable_bytes = from.memtable_bytes.count,
      .commit_queue_bytes_max = from.commit_queue_bytes_max.count,
  };
}

}  // namespace godwit
