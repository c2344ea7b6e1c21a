#include "imagegen/storage/storage.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <set>
#include <stdexcept>

#include "imagegen/storage/test_rows.h"
#include "testing/temporary_directory.h"

namespace godwit::imagegen {
namespace {

/// A storage in a directory of its own, which can be closed and opened again.
struct Fixture {
  TemporaryDirectory directory;
  std::unique_ptr<Storage> storage = must(Storage::open(path()));

  std::string path() const { return directory.path().string() + "/data"; }
  void reopen() {
    storage.reset();
    storage = must(Storage::open(path()));
  }
};

TEST_CASE("values and settings survive the process") {
  Fixture fixture;
  CHECK_FALSE(must(fixture.storage->value("a")));
  must(fixture.storage->set_value("a", std::string_view("bytes\0\xff", 7)));
  must(fixture.storage->set_value("b", ""));
  must(fixture.storage->set_value("c", "1"));
  must(fixture.storage->set_value("c", "2"));
  must(fixture.storage->set_value("d", "1"));
  must(fixture.storage->set_value("d", std::nullopt));

  CHECK(must(fixture.storage->settings()).retries == 3);
  AppSettings settings;
  settings.broker_url = "https://broker.example";
  settings.public_url = "https://app.example";
  settings.retries = 5;
  settings.default_rate_limit = 120;
  settings.account_rate_limit = 77;
  settings.flow_control = false;
  settings.local_processing = true;
  settings.image_provider = ProviderChoice::openai;
  settings.gemini_base_url = "http://g";
  settings.openai_base_url = "http://o";
  settings.image_model = "model";
  settings.text_model = "text";
  settings.image_timeout = std::chrono::seconds(99);
  settings.demo_latency = Milliseconds(10);
  settings.demo_temporary_error_percent = 1;
  settings.demo_rate_limit_error_percent = 2;
  settings.demo_permanent_error_percent = 3;
  settings.parameters_prompt = "Пиши \"кратко\"\n";
  settings.prompts_prompt = "p";
  settings.generations_prompt = "g";
  settings.retention_days = 30;
  must(fixture.storage->save_settings(settings));

  fixture.reopen();
  CHECK(must(fixture.storage->value("a")) == std::string("bytes\0\xff", 7));
  CHECK(must(fixture.storage->value("b")) == "");
  CHECK(must(fixture.storage->value("c")) == "2");
  CHECK_FALSE(must(fixture.storage->value("d")));
  const AppSettings read = must(fixture.storage->settings());
  CHECK(read.broker_url == settings.broker_url);
  CHECK(read.public_url == settings.public_url);
  CHECK(read.retries == 5);
  CHECK(read.default_rate_limit == 120);
  CHECK(read.account_rate_limit == 77);
  CHECK_FALSE(read.flow_control);
  CHECK(read.local_processing);
  CHECK(read.image_provider == ProviderChoice::openai);
  CHECK(read.gemini_base_url == "http://g");
  CHECK(read.openai_base_url == "http://o");
  CHECK(read.image_model == "model");
  CHECK(read.text_model == "text");
  CHECK(read.image_timeout == std::chrono::seconds(99));
  CHECK(read.demo_latency == Milliseconds(10));
  CHECK(read.demo_temporary_error_percent == 1);
  CHECK(read.demo_rate_limit_error_percent == 2);
  CHECK(read.demo_permanent_error_percent == 3);
  CHECK(read.parameters_prompt == settings.parameters_prompt);
  CHECK(read.prompts_prompt == "p");
  CHECK(read.generations_prompt == "g");
  CHECK(read.retention_days == 30);

  must(fixture.storage->set_value("settings", "{\"retries\": \"many\"}"));
  CHECK(fixture.storage->settings().error().code == ErrorCode::corrupt);
  must(fixture.storage->set_value("settings", "{\"of a newer version\": 1}"));
  CHECK(must(fixture.storage->settings()).retries == 3);
}

TEST_CASE("parameters are kept by name") {
  Fixture fixture;
  Parameter style{.id = "par_1", .name = "стиль", .values = {"масло", "a \"b\""}};
  style.created = style.updated = test_start;
  must(fixture.storage->insert(style));
  must(fixture.storage->insert(Parameter{.id = "par_2", .name = "color", .values = {}}));

  const Result<void> taken =
      fixture.storage->insert(Parameter{.id = "par_3", .name = "color", .values = {}});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(taken.error().message == "another parameter has the name color: choose a different one");
  style.name = "color";
  CHECK(fixture.storage->update(style).error().code == ErrorCode::conflict);

  style.name = "Стиль";
  style.values = {"тушь"};
  style.updated = test_start + Milliseconds(5);
  must(fixture.storage->update(style));
  fixture.reopen();
  const std::vector<Parameter> all = must(fixture.storage->parameters());
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "color");
  CHECK(all[1].name == "Стиль");
  const Parameter read = must(fixture.storage->parameter("par_1")).value();
  CHECK(read.values == std::vector<std::string>{"тушь"});
  CHECK(read.created == test_start);
  CHECK(read.updated == test_start + Milliseconds(5));

  must(fixture.storage->remove_parameter("par_1"));
  CHECK_FALSE(must(fixture.storage->parameter("par_1")));
  CHECK(fixture.storage->remove_parameter("par_1").error().code == ErrorCode::not_found);
  CHECK(fixture.storage->update(style).error().code == ErrorCode::not_found);
}

TEST_CASE("a prompt keeps what it was") {
  Fixture fixture;
  Prompt prompt{.id = "prm_1", .name = "Cats", .content = "one"};
  prompt.created = prompt.updated = test_start;
  must(fixture.storage->insert(prompt));
  must(fixture.storage->insert(Prompt{.id = "prm_2", .name = "Dogs", .content = "dog"}));

  prompt.content = "two";
  prompt.updated = test_start + Milliseconds(1);
  CHECK(must(fixture.storage->update(prompt)).version == 2);
  prompt.name = "Cats!";  // The same content: no version of its own.
  CHECK(must(fixture.storage->update(prompt)).version == 2);
  prompt.content = "three";
  prompt.updated = test_start + Milliseconds(2);
  CHECK(must(fixture.storage->update(prompt)).version == 3);

  const Prompt read = must(fixture.storage->prompt("prm_1")).value();
  CHECK(read.name == "Cats!");
  CHECK(read.content == "three");
  CHECK(read.created == test_start);
  const std::vector<PromptVersion> versions = must(fixture.storage->prompt_versions("prm_1"));
  REQUIRE(versions.size() == 2);
  CHECK(versions[0].version == 2);
  CHECK(versions[0].content == "two");
  CHECK(versions[0].created == test_start + Milliseconds(1));
  CHECK(versions[1].content == "one");

  prompt.name = "Dogs";
  prompt.content = "four";
  const Result<Prompt> taken = fixture.storage->update(prompt);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(must(fixture.storage->prompt_versions("prm_1")).size() == 2);  // All of it was undone.

  prompt.name = "Cats!";
  for (int i = 0; i < Storage::prompt_versions_max + 10; ++i) {
    prompt.content = std::to_string(i);
    must(fixture.storage->update(prompt));
  }
  CHECK(must(fixture.storage->prompt_versions("prm_1")).size() ==
        static_cast<std::size_t>(Storage::prompt_versions_max));

  must(fixture.storage->remove_prompt("prm_1"));
  CHECK(must(fixture.storage->prompt_versions("prm_1")).empty());
  CHECK(must(fixture.storage->prompts()).size() == 1);
  CHECK(fixture.storage->remove_prompt("prm_1").error().code == ErrorCode::not_found);
  CHECK(fixture.storage->update(prompt).error().code == ErrorCode::not_found);
}

TEST_CASE("templates are kept by name") {
  Fixture fixture;
  must(fixture.storage->insert(Template{"tpl_1", "b", "{\"rateLimit\":60}", test_start}));
  must(fixture.storage->insert(Template{"tpl_2", "a", "{}", test_start}));
  CHECK(fixture.storage->insert(Template{"tpl_3", "a", "{}", test_start}).error().code ==
        ErrorCode::conflict);
  const std::vector<Template> all = must(fixture.storage->templates());
  REQUIRE(all.size() == 2);
  CHECK(all[1].request_json == "{\"rateLimit\":60}");
  must(fixture.storage->remove_template("tpl_1"));
  CHECK(fixture.storage->remove_template("tpl_1").error().code == ErrorCode::not_found);
}

TEST_CASE("a generation is read as it was written") {
  Fixture fixture;
  Generation generation = test_generation("1");
  generation.prompts = {"один", "два {{style}}"};
  generation.parameters = {Parameter{.id = "par_1", .name = "style", .values = {"a", "b"}}};
  generation.parameters[0].created = test_start;
  generation.options = {.rate_limit = 7,
                        .model = "m",
                        .aspect_ratio = "16:9",
                        .size = "2K",
                        .quality = "best",
                        .images_per_variant = 3,
                        .seed_policy = SeedPolicy::increment,
                        .seed = -9'000'000'000,
                        .negative_prompt = "blur",
                        .style = "ink",
                        .retries = 9};
  generation.start_at = test_start + Milliseconds(7);
  must(fixture.storage->insert(generation, {}));
  CHECK(fixture.storage->insert(generation, {}).error().code == ErrorCode::conflict);
  Generation newer = test_generation("2");
  newer.created = test_start + Milliseconds(1);
  must(fixture.storage->insert(newer, {}));

  generation.name = "новое имя";
  generation.state = GenerationState::paused;
  generation.mode = Mode::local;
  generation.started = test_start + Milliseconds(1);
  generation.finished = test_start + Milliseconds(2);
  generation.start_at.reset();
  generation.limit_key = "imagegen:gemini:abc";
  generation.problem = Problem{.code = "qstash_token_missing",
                               .message = "Set it.",
                               .field = "f",
                               .params = {{"a", "1"}, {"b", "2"}},
                               .detail = "d",
                               .kind = ErrorCode::rate_limited};
  must(fixture.storage->update(generation));

  fixture.reopen();
  const std::vector<Generation> all = must(fixture.storage->generations());
  REQUIRE(all.size() == 2);
  CHECK(all[0].id == "gen_2");
  const Generation read = must(fixture.storage->generation("gen_1")).value();
  CHECK(read.name == "новое имя");
  CHECK(read.state == GenerationState::paused);
  CHECK(read.mode == Mode::local);
  CHECK(read.prompt_id == "prm_1");
  CHECK(read.prompts == generation.prompts);
  REQUIRE(read.parameters.size() == 1);
  CHECK(read.parameters[0].name == "style");
  CHECK(read.parameters[0].values == std::vector<std::string>{"a", "b"});
  CHECK(read.parameters[0].created == test_start);
  CHECK(read.options.rate_limit == 7);
  CHECK(read.options.model == "m");
  CHECK(read.options.aspect_ratio == "16:9");
  CHECK(read.options.size == "2K");
  CHECK(read.options.quality == "best");
  CHECK(read.options.images_per_variant == 3);
  CHECK(read.options.seed_policy == SeedPolicy::increment);
  CHECK(read.options.seed == -9'000'000'000);
  CHECK(read.options.negative_prompt == "blur");
  CHECK(read.options.style == "ink");
  CHECK(read.options.retries == 9);
  REQUIRE(read.problem);
  CHECK(read.problem->code == "qstash_token_missing");
  CHECK(read.problem->message == "Set it.");
  CHECK(read.problem->field == "f");
  CHECK(read.problem->params == generation.problem->params);
  CHECK(read.problem->detail == "d");
  CHECK(read.problem->kind == ErrorCode::rate_limited);
  CHECK(read.limit_key == "imagegen:gemini:abc");
  CHECK_FALSE(read.start_at);
  CHECK(read.created == test_start);
  CHECK(read.started == test_start + Milliseconds(1));
  CHECK(read.finished == test_start + Milliseconds(2));
  CHECK_FALSE(must(fixture.storage->generation("gen_3")));
  generation.id = "gen_3";
  CHECK(fixture.storage->update(generation).error().code == ErrorCode::not_found);
}

TEST_CASE("an error and an exception undo all of a transaction, inner ones only themselves") {
  Fixture fixture;
  Storage& storage = *fixture.storage;
  const Result<void> failed = storage.transaction([&]() -> Result<void> {
    must(storage.set_value("a", "1"));
    must(storage.insert(test_generation("1"), test_tasks(test_generation("1"), 3)));
    return fail(ErrorCode::conflict, "no");
  });
  CHECK(failed.error().message == "no");
  CHECK_THROWS_AS(must(storage.transaction([&]() -> Result<void> {
                    must(storage.set_value("a", "2"));
                    throw std::runtime_error("out of luck");
                  })),
                  std::runtime_error);
  CHECK_FALSE(must(storage.value("a")));
  CHECK_FALSE(must(storage.generation("gen_1")));
  CHECK_FALSE(must(storage.task("tsk_1_0")));

  must(storage.transaction([&]() -> Result<void> {
    must(storage.set_value("outer", "1"));
    const Result<void> inner = storage.transaction([&]() -> Result<void> {
      must(storage.set_value("inner", "1"));
      return fail(ErrorCode::conflict, "no");
    });
    CHECK_FALSE(inner);
    CHECK_FALSE(must(storage.value("inner")));
    return storage.set_value("after", "1");
  }));
  fixture.reopen();
  CHECK(must(fixture.storage->value("outer")) == "1");
  CHECK(must(fixture.storage->value("after")) == "1");
  CHECK_FALSE(must(fixture.storage->value("inner")));
}

TEST_CASE("a second process is refused with the directory's name") {
  Fixture fixture;
  const auto refused_here = [&] {
    const Result<std::unique_ptr<Storage>> second = Storage::open(fixture.path());
    return !second && second.error().code == ErrorCode::unavailable &&
           second.error().message == "another process uses the data directory " + fixture.path() +
                                         ": stop that process, or give this one another directory";
  };
  CHECK(refused_here());
  // A real one: nothing that a process knows about its own files can help.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(refused_here() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);

  must(fixture.storage->set_value("still", "works"));
  fixture.reopen();
  CHECK(must(fixture.storage->value("still")) == "works");
}

TEST_CASE("what success was told for survives kill -9") {
  TemporaryDirectory directory;
  const std::string path = directory.path().string();
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Result<std::unique_ptr<Storage>> storage = Storage::open(path);
    // Durable, then one that never ends.
    bool good = storage && (*storage)->set_value("done", "1");
    good = good && (*storage)->transaction([&]() -> Result<void> {
      if (!(*storage)->set_value("never", "1")) ::_exit(1);
      if (::write(pipe_ends[1], "x", 1) != 1) ::_exit(1);
      ::pause();
      return {};
    });
    ::_exit(good ? 0 : 1);
  }
  char byte = 0;
  REQUIRE(::read(pipe_ends[0], &byte, 1) == 1);
  REQUIRE(::kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);

  const std::unique_ptr<Storage> storage = must(Storage::open(path));
  CHECK(must(storage->value("done")) == "1");
  CHECK_FALSE(must(storage->value("never")));
}

TEST_CASE("a full disk is an error, and what was there stays") {
  Fixture fixture;
  must(fixture.storage->set_value("before", "1"));
  // The kernel lets no file grow any more: what a full disk looks like from here.
  struct rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 300'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string large(1'000'000, 'x');
  const Result<void> outer = fixture.storage->transaction([&]() -> Result<void> {
    must(fixture.storage->set_value("first", "1"));
    // Spilled or at the commit: somewhere it does not fit.
    Result<void> written = fixture.storage->set_value("large", large);
    for (int i = 0; i < 40 && written; ++i) {
      written = fixture.storage->set_value("large" + std::to_string(i), large);
    }
    // Whoever goes on in spite of the error gains nothing.
    if (!written) CHECK_FALSE(fixture.storage->set_value("second", "1"));
    return written;
  });
  const Result<void> alone = fixture.storage->set_value("alone", large);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(outer);
  CHECK(outer.error().code == ErrorCode::unavailable);
  REQUIRE_FALSE(alone);
  CHECK(alone.error().code == ErrorCode::unavailable);

  must(fixture.storage->set_value("after", "1"));
  fixture.reopen();
  CHECK(must(fixture.storage->value("before")) == "1");
  CHECK(must(fixture.storage->value("after")) == "1");
  for (const char* name : {"first", "second", "large", "alone"}) {
    CHECK_FALSE(must(fixture.storage->value(name)));
  }
}

TEST_CASE("nobody else may read the database") {
  Fixture fixture;
  must(fixture.storage->set_value("a", "1"));
  for (const char* name : {"", "/imagegen.sqlite", "/imagegen.sqlite-wal"}) {
    struct stat about{};
    REQUIRE(::stat((fixture.path() + name).c_str(), &about) == 0);
    CHECK((about.st_mode & 077) == 0);
  }
}

TEST_CASE("what is no database, or nobody can open, is refused with its name") {
  TemporaryDirectory directory;
  const std::string path = directory.path().string();
  std::ofstream(path + "/imagegen.sqlite") << std::string(10'000, 'x');
  Result<std::unique_ptr<Storage>> storage = Storage::open(path);
  REQUIRE_FALSE(storage);
  CHECK(storage.error().code == ErrorCode::corrupt);

  std::ofstream(path + "/file") << "x";
  storage = Storage::open(path + "/file/data");
  REQUIRE_FALSE(storage);
  CHECK(storage.error().code == ErrorCode::unavailable);
  CHECK(storage.error().message.find(path + "/file") != std::string::npos);
}

}  // namespace
}  // namespace godwit::imagegen
