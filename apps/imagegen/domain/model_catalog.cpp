#include "imagegen/domain/model_catalog.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace godwit::imagegen {
namespace {

namespace dom = simdjson::dom;

using Texts = std::vector<std::string>;
using Prices = std::vector<std::pair<std::string, std::int64_t>>;

struct ProviderName {
  std::string_view name;
  ProviderKind kind;
};
constexpr std::array<ProviderName, 4> provider_names{{{"gemini", ProviderKind::gemini},
                                                      {"imagen", ProviderKind::imagen},
                                                      {"openai", ProviderKind::openai},
                                                      {"demo", ProviderKind::demo}}};

// Prices are what the providers' public lists said in 2026, taken at the upper end. They are
// defaults for estimates: a catalog file overrides them, and the provider's bill is what counts.

/// Gemini bills an image by its tokens.
constexpr std::int64_t tokens_at(std::int64_t tokens, std::int64_t usd_per_million) {
  return tokens * usd_per_million;
}

Texts gemini_ratios() {
  return {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"};
}

ImageModel gemini_flash() {
  ImageModel model;
  model.id = default_model;
  model.title = "Gemini 3.1 Flash Image";
  model.provider = ProviderKind::gemini;
  model.aspect_ratios = gemini_ratios();
  for (const char* ratio : {"1:4", "4:1", "1:8", "8:1"}) model.aspect_ratios.emplace_back(ratio);
  model.sizes = {"1K", "512", "2K", "4K"};
  model.qualities = {"standard", "fast", "best"};
  model.seed = true;
  model.negative_prompt = true;
  model.prices_microusd = {{"512", tokens_at(747, 60)},
                           {"1K", tokens_at(1'120, 60)},
                           {"2K", tokens_at(1'680, 60)},
                           {"4K", tokens_at(2'520, 60)}};
  return model;
}

ImageModel gemini_pro() {
  ImageModel model = gemini_flash();
  model.id = "gemini-3-pro-image";
  model.title = "Gemini 3 Pro Image";
  model.aspect_ratios = gemini_ratios();
  model.sizes = {"1K", "2K", "4K"};
  model.qualities = {};  // It always thinks.
  model.prices_microusd = {
      {"1K", tokens_at(1'120, 120)}, {"2K", tokens_at(1'120, 120)}, {"4K", tokens_at(2'000, 120)}};
  return model;
}

/// Its own price was not to be found: that of its larger sister is the careful guess.
ImageModel gemini_flash_lite() {
  ImageModel model = gemini_flash();
  model.id = "gemini-3.1-flash-lite-image";
  model.title = "Gemini 3.1 Flash-Lite Image";
  model.aspect_ratios = gemini_ratios();
  model.sizes = {"1K"};
  model.prices_microusd = {{"1K", tokens_at(1'120, 60)}};
  return model;
}

/// Microdollars of a square picture and of one that is half as large again, for one quality.
struct OpenAiPrice {
  std::int64_t low, medium, high;
};

ImageModel openai(std::string id, std::string title, OpenAiPrice price) {
  ImageModel model;
  model.id = std::move(id);
  model.title = std::move(title);
  model.provider = ProviderKind::openai;
  model.aspect_ratios = {"1:1", "3:2", "2:3"};
  model.sizes = {"1K"};
  model.qualities = {"standard", "fast", "best"};
  model.negative_prompt = true;
  model.prices_microusd = {{"1K", price.medium}, {"1K/fast", price.low}, {"1K/best", price.high}};
  return model;
}

ImageModel demo() {
  ImageModel model;
  model.id = demo_model;
  model.title = "Demo";
  model.provider = ProviderKind::demo;
  model.aspect_ratios = {"1:1", "16:9", "9:16", "4:3", "3:4"};
  model.sizes = {"1K", "512"};
  model.seed = true;
  model.negative_prompt = true;
  model.prices_microusd = {{"1K", 0}, {"512", 0}};
  return model;
}

ImageModel imagen(std::string id, std::string title, std::int64_t price,
                  std::string_view replacement) {
  ImageModel model;
  model.id = std::move(id);
  model.title = std::move(title);
  model.provider = ProviderKind::imagen;
  model.aspect_ratios = {"1:1", "3:4", "4:3", "9:16", "16:9"};
  model.sizes = {"1K", "2K"};
  model.negative_prompt = true;
  model.prices_microusd = {{"1K", price}, {"2K", price}};
  model.gone_since = "2026-08-17";
  model.replacement = replacement;
  return model;
}

ImageModel retired(ImageModel model, std::string id, std::string title, std::string since) {
  model.replacement = std::move(model.id);
  model.id = std::move(id);
  model.title = std::move(title);
  model.gone_since = std::move(since);
  return model;
}

std::vector<ImageModel> built_in_models() {
  std::vector<ImageModel> models;
  models.push_back(gemini_flash());
  models.push_back(gemini_pro());
  models.push_back(gemini_flash_lite());
  // The larger pictures of each quality cost up to half as much again; these are their prices.
  models.push_back(openai("gpt-image-2", "GPT Image 2", {9'000, 80'000, 317'000}));
  models.push_back(openai("gpt-image-1.5", "GPT Image 1.5", {13'000, 50'000, 200'000}));
  models.push_back(openai("gpt-image-1", "GPT Image 1", {16'000, 63'000, 250'000}));
  models.push_back(openai("gpt-image-1-mini", "GPT Image 1 Mini", {6'000, 15'000, 52'000}));
  models.push_back(demo());

  ImageModel fast = imagen("imagen-4.0-fast-generate-001", "Imagen 4 Fast", 20'000, default_model);
  fast.sizes = {"1K"};
  fast.prices_microusd.pop_back();
  models.push_back(imagen("imagen-4.0-generate-001", "Imagen 4", 40'000, default_model));
  models.push_back(
      imagen("imagen-4.0-ultra-generate-001", "Imagen 4 Ultra", 60'000, "gemini-3-pro-image"));
  models.push_back(std::move(fast));
  models.push_back(retired(gemini_flash(), "gemini-3.1-flash-image-preview",
                           "Gemini 3.1 Flash Image (preview)", "2026-06-25"));
  models.push_back(retired(gemini_pro(), "gemini-3-pro-image-preview",
                           "Gemini 3 Pro Image (preview)", "2026-06-25"));
  ImageModel old =
      retired(gemini_flash(), "gemini-2.5-flash-image", "Gemini 2.5 Flash Image", "2026-10-02");
  old.aspect_ratios = gemini_ratios();
  old.sizes = {"1K"};
  old.qualities = {};
  old.prices_microusd = {{"1K", 39'000}};
  models.push_back(std::move(old));
  return models;
}

std::unexpected<Error> invalid(const std::string& where, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "model catalog: " + where + ": " + what);
}

/// Reads one model. Each member has its method; the first thing that is wrong ends it.
class ModelReader {
 public:
  ModelReader(std::string where, ImageModel& model) : where_(std::move(where)), model_(model) {}

  Result<void> read(std::string_view name, const dom::element& value) {
    const std::string where = where_ + "." + std::string(name.substr(0, 40));
    if (name == "id") return {};  // Read before all others.
    if (name == "title") return text(where, value, model_.title);
    if (name == "provider") return provider(where, value);
    if (name == "aspectRatios") return texts(where, value, model_.aspect_ratios);
    if (name == "sizes") return texts(where, value, model_.sizes);
    if (name == "qualities") return qualities(where, value);
    if (name == "seed") return boolean(where, value, model_.seed);
    if (name == "negativePrompt") return boolean(where, value, model_.negative_prompt);
    if (name == "pricesUsd") return prices(where, value);
    if (name == "gone") return gone(where, value);
    return invalid(where,
                   "unknown member; known are id, title, provider, aspectRatios, sizes, "
                   "qualities, seed, negativePrompt, pricesUsd and gone");
  }

  static Result<void> text(const std::string& where, const dom::element& value, std::string& out) {
    std::string_view read;
    if (value.get(read) != simdjson::SUCCESS || read.empty() ||
        read.size() > ModelCatalog::text_size_max) {
      return invalid(where, "expected a text of 1 to " +
                                std::to_string(ModelCatalog::text_size_max) + " bytes");
    }
    out = read;
    return {};
  }

 private:
  Result<void> provider(const std::string& where, const dom::element& value) {
    std::string_view read;
    (void)value.get(read);
    const auto* const known = std::ranges::find(provider_names, read, &ProviderName::name);
    if (known == provider_names.end()) {
      return invalid(where, "expected gemini, imagen, openai or demo");
    }
    model_.provider = known->kind;
    return {};
  }

  static Result<void> boolean(const std::string& where, const dom::element& value, bool& out) {
    if (value.get(out) != simdjson::SUCCESS) return invalid(where, "expected true or false");
    return {};
  }

  static Result<void> texts(const std::string& where, const dom::element& value, Texts& out) {
    dom::array array;
    if (value.get(array) != simdjson::SUCCESS || array.size() > ModelCatalog::list_size_max) {
      return invalid(where, "expected a list of at most " +
                                std::to_string(ModelCatalog::list_size_max) + " texts");
    }
    Texts read;
    for (const dom::element element : array) {
      std::string one;
      Result<void> checked = text(where + "[" + std::to_string(read.size()) + "]", element, one);
      if (!checked) return checked;
      read.push_back(std::move(one));
    }
    out = std::move(read);
    return {};
  }

  Result<void> qualities(const std::string& where, const dom::element& value) {
    Texts read;
    if (Result<void> checked = texts(where, value, read); !checked) return checked;
    for (const std::string& quality : read) {
      if (quality != "standard" && quality != "fast" && quality != "best") {
        return invalid(where, "expected only standard, fast and best");
      }
    }
    model_.qualities = std::move(read);
    return {};
  }

  Result<void> prices(const std::string& where, const dom::element& value) {
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS || object.size() > ModelCatalog::list_size_max) {
      return invalid(where, "expected an object of prices by size, such as {\"1K\": 0.067}");
    }
    Prices read;
    for (const auto& [size, price] : object) {
      double usd = 0;
      if (price.get(usd) != simdjson::SUCCESS || !(usd >= 0) || usd > ModelCatalog::price_usd_max) {
        return invalid(where + "." + std::string(size.substr(0, 40)),
                       "expected dollars between 0 and 1000");
      }
      read.emplace_back(size, std::llround(usd * 1e6));
    }
    model_.prices_microusd = std::move(read);
    return {};
  }

  Result<void> gone(const std::string& where, const dom::element& value) {
    model_.gone_since.clear();
    model_.replacement.clear();
    if (value.is_null()) return {};
    dom::object object;
    dom::element since;
    if (value.get(object) != simdjson::SUCCESS ||
        object.at_key("since").get(since) != simdjson::SUCCESS) {
      return invalid(where,
                     "expected null or {\"since\": \"2027-01-31\", \"replacement\": \"id\"}");
    }
    Result<void> checked = text(where + ".since", since, model_.gone_since);
    if (!checked) return checked;
    dom::element replacement;
    if (object.at_key("replacement").get(replacement) != simdjson::SUCCESS) return {};
    return text(where + ".replacement", replacement, model_.replacement);
  }

  std::string where_;
  ImageModel& model_;
};

Result<ImageModel> read_model(const std::string& where, const dom::element& element,
                              const ModelCatalog& known) {
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return invalid(where, "expected an object");
  dom::element value;
  if (object.at_key("id").get(value) != simdjson::SUCCESS) {
    return invalid(where, "`id` is missing");
  }
  std::string id;
  if (Result<void> checked = ModelReader::text(where + ".id", value, id); !checked) {
    return std::unexpected(checked.error());
  }
  ImageModel model;
  if (const ImageModel* same = known.find(id)) {
    model = *same;
  } else if (object.at_key("provider").get(value) != simdjson::SUCCESS) {
    return invalid(where, "`provider` is missing");
  }
  model.id = std::move(id);
  ModelReader reader(where, model);
  for (const auto& [name, member] : object) {
    if (Result<void> checked = reader.read(name, member); !checked) {
      return std::unexpected(checked.error());
    }
  }
  if (model.title.empty()) model.title = model.id;
  return model;
}

}  // namespace

std::string_view to_string(ProviderKind kind) {
  switch (kind) {
    case ProviderKind::gemini:
    case ProviderKind::imagen:
      return "gemini";
    case ProviderKind::openai:
      return "openai";
    case ProviderKind::demo:
      return "demo";
  }
  return "";
}

const ModelCatalog& ModelCatalog::built_in() {
  static const ModelCatalog catalog = [] {
    ModelCatalog made;
    made.models_ = built_in_models();
    return made;
  }();
  return catalog;
}

Result<ModelCatalog> ModelCatalog::from_json(std::string_view json) {
  if (json.size() > json_size_max) {
    return fail(ErrorCode::invalid_argument, "model catalog: larger than 1 MiB");
  }
  dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(json.data(), json.size()).get(document)) {
    return fail(ErrorCode::invalid_argument,
                std::string("model catalog: not valid JSON: ") + simdjson::error_message(error));
  }
  dom::array array;
  if (document.at_key("models").get(array) != simdjson::SUCCESS) {
    return fail(ErrorCode::invalid_argument,
                "model catalog: expected an object with the list `models`");
  }
  ModelCatalog catalog;
  for (const dom::element element : array) {
    const std::string where = "models[" + std::to_string(catalog.models_.size()) + "]";
    if (catalog.models_.size() == models_max) {
      return invalid(where, "more than " + std::to_string(models_max) + " models");
    }
    Result<ImageModel> model = read_model(where, element, built_in());
    if (!model) return std::unexpected(model.error());
    if (catalog.find(model->id) != nullptr) return invalid(where + ".id", "is there twice");
    catalog.models_.push_back(std::move(*model));
  }
  for (const ImageModel& model : built_in().models_) {
    if (catalog.find(model.id) == nullptr) catalog.models_.push_back(model);
  }
  return catalog;
}

const ImageModel* ModelCatalog::find(std::string_view id) const {
  const auto found = std::ranges::find(models_, id, &ImageModel::id);
  return found == models_.end() ? nullptr : &*found;
}

std::int64_t ModelCatalog::price_microusd(const ImageModel& model, std::string_view size,
                                          std::string_view quality) const {
  const auto price_of = [&](std::string_view key) {
    return std::ranges::find(model.prices_microusd, key, &Prices::value_type::first);
  };
  const auto none = model.prices_microusd.end();
  const bool known = !size.empty() && std::ranges::find(model.sizes, size) != model.sizes.end();
  const std::string asked(known ? size : model.sizes.empty() ? "" : model.sizes.front());
  auto price = price_of(asked + "/" + std::string(quality));
  if (price == none) price = price_of(asked);
  return price == none ? 0 : price->second;
}

}  // namespace godwit::imagegen
