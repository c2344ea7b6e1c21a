#include "program/module_settings.h"

#include <doctest/doctest.h>

#include "api/reader_pool.h"

namespace godwit {

TEST_CASE("the defaults people see are the defaults of the modules") {
  const Settings settings;

  const HttpServerSettings server = http_server_settings(settings);
  const HttpServerSettings server_own;
  CHECK(server.head_size_max == server_own.head_size_max);
  CHECK(server.head_time_max == server_own.head_time_max);
  CHECK(server.body_size_max == server_own.body_size_max);
  CHECK(server.body_rate_min == server_own.body_rate_min);
  CHECK(server.idle_time_max == server_own.idle_time_max);
  CHECK(server.write_time_max == server_own.write_time_max);
  CHECK(server.connections_max == server_own.connections_max);
  CHECK(server.connections_per_address_max == server_own.connections_per_address_max);
  CHECK(server.bodies_in_memory_max == server_own.bodies_in_memory_max);

  const HttpClientSettings client = http_client_settings(settings);
  const HttpClientSettings client_own;
  CHECK(client.resolve_time_max == client_own.resolve_time_max);
  CHECK(client.connect_time_max == client_own.connect_time_max);
  CHECK(client.tls_time_max == client_own.tls_time_max);
  CHECK(client.idle_time_max == client_own.idle_time_max);
  CHECK(client.idle_connections_max == client_own.idle_connections_max);
  CHECK(client.response_head_max == client_own.response_head_max);
  CHECK(client.response_body_max == client_own.response_body_max);
  CHECK(client.response_body_read_max == client_own.response_body_read_max);
  CHECK(client.ca_file == client_own.ca_file);
  CHECK(client.user_agent == client_own.user_agent);
  CHECK(client.dns_servers == client_own.dns_servers);

  const EngineSettings engine = engine_settings(settings);
  const EngineSettings engine_own;
  CHECK(engine.horizon == engine_own.horizon);
  CHECK(engine.near_max == engine_own.near_max);
  CHECK(engine.cache_bytes_max == engine_own.cache_bytes_max);
  CHECK(engine.in_flight_max == engine_own.in_flight_max);
  CHECK(engine.in_flight_per_host_max == engine_own.in_flight_per_host_max);
  CHECK(engine.in_flight_per_account_max == engine_own.in_flight_per_account_max);
  CHECK(engine.log_response_body_max == engine_own.log_response_body_max);
  CHECK(engine.log_delivered_response_max == engine_own.log_delivered_response_max);
  CHECK(engine.log_shed_bytes == engine_own.log_shed_bytes);
  CHECK(engine.deduplication_window == engine_own.deduplication_window);
  CHECK(engine.dead_letter_retention == engine_own.dead_letter_retention);
  CHECK(engine.ended_readable == engine_own.ended_readable);
  CHECK(engine.disk_free_min == engine_own.disk_free_min);
  CHECK(engine.queues_max == engine_own.queues_max);
  CHECK(engine.schedules_max == engine_own.schedules_max);
  CHECK(engine.url_groups_max == engine_own.url_groups_max);
  CHECK(engine.endpoints_max == engine_own.endpoints_max);
  CHECK(engine.list_window_max == engine_own.list_window_max);
  CHECK(engine.listed_in_memory_max == engine_own.listed_in_memory_max);
  CHECK(engine.flow_control_idle == engine_own.flow_control_idle);
  CHECK(engine.callback_body_max == engine_own.callback_body_max);
  CHECK(engine.run_missed_schedules == engine_own.run_missed_schedules);

  const DashboardSettings dashboard = dashboard_settings(settings);
  const DashboardSettings dashboard_own;
  CHECK(dashboard.enabled == dashboard_own.enabled);
  CHECK(dashboard.session_time == dashboard_own.session_time);
  CHECK(dashboard.logins_per_minute == dashboard_own.logins_per_minute);
  CHECK(dashboard.event_streams_max == dashboard_own.event_streams_max);
  CHECK(dashboard.hosts == dashboard_own.hosts);
  CHECK(dashboard.trusted_proxies == dashboard_own.trusted_proxies);
  CHECK(dashboard.reader_threads == dashboard_own.reader_threads);
  CHECK(dashboard.reads_waiting_max == dashboard_own.reads_waiting_max);
  CHECK(dashboard.scan_max == dashboard_own.scan_max);
  CHECK(dashboard.catcher_bytes_max == dashboard_own.catcher_bytes_max);

  const Broker::Settings broker = broker_settings(settings);
  const Broker::Settings broker_own;
  CHECK(broker.lazy_commit_time == broker_own.lazy_commit_time);
  CHECK(broker.lazy_commit_operations == broker_own.lazy_commit_operations);
  CHECK(broker.batch_operations_max == broker_own.batch_operations_max);
  CHECK(broker.batch_bytes_max == broker_own.batch_bytes_max);
  CHECK(broker.open_bytes_max == broker_own.open_bytes_max);
  CHECK(broker.log_retention == broker_own.log_retention);

  const ApiSettings api = api_settings(settings);
  const ApiSettings api_own;
  CHECK(api.retries_max == api_own.retries_max);
  CHECK(api.delay_max == api_own.delay_max);
  CHECK(api.message_size_max == api_own.message_size_max);
  CHECK(api.forwarded_headers_size_max == api_own.forwarded_headers_size_max);
  CHECK(api.refuse_loopback_destinations == api_own.refuse_loopback_destinations);
  CHECK(api.batch_items_max == api_own.batch_items_max);
  CHECK(api.group_publish_bytes_max == api_own.group_publish_bytes_max);
  CHECK(api.queue_parallelism_max == api_own.queue_parallelism_max);
  CHECK(api.bulk_actions_max == api_own.bulk_actions_max);
  CHECK(api.allow_callback_delay == api_own.allow_callback_delay);
  CHECK(api.messages_per_day == api_own.messages_per_day);
  CHECK(api.requests_per_second == api_own.requests_per_second);
  CHECK(api.parallelism_max == api_own.parallelism_max);
  CHECK(api.listing_threads == api_own.listing_threads);
  CHECK(api.listings_yield == api_own.listings_yield);
  CHECK(api.listings_waiting_max == api_own.listings_waiting_max);
  CHECK(api.listing_scan_max == api_own.listing_scan_max);
  CHECK(api.version == api_own.version);

  CHECK(delivery_settings(settings).timeout_max == DeliverySettings{}.timeout_max);
  CHECK(delivery_settings(settings).region == DeliverySettings{}.region);

  const RocksDbSettings store = rocksdb_settings(settings);
  const RocksDbSettings store_own;
  CHECK(store.sync == store_own.sync);
  CHECK(store.block_cache_bytes == store_own.block_cache_bytes);
  CHECK(store.memtable_bytes == store_own.memtable_bytes);
  CHECK(store.commit_queue_bytes_max == store_own.commit_queue_bytes_max);
  CHECK(store.directory == "godwit-data/store");
}

TEST_CASE("what people set reaches the module") {
  Settings settings;
  settings.delivery.dns_servers = {"127.0.0.1:53", "[::1]:53"};
  settings.delivery.ca = "ca.pem";
  settings.store.sync = false;
  settings.api.retries_max = 5;
  settings.api.listings_yield = false;
  CHECK(http_client_settings(settings).dns_servers == "127.0.0.1:53,[::1]:53");
  CHECK(http_client_settings(settings).ca_file == "ca.pem");
  CHECK_FALSE(rocksdb_settings(settings).sync);
  CHECK(api_settings(settings).retries_max == 5);
  CHECK(reader_priority(api_settings(settings)) == ReaderPriority::low);
  CHECK(reader_priority(api_settings(Settings{})) == ReaderPriority::idle);
}

TEST_CASE("each limit of queues, schedules, groups and rates reaches its own place") {
  // Goal: no two limits of one type are crossed. Method: a value of its own for each.
  Settings settings;
  settings.engine.queues_max = 11;
  settings.engine.schedules_max = 12;
  settings.engine.url_groups_max = 13;
  settings.engine.endpoints_max = 14;
  settings.engine.list_window_max = 15;
  settings.engine.listed_in_memory_max = 16;
  settings.engine.flow_control_idle = Milliseconds(17);
  settings.engine.callback_body_max = {18};
  settings.engine.run_missed_schedules = false;
  settings.api.queue_parallelism_max = 21;
  settings.api.allow_callback_delay = true;
  settings.api.bulk_actions_max = 22;
  settings.api.messages_per_day = 23;
  settings.api.requests_per_second = 24;
  settings.delivery.in_flight_max = 30;
  settings.delivery.in_flight_per_account_max = 40;

  const EngineSettings engine = engine_settings(settings);
  CHECK(engine.queues_max == 11);
  CHECK(engine.schedules_max == 12);
  CHECK(engine.url_groups_max == 13);
  CHECK(engine.endpoints_max == 14);
  CHECK(engine.list_window_max == 15);
  CHECK(engine.listed_in_memory_max == 16);
  CHECK(engine.flow_control_idle == Milliseconds(17));
  CHECK(engine.callback_body_max == 18);
  CHECK_FALSE(engine.run_missed_schedules);
  const ApiSettings api = api_settings(settings);
  CHECK(api.queue_parallelism_max == 21);
  CHECK(api.allow_callback_delay);
  CHECK(api.bulk_actions_max == 22);
  CHECK(api.messages_per_day == 23);
  CHECK(api.requests_per_second == 24);
  CHECK(api.parallelism_max == 30);
}

}  // namespace godwit
