#pragma once
#include "api/settings.h"
#include "config/settings.h"
#include "dashboard/settings.h"
#include "delivery/delivery.h"
#include "engine/broker.h"
#include "engine/engine.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "store/rocksdb_store.h"

namespace godwit {

/// The settings of each module, out of those that people give. Pure.
HttpServerSettings http_server_settings(const Settings& settings);
HttpClientSettings http_client_settings(const Settings& settings);
EngineSettings engine_settings(const Settings& settings);
Broker::Settings broker_settings(const Settings& settings);
ApiSettings api_settings(const Settings& settings);
DashboardSettings dashboard_settings(const Settings& settings);
DeliverySettings delivery_settings(const Settings& settings);
RocksDbSettings rocksdb_settings(const Settings& settings);

}  // namespace godwit
