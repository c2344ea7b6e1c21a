#include "imagegen/generations/results_key.h"

#include "core/signature.h"

namespace godwit::imagegen {
namespace {

constexpr std::string_view results_key_name = "results_key";

}  // namespace

Result<std::string> results_key(World& world) {
  Result<std::optional<std::string>> kept = world.vault.open_value(results_key_name);
  if (kept && *kept) return std::move(**kept);
  // One that was sealed with a key file that is gone serves nobody.
  if (!kept && kept.error().code != ErrorCode::corrupt) return std::unexpected(kept.error());
  std::string key = make_identifier("igk_", random_bytes(32));
  if (Result<void> sealed = world.vault.seal_value(results_key_name, key); !sealed) {
    return std::unexpected(sealed.error());
  }
  return key;
}

bool is_results_key(World& world, std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (!authorization.starts_with(scheme)) return false;
  const Result<std::optional<std::string>> kept = world.vault.open_value(results_key_name);
  return kept && *kept && equals_constant_time(**kept, authorization.substr(scheme.size()));
}

}  // namespace godwit::imagegen
