#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "imagegen/broker/broker_client.h"
#include "imagegen/domain/effective.h"
#include "imagegen/domain/model_catalog.h"
#include "imagegen/domain/problem.h"
#include "imagegen/providers/providers.h"
#include "imagegen/storage/image_files.h"
#include "imagegen/storage/secret_vault.h"
#include "imagegen/storage/storage.h"
#include "net/http_client.h"

namespace godwit::imagegen {

/// What everything here stands on; program/ makes it, tests make their own. All outlive whoever is
/// given a World.
struct World {
  boost::asio::io_context& io;
  const Clock& clock;
  Storage& storage;
  SecretVault& vault;
  ImageFiles& files;
  BrokerClient& broker;
  HttpClient& provider_client;
  const ModelCatalog& catalog;
  const Environment& environment;
  std::string listen_url;  ///< Where this process is reached on this machine.
  /// Told about what changed, for /api/events: a task's id, or empty: the generation itself.
  std::function<void(const std::string& generation_id, const std::string& task_id)> changed;
  /// One line for the process's log: event name and `key=value` pairs. Never a secret.
  std::function<void(std::string_view event, std::string_view fields)> log;

  // What the parts below tell each other; program/ leaves it as it is.

  /// What Diagnostics last learned of the broker: of the one at `url`.
  struct Broker {
    std::string url{};
    bool is_godwit = false;
    std::string version{};
  };
  Broker known_broker = {};
  /// Diagnostics' own, for Processing: a message of a test has arrived.
  std::function<void(const std::string& id, const std::optional<Problem>& signature_problem)>
      callback_arrived = {};
  /// Tests may put their own provider here, for every model.
  std::shared_ptr<ImageProvider> provider = {};
};

/// What counts now. Read it when it is needed: people change it under way.
Result<Effective> current(World& world);

/// The provider for `model`, by what counts now. The object lives as long as it is held.
/// Errors: `gemini_key_missing`, `openai_key_missing`, `model_unknown`.
Outcome<std::shared_ptr<ImageProvider>> image_provider(World& world, const Effective& effective,
                                                       std::string_view model);
Outcome<std::shared_ptr<TextModel>> text_model(World& world, const Effective& effective);

/// `imagegen:<provider>:<first 12 hex digits of the key's SHA-256>`; `imagegen:demo` for the demo.
std::string limit_key(const Effective& effective, const ImageModel& model);

}  // namespace godwit::imagegen
