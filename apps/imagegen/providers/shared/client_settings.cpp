#include "imagegen/providers/providers.h"

namespace godwit::imagegen {

HttpClientSettings provider_client_settings() {
  HttpClientSettings settings;
  settings.connect_time_max = std::chrono::milliseconds(5'000);
  // A 4K picture passes 20 MB as JSON.
  settings.response_body_max = 64UL << 20;
  settings.response_body_read_max = 64UL << 20;
  // A connection that was used before is tried again when it turns out to be dead, and nobody knows
  // whether the provider had begun to draw: no connection is used twice, so that no picture is.
  settings.idle_connections_max = 0;
  settings.user_agent = "ImageGenService";
  return settings;
}

}  // namespace godwit::imagegen
