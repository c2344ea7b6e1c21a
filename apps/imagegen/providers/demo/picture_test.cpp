#include "imagegen/providers/demo/picture.h"

#include <doctest/doctest.h>
#include <webp/decode.h>

#include <set>

#include "core/json_out.h"
#include "imagegen/domain/model_catalog.h"
#include "imagegen/providers/demo/words.h"
#include "imagegen/providers/shared/outcome.h"

namespace godwit::imagegen::demo {
namespace {

Wish wish_of(std::string prompt, std::string ratio = "", std::string size = "512") {
  Wish wish;
  wish.prompt = std::move(prompt);
  wish.aspect_ratio = std::move(ratio);
  wish.size = std::move(size);
  return wish;
}

Extent size_of(const std::string& webp) {
  Extent extent;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(webp.data());
  REQUIRE(WebPGetInfo(bytes, webp.size(), &extent.width, &extent.height) == 1);
  return extent;
}

TEST_CASE("a picture is a WebP file of the size that ratio and size ask for") {
  struct Row {
    const char *ratio, *size;
    int width, height;
  };
  for (const Row& row :
       {Row{"1:1", "1K", 1024, 1024}, Row{"", "", 1024, 1024}, Row{"16:9", "512", 688, 384},
        Row{"9:16", "512", 384, 688}, Row{"4:3", "512", 600, 448}, Row{"3:4", "512", 448, 600},
        Row{"7:1", "8K", 1024, 1024}}) {
    CAPTURE(row.ratio);
    const Result<std::string> picture = draw(wish_of("a goose", row.ratio, row.size));
    REQUIRE(picture.has_value());
    CHECK(image_mime(*picture) == "image/webp");
    const Extent extent = size_of(*picture);
    CHECK(extent.width == row.width);
    CHECK(extent.height == row.height);
  }
}

TEST_CASE("every ratio and size of the demo model is drawn in that ratio") {
  const ImageModel& model = *ModelCatalog::built_in().find(demo_model);
  for (const std::string& ratio : model.aspect_ratios) {
    for (const std::string& size : model.sizes) {
      const Extent extent = extent_of(ratio, size);
      const auto colon = ratio.find(':');
      const double wanted = std::stod(ratio.substr(0, colon)) / std::stod(ratio.substr(colon + 1));
      CHECK(static_cast<double>(extent.width) / extent.height ==
            doctest::Approx(wanted).epsilon(0.02));
      CHECK(extent.width * extent.height ==
            doctest::Approx(size == "512" ? 1 << 18 : 1 << 20).epsilon(0.05));
    }
  }
}

TEST_CASE("the same wish gives the same bytes, and each part of it changes the picture") {
  const Wish wish = wish_of("forest at dawn");
  const Result<std::string> first = draw(wish);
  REQUIRE(first.has_value());
  CHECK(*draw(wish) == *first);
  std::set<std::string> pictures{*first};
  Wish other = wish;
  other.variation = 1;
  CHECK(pictures.insert(*draw(other)).second);
  other = wish;
  other.prompt += "!";
  CHECK(pictures.insert(*draw(other)).second);
  other = wish;
  other.negative_prompt = "people";
  CHECK(pictures.insert(*draw(other)).second);
  other = wish;
  other.aspect_ratio = "16:9";
  CHECK(pictures.insert(*draw(other)).second);
}

TEST_CASE("the picture is a picture: light and dark, and not one colour") {
  for (const char* prompt : {"night", "aurora", "ink", "sea", "winter forest, snow", "x"}) {
    CAPTURE(prompt);
    const Result<std::string> picture = draw(wish_of(prompt));
    REQUIRE(picture.has_value());
    int width = 0;
    int height = 0;
    std::uint8_t* const rgb = WebPDecodeRGB(reinterpret_cast<const std::uint8_t*>(picture->data()),
                                            picture->size(), &width, &height);
    REQUIRE(rgb != nullptr);
    int least = 765;
    int most = 0;
    const auto sum_at = [&](int x, int y) {
      const std::uint8_t* const pixel = rgb + 3 * (std::ptrdiff_t{width} * y + x);
      return pixel[0] + pixel[1] + pixel[2];
    };
    for (int i = 0; i < width * height; ++i) {
      const int sum = sum_at(i % width, i / width);
      least = std::min(least, sum);
      most = std::max(most, sum);
    }
    // The badge in the corner: bright, at its left end, in the middle of its height.
    CHECK(sum_at(18, height - 21) > 640);
    WebPFree(rgb);
    CHECK(most - least > 330);
  }
}

TEST_CASE("words of the prompt choose the mood and what is in the picture") {
  CHECK(compose(wish_of("A lake in the Mountains")).water);
  CHECK(compose(wish_of("Озеро в горах")).water);
  CHECK(compose(wish_of("НОЧЬ над городом")).palette.night);
  CHECK(compose(wish_of("aurora")).palette.aurora);
  CHECK(compose(wish_of("an old print, Sumi-e")).palette.name == "ink");
  CHECK(compose(wish_of("снег")).falling_snow);
  CHECK_FALSE(compose(wish_of("hills without end")).water);
  CHECK(compose(wish_of("geese")).skeins.size() == 2);
  // Not inside of other words.
  CHECK_FALSE(hints_of("research").water);
  CHECK_FALSE(hints_of("высокогорье").alps);
  for (const Ridge& ridge : compose(wish_of("тайга")).ridges) {
    CHECK((ridge.nearness < 0.55F || ridge.trees > 0.3F));
  }
}

TEST_CASE("prompts without a known word still differ in mood") {
  std::set<std::string_view> moods;
  for (int i = 0; i < 200; ++i) {
    moods.insert(compose(wish_of("subject " + std::to_string(i))).palette.name);
  }
  CHECK(moods.size() == palettes().size());
}

TEST_CASE("a caption is one short line of valid text") {
  CHECK(caption_of("a goose", 20) == "a goose");
  CHECK(caption_of("  a\n\n goose\t", 20) == "a goose");
  CHECK(caption_of("a long prompt about geese", 10) == "a long pro…");
  CHECK(caption_of("a long prompt about geese", 6) == "a long…");
  CHECK(caption_of("гусь", 4) == "гусь");
  CHECK(caption_of("гусь и", 4) == "гусь…");
  CHECK(caption_of("", 4).empty());
  CHECK(caption_of("\xff\xfe", 4).empty());
  CHECK(caption_of(std::string("a\0b", 3), 9) == "a b");
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "ok\xd0"}) {
    CHECK(is_utf8(caption_of(bad, 10)));
  }
}

TEST_CASE("prompts that nobody would write are drawn as well") {
  for (const std::string& prompt :
       {std::string(), std::string(20'000, 'x'), std::string("\xff\xfe\x00z", 4),
        std::string("\xf0\x9f\xaa\xbf\xf0\x9f\x8c\x85")}) {
    CHECK(draw(wish_of(prompt)).has_value());
  }
}

}  // namespace
}  // namespace godwit::imagegen::demo
