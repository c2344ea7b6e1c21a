#include <doctest/doctest.h>

#include "imagegen/storage/storage.h"
#include "imagegen/storage/test_rows.h"
#include "testing/temporary_directory.h"

namespace godwit::imagegen {
namespace {

using Ids = std::vector<std::string>;

/// Five images: 1_0, 1_1, 1_2 and 2_0, 2_1, a second apart.
struct Fixture {
  TemporaryDirectory directory;
  std::unique_ptr<Storage> storage = must(Storage::open(directory.path().string()));

  Fixture() {
    must(storage->insert(
        Prompt{.id = "prm_1", .name = "Cats", .content = "c", .created = {}, .updated = {}}));
    add("1", 3, {"Красный КОТ на крыше", "рыжий кот", "a red dog"}, "prm_1", "demo");
    add("2", 2, {"Ёлка", "Straße 100%"}, "", "gemini-3.1-flash-image");
  }

  void add(const std::string& number, int count, const std::vector<std::string>& prompts,
           const std::string& prompt_id, const std::string& model) {
    Generation generation = test_generation(number);
    generation.prompt_id = prompt_id;
    generation.options.model = model;
    generation.created = test_start + std::chrono::seconds(made);
    std::vector<Task> tasks = test_tasks(generation, count);
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].prompt = prompts[i];
    must(storage->insert(generation, tasks));
    for (const Task& each : tasks) {
      Task task = must(storage->task(each.id)).value();
      finish(task, test_start + std::chrono::seconds(made++));
      must(storage->update(task));
    }
  }

  Ids list(const GalleryFilter& filter) {
    const GalleryPage page = must(storage->gallery(filter));
    Ids ids;
    for (const GalleryItem& item : page.items) ids.push_back(item.task.image->id.substr(4));
    CHECK(page.total >= ids.size());
    return ids;
  }

  int made = 0;
};

TEST_CASE("the gallery shows the newest first, with all that a caption needs") {
  Fixture fixture;
  const GalleryPage page = must(fixture.storage->gallery({}));
  CHECK(page.total == 5);
  REQUIRE(page.items.size() == 5);
  const GalleryItem& newest = page.items.front();
  CHECK(newest.task.id == "tsk_2_1");
  CHECK(newest.task.image->id == "img_2_1");
  CHECK(newest.task.prompt == "Straße 100%");
  CHECK(newest.task.variant == Variant{{"style", "oil"}});
  CHECK(newest.generation_name == "Generation 2");
  CHECK(newest.prompt_id.empty());
  CHECK(newest.model == "gemini-3.1-flash-image");
  CHECK(newest.created == test_start + std::chrono::seconds(4));
  CHECK(page.items.back().prompt_id == "prm_1");

  CHECK(fixture.list({}) == Ids{"2_1", "2_0", "1_2", "1_1", "1_0"});
  CHECK(fixture.list({.oldest_first = true}) == Ids{"1_0", "1_1", "1_2", "2_0", "2_1"});
  CHECK(fixture.list({.offset = 1, .limit = 2}) == Ids{"2_0", "1_2"});
  CHECK(must(fixture.storage->gallery({.offset = 9, .limit = 2})).total == 5);
}

TEST_CASE("every filter of the gallery filters") {
  Fixture fixture;
  CHECK(fixture.list({.generation_id = "gen_1"}) == Ids{"1_2", "1_1", "1_0"});
  CHECK(fixture.list({.generation_id = "none"}).empty());
  CHECK(fixture.list({.prompt_id = "prm_1"}) == Ids{"1_2", "1_1", "1_0"});
  CHECK(fixture.list({.model = "gemini-3.1-flash-image"}) == Ids{"2_1", "2_0"});
  CHECK(fixture.list({.parameter = "style", .value = "oil"}) == Ids{"2_1", "1_1"});
  CHECK(fixture.list({.parameter = "style", .value = "none"}).empty());
  const auto at = [](int seconds) { return test_start + std::chrono::seconds(seconds); };
  CHECK(fixture.list({.from = at(1), .to = at(3)}) == Ids{"1_2", "1_1"});
  CHECK(must(fixture.storage->star(std::vector<std::string>{"img_1_1", "img_2_0", "none"}, true)) ==
        2);
  CHECK(fixture.list({.starred = true}) == Ids{"2_0", "1_1"});
  CHECK(must(fixture.storage->gallery({.generation_id = "gen_1", .starred = true})).total == 1);
  CHECK(fixture.list({.generation_id = "gen_1",
                      .prompt_id = "prm_1",
                      .model = "demo",
                      .starred = true,
                      .search = "КОТ",
                      .parameter = "style",
                      .value = "oil",
                      .from = at(0),
                      .to = at(9)}) == Ids{"1_1"});
}

TEST_CASE("the search takes words in any case, of any script, and nothing else for a pattern") {
  Fixture fixture;
  CHECK(fixture.list({.search = "кот"}) == Ids{"1_1", "1_0"});
  CHECK(fixture.list({.search = "КОТ красный"}) == Ids{"1_0"});
  CHECK(fixture.list({.search = "  крыш  "}) == Ids{"1_0"});
  CHECK(fixture.list({.search = "елка"}) == Ids{"2_0"});
  CHECK(fixture.list({.search = "STRASSE"}) == Ids{"2_1"});
  CHECK(fixture.list({.search = "100%"}) == Ids{"2_1"});
  CHECK(fixture.list({.search = "1%0"}).empty());
  CHECK(fixture.list({.search = "_"}).empty());
  CHECK(fixture.list({.search = "кот собака"}).empty());
  CHECK(fixture.list({.search = " "}).size() == 5);
  CHECK(fixture.list({.search = "a e d o g r a d o g x"}).empty());  // More words than are taken.
}

TEST_CASE("a star is on the image and its task") {
  Fixture fixture;
  const std::int64_t before = must(fixture.storage->revision());
  CHECK(must(fixture.storage->star(std::vector<std::string>{"img_1_1"}, true)) == 1);
  Task task = must(fixture.storage->task("tsk_1_1")).value();
  CHECK(task.starred);
  CHECK(task.revision > before);
  must(fixture.storage->update(task));
  CHECK(must(fixture.storage->task("tsk_1_1"))->starred);
  CHECK(must(fixture.storage->star(std::vector<std::string>{"img_1_1"}, false)) == 1);
  CHECK_FALSE(must(fixture.storage->task("tsk_1_1"))->starred);
  CHECK(must(fixture.storage->star({}, true)) == 0);
}

TEST_CASE("a task whose image was removed stays done") {
  Fixture fixture;
  const std::int64_t before = must(fixture.storage->revision());
  CHECK(must(fixture.storage->task_of_image("img_1_1"))->id == "tsk_1_1");
  must(fixture.storage->remove_image("img_1_1"));
  const Task task = must(fixture.storage->task("tsk_1_1")).value();
  CHECK(task.status == TaskStatus::done);
  CHECK_FALSE(task.image);
  CHECK(task.revision > before);
  CHECK(fixture.list({.parameter = "style", .value = "oil"}) == Ids{"2_1"});
  CHECK_FALSE(must(fixture.storage->task_of_image("img_1_1")));
  CHECK(fixture.storage->remove_image("img_1_1").error().code == ErrorCode::not_found);
  CHECK(must(fixture.storage->use()).images == 4);
  CHECK(must(fixture.storage->use()).image_bytes == 400'000);
}

TEST_CASE("a new image takes the place of a task's old one") {
  Fixture fixture;
  Task task = must(fixture.storage->task("tsk_1_1")).value();
  task.image->id = "img_new";
  must(fixture.storage->update(task));
  CHECK_FALSE(must(fixture.storage->task_of_image("img_1_1")));
  CHECK(must(fixture.storage->task_of_image("img_new"))->id == "tsk_1_1");
  // No two tasks have one image.
  Task other = must(fixture.storage->task("tsk_1_0")).value();
  const std::int64_t revision = other.revision;
  other.image->id = "img_new";
  CHECK(fixture.storage->update(other).error().code == ErrorCode::conflict);
  CHECK(other.revision == revision);
  CHECK(must(fixture.storage->task("tsk_1_0"))->image->id == "img_1_0");
}

TEST_CASE("what the gallery can be filtered by is what its images were made of") {
  Fixture fixture;
  const GalleryFacets all = must(fixture.storage->gallery_facets(""));
  REQUIRE(all.generations.size() == 2);
  CHECK(all.generations[0].id == "gen_2");
  CHECK(all.generations[1].name == "Generation 1");
  CHECK(all.generations[1].images == 3);
  CHECK(all.prompts == std::vector<std::pair<std::string, std::string>>{{"prm_1", "Cats"}});
  CHECK(all.models == Ids{"demo", "gemini-3.1-flash-image"});
  REQUIRE(all.parameters.size() == 1);
  CHECK(all.parameters[0].first == "style");
  CHECK(all.parameters[0].second == Ids{"oil", "pencil"});

  must(fixture.storage->remove_image("img_2_1"));
  const GalleryFacets one = must(fixture.storage->gallery_facets("gen_2"));
  REQUIRE(one.generations.size() == 1);
  CHECK(one.generations[0].images == 1);
  CHECK(one.prompts.empty());
  CHECK(one.models == Ids{"gemini-3.1-flash-image"});
  CHECK(one.parameters[0].second == Ids{"pencil"});
  CHECK(must(fixture.storage->gallery_facets("none")).generations.empty());
}

TEST_CASE("old images are found for those who keep them only for a time") {
  Fixture fixture;
  const Timestamp before = test_start + std::chrono::seconds(3);
  CHECK(must(fixture.storage->images_before(before, 10)) == Ids{"img_1_0", "img_1_1", "img_1_2"});
  CHECK(must(fixture.storage->images_before(before, 2)) == Ids{"img_1_0", "img_1_1"});
  CHECK(must(fixture.storage->images_before(test_start, 10)).empty());
}

}  // namespace
}  // namespace godwit::imagegen
