#include "imagegen/http/wire/shapes.h"

#include <doctest/doctest.h>

#include "imagegen/http/wire/answer.h"

// Each golden is a value of the interface in contract.ts, member by member in its order.
namespace godwit::imagegen {
namespace {

constexpr Timestamp time = from_unix_ms(1'795'515'302'120);

template <typename Write>
std::string written(Write write) {
  std::string text;
  JsonWriter out(text);
  write(out);
  return text;
}

Task full_task() {
  Task task;
  task.id = "tsk_1";
  task.generation_id = "gen_1";
  task.index = 3;
  task.variant = {{"цвет", "red"}, {"size", "big"}};
  task.prompt = "a \"red\" fox";
  task.seed = 42;
  task.status = TaskStatus::done;
  task.phase = TaskPhase::none;
  task.attempt = 2;
  task.attempts_max = 4;
  task.message_id = "msg_1";
  task.image = ImageInfo{"img_1", "image/png", 1024, 768, 123'456};
  task.starred = true;
  task.duration = Milliseconds(1'234);
  task.cost_microusd = 39'000;
  task.started = time;
  task.finished = time + Milliseconds(880);
  return task;
}

}  // namespace

TEST_CASE("a finished task is written as TaskResult and Task") {
  const Task task = full_task();
  const std::string result =
      R"("taskId":"tsk_1","generationId":"gen_1","index":3,"status":"done","phase":"",)"
      R"("imageUrl":"/images/img_1","thumbUrl":"/images/img_1/thumb","error":null,"attempt":2,)"
      R"("maxAttempts":4,"dueAt":null,"startedAt":"2026-11-24T10:15:02.120Z",)"
      R"("completedAt":"2026-11-24T10:15:03.000Z","durationMs":1234)";
  CHECK(written([&](JsonWriter& out) { write_task_result(out, task); }) == "{" + result + "}");
  CHECK(written([&](JsonWriter& out) { write_task(out, task, "http://b/messages?label=x"); }) ==
        "{" + result +
            R"(,"prompt":"a \"red\" fox","variant":{"цвет":"red","size":"big"},"seed":42,)"
            R"("messageId":"msg_1","messageUrl":"http://b/messages?label=x&messageId=msg_1",)"
            R"("image":{"id":"img_1","mime":"image/png","width":1024,"height":768,)"
            R"("bytes":123456},"costUsd":0.039,"starred":true})");
}

TEST_CASE("a task that waits for another attempt says why and until when") {
  Task task;
  task.id = "tsk_2";
  task.generation_id = "gen_1";
  task.status = TaskStatus::pending;
  task.phase = TaskPhase::retry_wait;
  task.attempts_max = 4;
  task.attempt = 1;
  task.due = time;
  task.error = TaskError{"rate_limited", "Too many.", "quota exceeded", 429, "gemini", time};
  CHECK(written([&](JsonWriter& out) { write_task_result(out, task); }) ==
        R"({"taskId":"tsk_2","generationId":"gen_1","index":0,"status":"pending",)"
        R"("phase":"retry_wait","imageUrl":null,"thumbUrl":null,"error":{"code":"rate_limited",)"
        R"("message":"Too many.","detail":"quota exceeded","httpStatus":429,"provider":"gemini",)"
        R"("at":"2026-11-24T10:15:02.120Z"},"attempt":1,"maxAttempts":4,)"
        R"("dueAt":"2026-11-24T10:15:02.120Z","startedAt":null,"completedAt":null,)"
        R"("durationMs":null})");
}

TEST_CASE("a generation is written with all that is worked out for it") {
  GenerationView view;
  view.generation.id = "gen_1";
  view.generation.name = "Foxes";
  view.generation.state = GenerationState::finished_with_errors;
  view.generation.prompts = {"a {{c}} fox"};
  view.generation.parameters = {Parameter{"par_1", "c", {"red", "grey"}, {}, {}}};
  view.generation.options.model = "demo";
  view.generation.created = time;
  view.summary = {.pending = 1, .processing = 2, .done = 3, .failed = 4, .canceled = 5};
  view.sending = Sending{37, 120, false, Problem{.code = "broker_unreachable", .message = "No."}};
  view.eta = Eta{time, false};
  view.estimated_microusd = 1'500'000;
  view.actual_microusd = 0;
  view.mean_duration = Milliseconds(900);
  view.console_url = "http://b/m";
  CHECK(written([&](JsonWriter& out) { write_generation(out, view); }) ==
        R"({"id":"gen_1","name":"Foxes","state":"finished_with_errors","mode":"broker",)"
        R"("promptId":null,"prompts":["a {{c}} fox"],"parameters":{"c":["red","grey"]},)"
        R"("options":{"rateLimit":60,"model":"demo","aspectRatio":"","size":"","quality":"",)"
        R"("imagesPerVariant":1,"seedPolicy":"none","seed":null,"negativePrompt":"","style":"",)"
        R"("retries":3},"summary":{"pending":1,"processing":2,"done":3,"failed":4,"canceled":5,)"
        R"("total":15},"sending":{"sent":37,"total":120,"active":false,"problem":)"
        R"({"code":"broker_unreachable","message":"No."}},"eta":{"at":"2026-11-24T10:15:02.120Z",)"
        R"("bottleneck":"generation"},"costUsd":{"estimated":1.5,"actual":0},)"
        R"("meanDurationMs":900,"problem":null,"consoleUrl":"http://b/m","label":"imagegen:gen_1",)"
        R"("startAt":null,"createdAt":"2026-11-24T10:15:02.120Z","startedAt":null,)"
        R"("finishedAt":null})");
}

TEST_CASE("a preview tells interval and duration") {
  Preview preview;
  preview.tasks = 8;
  preview.variants = 4;
  preview.sample = {{"a red fox", {{"c", "red"}}}};
  preview.unknown_parameters = {"d"};
  preview.last_due = time + Milliseconds(3'600'000);
  preview.cost_microusd = 312'000;
  preview.warnings = {Problem{.code = "many_images", .message = "Many.", .params = {{"n", "8"}}}};
  CHECK(written([&](JsonWriter& out) { write_preview(out, preview, 7, time); }) ==
        R"({"tasks":8,"variants":4,"sample":[{"prompt":"a red fox","variant":{"c":"red"}}],)"
        R"("unknownParameters":["d"],"intervalSeconds":514.286,)"
        R"("lastDueAt":"2026-11-24T11:15:02.120Z","durationSeconds":3600,"costUsd":0.312,)"
        R"("warnings":[{"code":"many_images","message":"Many.","params":{"n":8}}]})");
}

TEST_CASE("parameters, prompts and templates are written") {
  const Parameter color{"par_1", "c", {"red", "grey"}, time, time};
  CHECK(written([&](JsonWriter& out) { write_parameter(out, color); }) ==
        R"({"id":"par_1","name":"c","values":["red","grey"],)"
        R"("createdAt":"2026-11-24T10:15:02.120Z","updatedAt":"2026-11-24T10:15:02.120Z"})");
  const Prompt prompt{"prm_1", "Fox", "a {{c}} fox", 2, time, time};
  CHECK(written([&](JsonWriter& out) { write_prompt(out, prompt, {&color, 1}); }) ==
        R"({"id":"prm_1","name":"Fox","content":"a {{c}} fox","parameters":["c"],)"
        R"("unknownParameters":[],"variants":2,"version":2,)"
        R"("createdAt":"2026-11-24T10:15:02.120Z","updatedAt":"2026-11-24T10:15:02.120Z"})");
  CHECK(written([&](JsonWriter& out) {
          write_prompt(out, prompt, {});
        }).find(R"("unknownParameters":["c"],"variants":0)") != std::string::npos);
  CHECK(written([&](JsonWriter& out) { write_prompt_version(out, {1, "a fox", time}); }) ==
        R"({"version":1,"content":"a fox","createdAt":"2026-11-24T10:15:02.120Z"})");
  CHECK(written([&](JsonWriter& out) {
          write_template(out, {"tpl_1", "Mine", R"({"rateLimit":60})", time});
        }) == R"({"id":"tpl_1","name":"Mine","request":{"rateLimit":60},)"
              R"("createdAt":"2026-11-24T10:15:02.120Z"})");
}

TEST_CASE("a model is written with its prices, and where to go when it is gone") {
  ImageModel model;
  model.id = "imagen-4";
  model.title = "Imagen 4";
  model.provider = ProviderKind::imagen;
  model.aspect_ratios = {"1:1"};
  model.sizes = {"1K"};
  model.prices_microusd = {{"1K", 40'000}};
  model.gone_since = "2026-08-17";
  model.replacement = "newer";
  CHECK(written([&](JsonWriter& out) { write_model(out, model, true); }) ==
        R"({"id":"imagen-4","title":"Imagen 4","provider":"gemini","aspectRatios":["1:1"],)"
        R"("sizes":["1K"],"qualities":[],"seed":false,"negativePrompt":false,)"
        R"("pricesUsd":{"1K":0.04},"available":true,"gone":{"since":"2026-08-17",)"
        R"("replacement":"newer"}})");
}

TEST_CASE("a picture of the gallery is written") {
  GalleryItem item;
  item.task = full_task();
  item.generation_name = "Foxes";
  item.model = "demo";
  item.created = time;
  CHECK(written([&](JsonWriter& out) { write_gallery_image(out, item); }) ==
        R"({"id":"img_1","taskId":"tsk_1","generationId":"gen_1","generationName":"Foxes",)"
        R"("promptId":null,"model":"demo","prompt":"a \"red\" fox","variant":{"цвет":"red",)"
        R"("size":"big"},"url":"/images/img_1","thumbUrl":"/images/img_1/thumb",)"
        R"("mime":"image/png","width":1024,"height":768,"bytes":123456,"seed":42,"starred":true,)"
        R"("demo":true,"createdAt":"2026-11-24T10:15:02.120Z"})");
}

TEST_CASE("the broker's state is written, also before it was looked at") {
  BrokerState state;
  state.url = "http://127.0.0.1:8080";
  CHECK(written([&](JsonWriter& out) { write_broker_state(out, state); }) ==
        R"({"configured":false,"reachable":null,"kind":"unknown","version":null,)"
        R"("url":"http://127.0.0.1:8080","consoleUrl":null,"checkedAt":null,"problem":null})");
  state.reachable = false;
  state.kind = BrokerKind::godwit;
  state.problem = Problem{.code = "broker_unreachable", .message = "No.", .detail = "refused"};
  CHECK(written([&](JsonWriter& out) {
          write_broker_state(out, state);
        }).find(R"("reachable":false,"kind":"godwit")") != std::string::npos);
}

TEST_CASE("a diagnosis is written") {
  Diagnosis diagnosis;
  diagnosis.checks = {
      {"token", "failed", "", Problem{.code = "x", .message = "X."}, Milliseconds(5)}};
  TaskDebug debug;
  debug.broker_state = "ACTIVE";
  debug.broker_detail = "503";
  debug.webhook_log = {{time, "tsk_1", "", 2, 503, "rate_limited", Milliseconds(7)}};
  debug.lease_until = time;
  debug.lease_lapsed = true;
  Task task;
  task.id = "tsk_1";
  diagnosis.stuck = {{task, debug}};
  diagnosis.rate_limits = {{"gen_1", "Foxes", 3, "per day", time, 20}};
  const std::string text = written([&](JsonWriter& out) { write_diagnosis(out, diagnosis, {}); });
  CHECK(text.starts_with(R"({"checks":[{"id":"token","state":"failed","detail":"",)"
                         R"("problem":{"code":"x","message":"X."},"durationMs":5}],"stuck":[{)"));
  CHECK(text.find(R"("debug":{"brokerMessage":{"state":"ACTIVE","detail":"503"},"webhookLog":)"
                  R"([{"at":"2026-11-24T10:15:02.120Z","taskId":"tsk_1","messageId":null,)"
                  R"("attempt":2,"status":503,"code":"rate_limited","durationMs":7}],)"
                  R"("lease":{"until":"2026-11-24T10:15:02.120Z","lapsed":true}})") !=
        std::string::npos);
  CHECK(text.ends_with(R"("rateLimits":[{"generationId":"gen_1","name":"Foxes","count":3,)"
                       R"("quota":"per day","at":"2026-11-24T10:15:02.120Z",)"
                       R"("suggestedRateLimit":20}],"webhookLog":[]})"));
}

TEST_CASE("money is exact") {
  CHECK(dollars(0) == "0");
  CHECK(dollars(39'000) == "0.039");
  CHECK(dollars(1) == "0.000001");
  CHECK(dollars(12'000'000) == "12");
  CHECK(dollars(1'234'567'890'120) == "1234567.89012");
}

TEST_CASE("a problem's kind decides the status of the answer") {
  Problem problem{.code = "c", .message = "m"};
  CHECK(problem_answer(problem).status == 409);
  problem.kind = ErrorCode::unavailable;
  const HttpResponse response = problem_answer(problem);
  CHECK(response.status == 503);
  CHECK(find_header(response.headers, "Retry-After") != nullptr);
  CHECK(response.body == R"({"error":{"code":"c","message":"m"}})");
  CHECK(problem_answer(storage_problem({ErrorCode::corrupt, "x"})).status == 500);
  CHECK(storage_problem({ErrorCode::conflict, "x"}).code == "name_taken");
}

}  // namespace godwit::imagegen
