#include "imagegen/http/resources/resources.h"

#include "imagegen/http/metrics.h"
#include "imagegen/http/openapi.h"
#include "imagegen/http/test_site.h"

namespace godwit::imagegen {
namespace {

std::string code_of(const Json& json) { return json.string("/error/code"); }

}  // namespace

TEST_CASE("parameters are made, changed, listed and deleted") {
  TestSite site;
  const Json made =
      site.json(200, "POST", "/api/parameters", R"({"name":"цвет","values":["red","grey","red"]})");
  const std::string id = made.string("/id");
  CHECK(made.size("/values") == 2);
  CHECK(code_of(site.json(409, "POST", "/api/parameters", R"({"name":"цвет","values":["a"]})")) ==
        "name_taken");
  CHECK(site.json(400, "POST", "/api/parameters", R"({"name":"1a","values":["a"]})")
            .string("/error/field") == "name");
  site.clock.advance(Milliseconds(1'000));
  const Json changed =
      site.json(200, "PUT", "/api/parameters/" + id, R"({"name":"color","values":["blue"]})");
  CHECK(changed.string("/createdAt") != changed.string("/updatedAt"));
  CHECK(site.json(200, "GET", "/api/parameters").string("/parameters/0/name") == "color");
  site.json(404, "PUT", "/api/parameters/par_none", R"({"name":"x","values":["a"]})");
  site.json(200, "DELETE", "/api/parameters/" + id);
  CHECK(code_of(site.json(404, "DELETE", "/api/parameters/" + id)) == "not_found");
  CHECK(code_of(site.json(409, "POST", "/api/parameters/generate",
                          R"({"name":"c","topic":"t","count":5,"language":"ru","existing":[]})")) ==
        "openai_key_missing");
}

TEST_CASE("prompts keep their versions and know which parameters they lack") {
  TestSite site;
  const std::string id =
      site.json(200, "POST", "/api/prompts", R"({"name":"Fox","content":"a {{color}} fox"})")
          .string("/id");
  CHECK(site.json(200, "GET", "/api/prompts").string("/prompts/0/unknownParameters/0") == "color");
  site.json(200, "POST", "/api/parameters", R"({"name":"color","values":["red","grey"]})");
  CHECK(site.json(200, "GET", "/api/prompts").integer("/prompts/0/variants") == 2);
  CHECK(site.json(200, "PUT", "/api/prompts/" + id, R"({"name":"Fox","content":"a fox"})")
            .integer("/version") == 2);
  const Json versions = site.json(200, "GET", "/api/prompts/" + id + "/versions");
  CHECK(versions.string("/versions/0/content") == "a {{color}} fox");
  site.json(404, "GET", "/api/prompts/prm_none/versions");
  site.json(200, "DELETE", "/api/prompts/" + id);
}

TEST_CASE("prompts are imported, all of them or none") {
  TestSite site;
  const Json made = site.json(200, "POST", "/api/prompts/import",
                              R"({"format":"csv","text":"name,prompt\nFox,a fox\nCat,a cat\n"})");
  CHECK(made.size("/prompts") == 2);
  CHECK(site.json(200, "POST", "/api/prompts/import",
                  R"({"format":"csv","text":"name,prompt\nFox,another fox\n"})")
            .string("/prompts/0/name") == "Fox 2");
  CHECK(site.json(400, "POST", "/api/prompts/import", R"({"format":"csv","text":"no header"})")
            .string("/error/field") == "text");
  CHECK(site.json(200, "GET", "/api/prompts").size("/prompts") == 3);
}

TEST_CASE("settings are changed member by member, secrets are masked") {
  TestSite site;
  const Json before = site.json(200, "GET", "/api/settings");
  CHECK(before.string("/secrets/geminiApiKey/source") == "none");
  CHECK(before.string("/broker/url/source") == "default");
  CHECK(before.string("/broker/webhookUrl") == "http://127.0.0.1:8081/api/process-generation-task");
  const Json after = site.json(
      200, "PUT", "/api/settings",
      R"({"secrets":{"geminiApiKey":" AIza-secret-key-1234 "},)"
      R"("broker":{"publicUrl":"https://images.example.com/","retries":5,"accountRateLimit":100},)"
      R"("providers":{"timeoutSeconds":60},"demo":{"latencyMs":10},)"
      R"("systemPrompts":{"parameters":"Be brief."},"storage":{"retentionDays":30}})");
  CHECK(after.string("/secrets/geminiApiKey/masked") == "••••1234");
  CHECK(after.string("/secrets/geminiApiKey/source") == "saved");
  CHECK(after.string("/broker/publicUrl/value") == "https://images.example.com");
  CHECK(after.integer("/broker/retries") == 5);
  CHECK(after.integer("/broker/accountRateLimit") == 100);
  CHECK(after.integer("/broker/defaultRateLimit") == 60);
  CHECK(after.integer("/providers/timeoutSeconds") == 60);
  CHECK(after.string("/systemPrompts/parameters") == "Be brief.");
  CHECK(after.string("/systemPrompts/prompts") == after.string("/systemPromptDefaults/prompts"));
  CHECK(after.integer("/storage/retentionDays") == 30);
  CHECK(site.json(200, "GET", "/api/status").boolean("/keys/geminiApiKey"));

  const Json cleared = site.json(
      200, "PUT", "/api/settings",
      R"({"secrets":{"geminiApiKey":null},"broker":{"publicUrl":null,"accountRateLimit":null}})");
  CHECK_FALSE(cleared.boolean("/secrets/geminiApiKey/set"));
  CHECK(cleared.string("/broker/publicUrl/source") == "default");
  CHECK(cleared.is_null("/broker/accountRateLimit"));
}

TEST_CASE("wrong settings name their member and change nothing") {
  TestSite site;
  struct Row {
    const char* body;
    const char* field;
  };
  for (const Row& row : {
           Row{R"({"broker":{"url":"ftp://x"}})", "broker.url"},
           Row{R"({"broker":{"publicUrl":"https://u:p@x.example"}})", "broker.publicUrl"},
           Row{R"({"broker":{"retries":101}})", "broker.retries"},
           Row{R"({"broker":{"accountRateLimit":0}})", "broker.accountRateLimit"},
           Row{R"({"providers":{"timeoutSeconds":5}})", "providers.timeoutSeconds"},
           Row{R"({"providers":{"imageProvider":"midjourney"}})", "providers.imageProvider"},
           Row{R"({"demo":{"permanentErrorPercent":101}})", "demo.permanentErrorPercent"},
           Row{R"({"secrets":{"qstashToken":""}})", "secrets.qstashToken"},
           Row{R"({"storage":{"retentionDays":0}})", "storage.retentionDays"},
           Row{R"({"broker":{"retries":1},"storage":{"x":1}})", "storage.x"},
       }) {
    INFO(row.body);
    CHECK(site.json(400, "PUT", "/api/settings", row.body).string("/error/field") == row.field);
  }
  CHECK(site.json(200, "GET", "/api/settings").integer("/broker/retries") == 3);
}

TEST_CASE("what the environment sets is shown as such and cannot be changed") {
  TestSiteSettings settings;
  settings.environment.qstash_token = "token-of-the-environment-9876";
  settings.environment.vercel_url = "app.example.com";
  TestSite site(settings);
  const Json now = site.json(200, "GET", "/api/settings");
  CHECK(now.string("/secrets/qstashToken/source") == "environment");
  CHECK(now.string("/secrets/qstashToken/masked") == "••••9876");
  CHECK(now.string("/broker/webhookUrl") == "https://app.example.com/api/process-generation-task");
  CHECK(site.json(400, "PUT", "/api/settings", R"({"secrets":{"qstashToken":"other"}})")
            .string("/error/field") == "secrets.qstashToken");
  CHECK(site.json(400, "PUT", "/api/settings", R"({"broker":{"publicUrl":null}})")
            .string("/error/field") == "broker.publicUrl");
}

TEST_CASE("a generation is previewed, made, listed, read and deleted") {
  TestSite site;
  const Json preview = site.json(200, "POST", "/api/generations/preview",
                                 R"({"rateLimit":60,"model":"demo","prompts":["a fox","a cat"]})");
  CHECK(preview.integer("/tasks") == 2);
  CHECK(preview.integer("/intervalSeconds") == 60);
  CHECK(preview.integer("/durationSeconds") == 60);
  const std::string id = site.generation(3);
  CHECK(site.json(200, "GET", "/api/generations?search=fox&state=ready")
            .string("/generations/0/id") == id);
  CHECK(site.json(200, "GET", "/api/generations/" + id).integer("/summary/pending") == 3);
  CHECK(site.json(400, "GET", "/api/generations?state=odd").string("/error/field") == "state");
  const Json tasks =
      site.json(200, "GET", "/api/generations/" + id + "/tasks?status=pending&offset=1&limit=1");
  CHECK(tasks.integer("/total") == 3);
  CHECK(tasks.size("/tasks") == 1);
  CHECK(tasks.integer("/tasks/0/index") == 1);
  site.json(404, "GET", "/api/generations/gen_none");
  site.json(404, "GET", "/api/generations/gen_none/tasks");
  CHECK(code_of(site.json(409, "POST", "/api/generations/" + id + "/start", "{}")) ==
        "qstash_token_missing");
  CHECK(site.json(400, "POST", "/api/generations/" + id + "/start", R"({"mode":"fast"})")
            .string("/error/field") == "mode");
  CHECK(site.json(400, "POST", "/api/generations/" + id + "/replan", R"({"rateLimit":0})")
            .string("/error/field") == "rateLimit");
  site.finish(site.tasks(id).front());
  CHECK(site.json(200, "DELETE", "/api/generations/" + id).integer("/images") == 1);
  site.json(404, "GET", "/api/generations/" + id);
}

TEST_CASE("results are read again and again, by cursor, and 304 says that nothing changed") {
  TestSite site;
  const std::string id = site.generation(2);
  const std::string url = "/api/task-results?generationId=" + id;
  const HttpResponse first = site.call("GET", url);
  REQUIRE(first.status == 200);
  const Json all(first.body);
  const std::vector<Task> tasks = site.tasks(id);
  CHECK(all.has("/results/" + tasks[0].id));
  CHECK(all.has("/results/" + tasks[1].id));
  CHECK(all.integer("/summary/total") == 2);
  CHECK(all.string("/state") == "ready");
  const std::string etag = header_of(first, "ETag");
  CHECK_FALSE(etag.empty());

  HttpRequest again = site.request("GET", url);
  again.headers.push_back({"If-None-Match", etag});
  CHECK(site.send(again).status == 304);

  site.finish(tasks[0]);
  CHECK(site.send(again).status == 200);
  const std::string since = "&since=" + all.string("/cursor");
  const Json changed = site.json(200, "GET", url + since);
  CHECK(changed.has("/results/" + tasks[0].id));
  CHECK_FALSE(changed.has("/results/" + tasks[1].id));
  CHECK(changed.string("/results/" + tasks[0].id + "/status") == "done");
  // Reading deletes nothing.
  CHECK(site.json(200, "GET", url + since).has("/results/" + tasks[0].id));
  CHECK_FALSE(site.json(200, "GET", url + "&since=" + changed.string("/cursor"))
                  .has("/results/" + tasks[0].id));
  CHECK(site.json(200, "GET", url + "&since=999999999").has("/results/" + tasks[1].id));
  CHECK_FALSE(
      site.json(200, "GET", url + "&taskIds=" + tasks[1].id).has("/results/" + tasks[0].id));
}

TEST_CASE("results of nobody, or since no time, are refused") {
  TestSite site;
  CHECK(site.json(400, "GET", "/api/task-results").string("/error/field") == "generationId");
  site.json(404, "GET", "/api/task-results?generationId=gen_none");
  const std::string id = site.generation(1);
  CHECK(site.json(400, "GET", "/api/task-results?generationId=" + id + "&since=yesterday")
            .string("/error/field") == "since");
  CHECK(site.json(400, "GET", "/api/task-results?generationId=" + id + "&debug=maybe")
            .string("/error/field") == "debug");
}

TEST_CASE("debug tells of tasks that are not final what the broker and the webhook know") {
  TestSite site;
  const std::string id = site.generation(2);
  const std::vector<Task> tasks = site.tasks(id);
  site.finish(tasks[0]);
  const Json answer = site.json(200, "GET", "/api/task-results?debug=1&generationId=" + id);
  CHECK_FALSE(answer.has("/debug/" + tasks[0].id));
  CHECK(answer.size("/debug/" + tasks[1].id + "/webhookLog") == 0);
}

TEST_CASE("images are served with their type, for good, and downloaded under a readable name") {
  TestSite site;
  const std::string image = site.finish(site.tasks(site.generation(1)).front());
  const HttpResponse file = site.call("GET", "/images/" + image);
  REQUIRE(file.status == 200);
  CHECK(file.body == tiny_png());
  CHECK(header_of(file, "Content-Type") == "image/png");
  CHECK(header_of(file, "X-Content-Type-Options") == "nosniff");
  CHECK(header_of(file, "Cache-Control") == "private, max-age=31536000, immutable");
  CHECK(header_of(file, "Content-Disposition") == "inline");
  const HttpResponse download = site.call("GET", "/images/" + image + "?download=1");
  CHECK(header_of(download, "Content-Disposition")
            .starts_with("attachment; filename=\"0001-a-red-fox-1.png\""));
  const HttpResponse thumb = site.call("GET", "/images/" + image + "/thumb");
  CHECK(thumb.status == 200);
  CHECK(header_of(thumb, "Content-Type") == "image/webp");
  HttpRequest again = site.request("GET", "/images/" + image);
  again.headers.push_back({"If-None-Match", header_of(file, "ETag")});
  CHECK(site.send(again).status == 304);
  CHECK(site.call("GET", "/images/..%2f..%2fsecret.key").status == 404);
  CHECK(site.call("GET", "/images/img_none/thumb").status == 404);
}

TEST_CASE("the gallery filters, stars and deletes") {
  TestSite site;
  const std::string id = site.generation(3);
  std::vector<std::string> images;
  for (const Task& task : site.tasks(id)) {
    images.push_back(site.finish(task));
    site.clock.advance(Milliseconds(1'000));
  }
  const Json page = site.json(200, "GET", "/api/images?generationId=" + id + "&limit=2");
  CHECK(page.integer("/total") == 3);
  CHECK(page.string("/images/0/id") == images[2]);
  CHECK(site.json(200, "GET", "/api/images?order=oldest").string("/images/0/id") == images[0]);
  CHECK(site.json(200, "GET", "/api/images?search=FOX%202").integer("/total") == 1);
  CHECK(site.json(200, "POST", "/api/images/star",
                  R"({"ids":[")" + images[1] + R"("],"starred":true})")
            .integer("/changed") == 1);
  CHECK(site.json(200, "GET", "/api/images?starred=1").integer("/total") == 1);
  for (const char* query : {"starred=x", "order=up", "from=now", "parameter=x", "limit=501"}) {
    INFO(query);
    CHECK(site.json(400, "GET", std::string("/api/images?") + query)
              .string("/error/field")
              .starts_with(std::string(query).substr(0, 4)));
  }
  const Json facets = site.json(200, "GET", "/api/images/facets");
  CHECK(facets.integer("/generations/0/images") == 3);
  CHECK(facets.string("/models/0") == "demo");

  site.json(200, "DELETE", "/api/images/" + images[0]);
  CHECK(site.call("GET", "/images/" + images[0]).status == 404);
  CHECK(site.json(200, "POST", "/api/images/delete",
                  R"({"ids":[")" + images[0] + R"(",")" + images[1] + R"("]})")
            .integer("/deleted") == 1);
  CHECK(site.tasks(id)[0].status == TaskStatus::done);
}

TEST_CASE("templates keep a form, and only what a form may say") {
  TestSite site;
  const std::string id = site.json(200, "POST", "/api/templates",
                                   R"({"name":"Mine","request":{"rateLimit":60,"model":"demo"}})")
                             .string("/id");
  const Json list = site.json(200, "GET", "/api/templates");
  CHECK(list.integer("/templates/0/request/rateLimit") == 60);
  CHECK(site.json(400, "POST", "/api/templates", R"({"name":"x","request":{"rateLimit":0}})")
            .string("/error/field") == "request.rateLimit");
  CHECK(site.json(400, "POST", "/api/templates", R"({"name":"x","request":{"key":"s"}})")
            .string("/error/field") == "request.key");
  site.json(200, "DELETE", "/api/templates/" + id);
  site.json(404, "DELETE", "/api/templates/" + id);
}

TEST_CASE("models, status and metrics are there without a broker") {
  TestSite site;
  const Json models = site.json(200, "GET", "/api/models");
  CHECK(models.size("/models") == ModelCatalog::built_in().models().size());
  const Json status = site.json(200, "GET", "/api/status");
  CHECK(status.string("/imageProvider") == "demo");
  CHECK(status.is_null("/nextDueAt"));
  CHECK_FALSE(status.boolean("/broker/configured"));
  const std::string id = site.generation(4);
  const Json drafts = site.json(200, "GET", "/api/status");
  CHECK(drafts.integer("/tasks/pending") == 4);
  // Nobody has started them: they wait for nothing.
  CHECK(drafts.integer("/waiting") == 0);
  Generation generation = *must(site.storage->generation(id));
  generation.state = GenerationState::running;
  must(site.storage->update(generation));
  site.clock.advance(std::chrono::seconds(2));
  CHECK(site.json(200, "GET", "/api/status").integer("/waiting") == 4);
  const std::string metrics = site.call("GET", "/metrics").body;
  CHECK(metrics.find("imagegen_tasks{status=\"pending\"} 4\n") != std::string::npos);
  CHECK(metrics.find("# TYPE imagegen_broker_reachable gauge\nimagegen_broker_reachable 0\n") !=
        std::string::npos);
}

TEST_CASE("calls of the webhook are counted by status and by what came of them") {
  TestSite site;
  HttpRequest call = TestSite::bare("POST", "/api/process-generation-task", "{}");
  const HttpResponse response = site.send(call);
  CHECK(response.status >= 400);
  const std::string metrics = site.call("GET", "/metrics").body;
  CHECK(metrics.find("imagegen_webhook_calls_total{status=\"" + std::to_string(response.status) +
                     "\"} 1\n") != std::string::npos);
  Counters counters;
  count_webhook_call(counters, 503, R"({"error":{"code":"rate_limited"}})");
  count_webhook_call(counters, 200, R"({"status":"done"})");
  count_webhook_call(counters, 500, "not json");
  CHECK(counters.webhook_calls.at(503) == 1);
  CHECK(counters.attempts.at("rate_limited") == 1);
  CHECK(counters.attempts.at("done") == 1);
}

TEST_CASE("the description names every route once") {
  const std::vector<Routes> groups = all_routes();
  const Json description(openapi_json(groups, "1.2.3"));
  CHECK(description.string("/openapi") == "3.1.0");
  std::size_t routes = 0;
  for (const Routes group : groups) {
    for (const Route& route : group) {
      ++routes;
      std::string path(route.path);
      for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 2)) {
        path.replace(at, 1, "~1");
      }
      const std::string method = route.method == "GET"      ? "get"
                                 : route.method == "POST"   ? "post"
                                 : route.method == "PUT"    ? "put"
                                 : route.method == "DELETE" ? "delete"
                                                            : "?";
      INFO(route.method, " ", route.path);
      CHECK(description.string("/paths/" + path + "/" + method + "/summary") == route.summary);
    }
  }
  CHECK(routes > 60);
}

}  // namespace godwit::imagegen
