#include "imagegen/domain/model_catalog.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace godwit::imagegen {
namespace {

bool has(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

TEST_CASE("the built-in models are complete, distinct and consistent") {
  const ModelCatalog& catalog = ModelCatalog::built_in();
  std::set<std::string> ids;
  for (const ImageModel& model : catalog.models()) {
    CAPTURE(model.id);
    CHECK(ids.insert(model.id).second);
    CHECK_FALSE(model.title.empty());
    CHECK_FALSE(model.aspect_ratios.empty());
    CHECK_FALSE(model.sizes.empty());
    CHECK(model.gone_since.empty() == model.replacement.empty());
    for (const std::string& size : model.sizes) {
      if (model.provider != ProviderKind::demo) CHECK(catalog.price_microusd(model, size) > 0);
    }
    for (const auto& [key, price] : model.prices_microusd) {
      CHECK(has(model.sizes, key.substr(0, key.find('/'))));
      CHECK(price >= 0);
    }
    if (model.gone_since.empty()) continue;
    const ImageModel* replacement = catalog.find(model.replacement);
    REQUIRE(replacement != nullptr);
    CHECK(replacement->gone_since.empty());
  }
  REQUIRE(catalog.find(default_model) != nullptr);
  CHECK(catalog.find(default_model)->gone_since.empty());
  CHECK(catalog.find("no-such-model") == nullptr);
}

TEST_CASE("Imagen is gone since 17 August 2026, and each of its models has a heir") {
  const ModelCatalog& catalog = ModelCatalog::built_in();
  for (const auto& [id, heir] :
       {std::pair{"imagen-4.0-generate-001", "gemini-3.1-flash-image"},
        std::pair{"imagen-4.0-fast-generate-001", "gemini-3.1-flash-image"},
        std::pair{"imagen-4.0-ultra-generate-001", "gemini-3-pro-image"}}) {
    const ImageModel* model = catalog.find(id);
    REQUIRE(model != nullptr);
    CHECK(model->provider == ProviderKind::imagen);
    CHECK(to_string(model->provider) == "gemini");
    CHECK(model->gone_since == "2026-08-17");
    CHECK(model->replacement == heir);
    CHECK_FALSE(model->seed);
  }
}

TEST_CASE("the demo model costs nothing and knows the usual ratios") {
  const ImageModel* model = ModelCatalog::built_in().find(demo_model);
  REQUIRE(model != nullptr);
  CHECK(model->provider == ProviderKind::demo);
  CHECK(model->aspect_ratios == std::vector<std::string>{"1:1", "16:9", "9:16", "4:3", "3:4"});
  CHECK(has(model->sizes, "512"));
  CHECK(has(model->sizes, "1K"));
  CHECK(model->seed);
  CHECK(ModelCatalog::built_in().price_microusd(*model, "1K") == 0);
}

TEST_CASE("a price goes by size, then by quality, and falls back to the model's first size") {
  const ModelCatalog& catalog = ModelCatalog::built_in();
  const ImageModel& flash = *catalog.find(default_model);
  CHECK(catalog.price_microusd(flash, "1K") == 67'200);
  CHECK(catalog.price_microusd(flash, "4K") == 151'200);
  CHECK(catalog.price_microusd(flash, "") == 67'200);
  CHECK(catalog.price_microusd(flash, "16K") == 67'200);
  CHECK(catalog.price_microusd(flash, "1K", "best") == 67'200);
  const ImageModel& openai = *catalog.find("gpt-image-1.5");
  CHECK(catalog.price_microusd(openai, "1K") == 50'000);
  CHECK(catalog.price_microusd(openai, "1K", "fast") == 13'000);
  CHECK(catalog.price_microusd(openai, "", "best") == 200'000);
  CHECK(catalog.price_microusd(openai, "1K", "standard") == 50'000);
}

TEST_CASE("a catalog file adds models and changes what it names of built-in ones") {
  const Result<ModelCatalog> catalog = ModelCatalog::from_json(R"({"models": [
    {"id": "gemini-4-image", "title": "Gemini 4", "provider": "gemini", "aspectRatios": ["1:1"],
     "sizes": ["1K", "8K"], "qualities": ["standard"], "seed": true, "negativePrompt": false,
     "pricesUsd": {"1K": 0.0301, "8K": 2}, "gone": null},
    {"id": "gemini-3.1-flash-image", "pricesUsd": {"1K": 0.01},
     "gone": {"since": "2027-01-31", "replacement": "gemini-4-image"}},
    {"id": "imagen-4.0-generate-001", "gone": null},
    {"id": "local-image", "provider": "openai"}]})");
  REQUIRE(catalog.has_value());
  CHECK(catalog->models().front().id == "gemini-4-image");
  const ImageModel& added = *catalog->find("gemini-4-image");
  CHECK(added.sizes == std::vector<std::string>{"1K", "8K"});
  CHECK(catalog->price_microusd(added, "8K") == 2'000'000);
  CHECK(catalog->price_microusd(added, "1K") == 30'100);
  const ImageModel& changed = *catalog->find("gemini-3.1-flash-image");
  CHECK(catalog->price_microusd(changed, "1K") == 10'000);
  CHECK(changed.title == "Gemini 3.1 Flash Image");
  CHECK(changed.aspect_ratios.size() == 14);
  CHECK(changed.gone_since == "2027-01-31");
  CHECK(changed.replacement == "gemini-4-image");
  CHECK(catalog->find("imagen-4.0-generate-001")->gone_since.empty());
  CHECK(catalog->find("local-image")->title == "local-image");
  CHECK(catalog->find(demo_model) != nullptr);
  CHECK(catalog->models().size() == ModelCatalog::built_in().models().size() + 2);
}

TEST_CASE("a catalog file that is wrong is refused with the member and what was expected") {
  struct Row {
    std::string_view json, says;
  };
  const Row rows[] = {
      {"", "not valid JSON"},
      {"{", "not valid JSON"},
      {"[]", "expected an object with the list `models`"},
      {R"({"models": {}})", "expected an object with the list `models`"},
      {R"({"models": [1]})", "models[0]: expected an object"},
      {R"({"models": [{"provider": "demo"}]})", "models[0]: `id` is missing"},
      {R"({"models": [{"id": ""}]})", "models[0].id: expected a text of 1 to 200 bytes"},
      {R"({"models": [{"id": "a"}]})", "models[0]: `provider` is missing"},
      {R"({"models": [{"id": "a", "provider": "x"}]})",
       "models[0].provider: expected gemini, imagen, openai or demo"},
      {R"({"models": [{"id": "a", "provider": 1}]})",
       "models[0].provider: expected gemini, imagen, openai or demo"},
      {R"({"models": [{"id": "a", "provider": "demo"}, {"id": "a", "provider": "demo"}]})",
       "models[1].id: is there twice"},
      {R"({"models": [{"id": "demo", "size": []}]})", "models[0].size: unknown member"},
      {R"({"models": [{"id": "demo", "title": 3}]})", "models[0].title: expected a text"},
      {R"({"models": [{"id": "demo", "sizes": "1K"}]})", "models[0].sizes: expected a list"},
      {R"({"models": [{"id": "demo", "sizes": ["1K", 2]}]})",
       "models[0].sizes[1]: expected a text"},
      {R"({"models": [{"id": "demo", "qualities": ["good"]}]})",
       "models[0].qualities: expected only standard, fast and best"},
      {R"({"models": [{"id": "demo", "seed": "yes"}]})", "models[0].seed: expected true or false"},
      {R"({"models": [{"id": "demo", "pricesUsd": 1}]})",
       "models[0].pricesUsd: expected an object of prices by size"},
      {R"({"models": [{"id": "demo", "pricesUsd": {"1K": -1}}]})",
       "models[0].pricesUsd.1K: expected dollars between 0 and 1000"},
      {R"({"models": [{"id": "demo", "pricesUsd": {"1K": "1"}}]})",
       "models[0].pricesUsd.1K: expected dollars between 0 and 1000"},
      {R"({"models": [{"id": "demo", "gone": "2027-01-01"}]})", "models[0].gone: expected null or"},
      {R"({"models": [{"id": "demo", "gone": {"since": 1}}]})",
       "models[0].gone.since: expected a text"}};
  for (const Row& row : rows) {
    CAPTURE(row.json);
    const Result<ModelCatalog> catalog = ModelCatalog::from_json(row.json);
    REQUIRE_FALSE(catalog.has_value());
    CHECK(catalog.error().code == ErrorCode::invalid_argument);
    CHECK(catalog.error().message.find(row.says) != std::string::npos);
    CHECK(catalog.error().message.starts_with("model catalog: "));
  }
  CHECK_FALSE(ModelCatalog::from_json(std::string(ModelCatalog::json_size_max + 1, ' ')));
}

}  // namespace
}  // namespace godwit::imagegen
