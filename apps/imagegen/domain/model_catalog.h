#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace godwit::imagegen {

enum class ProviderKind { gemini, imagen, openai, demo };
/// `imagen` is Gemini's older call and shares its key: on the wire both are `gemini`.
std::string_view to_string(ProviderKind kind);

/// A model that draws, and what may be asked of it.
struct ImageModel {
  std::string id;  ///< `gemini-3.1-flash-image`
  std::string title;
  ProviderKind provider = ProviderKind::demo;
  std::vector<std::string> aspect_ratios;  ///< The first is the default; so below.
  std::vector<std::string> sizes;
  std::vector<std::string> qualities;  ///< `fast`, `standard`, `best`; may be empty.
  bool seed = false;
  bool negative_prompt = false;
  std::vector<std::pair<std::string, std::int64_t>> prices_microusd;  ///< By size.
  std::string gone_since;   ///< `2026-08-17`; empty: it is there.
  std::string replacement;  ///< Of one that is gone.
};

/// The models, built in or from a JSON file of the same shape, so that new names and prices need no
/// new version. Immutable.
class ModelCatalog {
 public:
  static const ModelCatalog& built_in();
  /// Errors: invalid_argument with the line or member that is wrong.
  static Result<ModelCatalog> from_json(std::string_view json);

  const ImageModel* find(std::string_view id) const;  ///< nullptr: unknown.
  std::span<const ImageModel> models() const { return models_; }
  /// Of an image of this size; of the model's first size when `size` is empty or unknown.
  std::int64_t price_microusd(const ImageModel& model, std::string_view size) const;

 private:
  std::vector<ImageModel> models_;
};

inline constexpr std::string_view default_model = "gemini-3.1-flash-image";
inline constexpr std::string_view demo_model = "demo";

}  // namespace godwit::imagegen
