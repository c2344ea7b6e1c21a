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
  std::vector<std::string> qualities;  ///< `standard`, `fast`, `best`; may be empty.
  bool seed = false;
  /// Whether one may be given. A model without a field for it gets it as a part of the prompt.
  bool negative_prompt = false;
  /// By size (`1K`), or by size and quality (`1K/best`) where the quality makes the price.
  std::vector<std::pair<std::string, std::int64_t>> prices_microusd;
  std::string gone_since;   ///< `2026-08-17`; empty: it is there.
  std::string replacement;  ///< Of one that is gone.
};

/// The models, built in or with those of a JSON file, so that new names and prices need no new
/// version. Immutable.
class ModelCatalog {
 public:
  static constexpr std::size_t json_size_max = 1UL << 20;
  static constexpr std::size_t models_max = 500;
  static constexpr std::size_t list_size_max = 100;  ///< Ratios, sizes, qualities, prices.
  static constexpr std::size_t text_size_max = 200;  ///< Bytes of an id, a title...
  static constexpr double price_usd_max = 1'000;

  static const ModelCatalog& built_in();

  /// The built-in models and those of `json`, which replace built-in ones with the same id and come
  /// before all others:
  ///
  ///     {"models": [{"id": "new-image-model", "title": "New", "provider": "gemini",
  ///                  "aspectRatios": ["1:1", "16:9"], "sizes": ["1K"], "qualities": [],
  ///                  "seed": true, "negativePrompt": true, "pricesUsd": {"1K": 0.05},
  ///                  "gone": {"since": "2027-01-31", "replacement": "newer-image-model"}}]}
  ///
  /// Only `id` and `provider` (`gemini`, `imagen`, `openai`, `demo`) are needed. What is left out
  /// of a model that is built in stays as it is there; `gone` is null for one that is there again.
  /// Errors: invalid_argument with the member that is wrong: `models[2].sizes: ...`.
  static Result<ModelCatalog> from_json(std::string_view json);

  const ImageModel* find(std::string_view id) const;  ///< nullptr: unknown.
  std::span<const ImageModel> models() const { return models_; }

  /// Of an image of this size and quality; of the model's first size when `size` is empty or
  /// unknown. 0 when the model has no price.
  std::int64_t price_microusd(const ImageModel& model, std::string_view size,
                              std::string_view quality = {}) const;

 private:
  std::vector<ImageModel> models_;
};

inline constexpr std::string_view default_model = "gemini-3.1-flash-image";
inline constexpr std::string_view demo_model = "demo";

}  // namespace godwit::imagegen
