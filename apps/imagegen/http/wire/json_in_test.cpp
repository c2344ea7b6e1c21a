#include "imagegen/http/wire/json_in.h"

#include <doctest/doctest.h>

#include "imagegen/http/wire/requests.h"

namespace godwit::imagegen {
namespace {

struct Form {
  std::string name;
  int count = 3;
  bool flag = false;
  std::vector<std::string> items;
  std::string inner;
};

Outcome<Form> read(std::string_view body) {
  return read_body<Form>(body, [](JsonMembers& in, Form& form) {
    in.need("name").trimmed("name", form.name, {.least = 1, .most = 5});
    in.integer("count", form.count, 1, 10);
    in.boolean("flag", form.flag);
    in.texts("items", form.items, 1, 2, {.least = 1, .most = 3});
    if (auto object = in.object("inner")) {
      object->choice("word", form.inner, {"one", "two"});
      object->end();
    }
  });
}

}  // namespace

TEST_CASE("members are read, and those left out keep their default") {
  const Outcome<Form> form =
      read(R"({"name":" кот ","flag":true,"items":["a","b"],"inner":{"word":"two"}})");
  REQUIRE(form);
  CHECK(form->name == "кот");
  CHECK(form->count == 3);
  CHECK(form->flag);
  CHECK(form->items == std::vector<std::string>{"a", "b"});
  CHECK(form->inner == "two");
}

TEST_CASE("whatever is wrong with a body is told with the member's name") {
  struct Row {
    const char* body;
    const char* field;
  };
  for (const Row& row : {
           Row{"", "name"},
           Row{"{}", "name"},
           Row{R"({"name":5})", "name"},
           Row{R"({"name":""})", "name"},
           Row{R"({"name":"   "})", "name"},
           Row{R"({"name":"длинно"})", "name"},
           Row{R"({"name":"a\nb"})", "name"},
           Row{R"({"name":null})", "name"},
           Row{R"({"name":"a","count":0})", "count"},
           Row{R"({"name":"a","count":11})", "count"},
           Row{R"({"name":"a","count":1.5})", "count"},
           Row{R"({"name":"a","count":"1"})", "count"},
           Row{R"({"name":"a","flag":1})", "flag"},
           Row{R"({"name":"a","items":[]})", "items"},
           Row{R"({"name":"a","items":["a","b","c"]})", "items"},
           Row{R"({"name":"a","items":["a",1]})", "items[1]"},
           Row{R"({"name":"a","items":["a","long"]})", "items[1]"},
           Row{R"({"name":"a","inner":[]})", "inner"},
           Row{R"({"name":"a","inner":{"word":"three"}})", "inner.word"},
           Row{R"({"name":"a","inner":{"other":1}})", "inner.other"},
           Row{R"({"name":"a","counts":1})", "counts"},
           Row{R"([])", ""},
           Row{R"({"name":"a")", ""},
           Row{"{\"name\":\"\xff\"}", ""},
       }) {
    INFO(row.body);
    const Outcome<Form> form = read(row.body);
    REQUIRE_FALSE(form);
    CHECK(form.error().code == "invalid");
    CHECK(form.error().field == row.field);
    CHECK(form.error().kind == ErrorCode::invalid_argument);
    CHECK_FALSE(form.error().message.empty());
  }
}

TEST_CASE("a member that was misspelled is asked about") {
  CHECK(read(R"({"name":"a","cuont":1})").error().message ==
        "There is no member \"cuont\" here; did you mean \"count\"?");
}

TEST_CASE("a generation's request needs exactly one source of prompts") {
  const GenerationOptions defaults;
  const auto field = [&](std::string_view body) {
    const auto request = read_generation_request(body, defaults);
    return request ? std::string("-") : request.error().field;
  };
  CHECK(field(R"({"name":"n","rateLimit":60,"model":"demo","prompts":["a"]})") == "-");
  CHECK(field(R"({"name":"n","rateLimit":60,"model":"demo","promptId":"prm_1"})") == "-");
  CHECK(field(R"({"name":"n","rateLimit":60,"model":"demo"})") == "promptId");
  CHECK(field(R"({"name":"n","rateLimit":60,"model":"demo","promptId":"p","prompts":["a"]})") ==
        "prompts");
  CHECK(field(R"({"name":"n","rateLimit":3601,"model":"demo","prompts":["a"]})") == "rateLimit");
  CHECK(field(R"({"name":"n","rateLimit":0,"model":"demo","prompts":["a"]})") == "rateLimit");
  CHECK(field(R"({"name":"","rateLimit":1,"model":"demo","prompts":["a"]})") == "name");
  CHECK(field(R"({"name":"n","rateLimit":1,"model":"demo","prompts":["a"],"startAt":"soon"})") ==
        "startAt");
  CHECK(field(R"({"name":"n","rateLimit":1,"model":"demo","prompts":["a"],"startAt":null})") ==
        "-");
}

TEST_CASE("a preview needs no name, and all members of a request arrive") {
  GenerationOptions defaults;
  defaults.retries = 7;
  const auto request = read_preview_request(
      R"({"name":"","rateLimit":120,"model":"m","prompts":["a {{b}}"],"aspectRatio":"16:9",)"
      R"("size":"2K","quality":"best","imagesPerVariant":4,"seedPolicy":"increment","seed":42,)"
      R"("negativePrompt":"text","style":"ink","startAt":"2026-11-24T10:15:02.120Z"})",
      defaults);
  REQUIRE(request);
  CHECK(request->options.rate_limit == 120);
  CHECK(request->options.model == "m");
  CHECK(request->options.aspect_ratio == "16:9");
  CHECK(request->options.size == "2K");
  CHECK(request->options.quality == "best");
  CHECK(request->options.images_per_variant == 4);
  CHECK(request->options.seed_policy == SeedPolicy::increment);
  CHECK(request->options.seed == 42);
  CHECK(request->options.negative_prompt == "text");
  CHECK(request->options.style == "ink");
  CHECK(request->options.retries == 7);
  CHECK(request->start_at == from_unix_ms(1'795'515'302'120));
}

}  // namespace godwit::imagegen
