#include "imagegen/http/site.h"

#include <array>

#include "imagegen/http/test_site.h"

namespace godwit::imagegen {
namespace {

constexpr std::array pages{Asset{.path = "/assets/index-1a2b3c4d.js",
                                 .content_type = "text/javascript; charset=utf-8",
                                 .identity = "1",
                                 .gzip = {},
                                 .brotli = {},
                                 .etag = "a",
                                 .immutable = true},
                           Asset{.path = "/index.html",
                                 .content_type = "text/html; charset=utf-8",
                                 .identity = "<!doctype html>",
                                 .gzip = {},
                                 .brotli = {},
                                 .etag = "b"}};

HttpRequest opening(std::string path) {
  HttpRequest request = TestSite::bare("GET", std::move(path));
  request.headers[1].value = "text/html,application/xhtml+xml";
  return request;
}

TestSiteSettings with_pages() {
  TestSiteSettings settings;
  settings.pages = AssetSet(pages);
  return settings;
}

}  // namespace

TEST_CASE("any address that a browser opens is the index, which finds the page") {
  TestSite site(with_pages());
  for (const char* path : {"/", "/index.html", "/generations/gen_1", "/settings?tab=keys"}) {
    INFO(path);
    const HttpResponse response = site.send(opening(path));
    CHECK(response.status == 200);
    CHECK(response.body == "<!doctype html>");
  }
  CHECK(site.send(TestSite::bare("GET", "/assets/index-1a2b3c4d.js")).body == "1");
  CHECK(site.send(TestSite::bare("GET", "/assets/gone-1a2b3c4d.js")).status == 404);
  CHECK(site.send(opening("/api/nothing")).status == 404);
  CHECK(site.send(opening("/api/nothing")).body.starts_with("{\"error\":{\"code\":\"not_found\""));
}

TEST_CASE("a build without pages says so") {
  TestSite site;
  const HttpResponse response = site.send(opening("/"));
  CHECK(response.status == 200);
  CHECK(response.body.find("no pages") != std::string::npos);
}

TEST_CASE("every answer carries the headers that keep pages to themselves") {
  TestSite site(with_pages());
  for (const HttpRequest& request :
       {opening("/"), TestSite::bare("GET", "/api/session"), TestSite::bare("GET", "/api/none"),
        TestSite::bare("GET", "/healthz"), TestSite::bare("GET", "/assets/index-1a2b3c4d.js")}) {
    INFO(request.target);
    const HttpResponse response = site.send(request);
    CHECK(header_of(response, "Content-Security-Policy")
              .starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "));
    CHECK(header_of(response, "Content-Security-Policy").find("unsafe") == std::string::npos);
    CHECK(header_of(response, "X-Content-Type-Options") == "nosniff");
    CHECK(header_of(response, "Referrer-Policy") == "no-referrer");
    CHECK(header_of(response, "Cross-Origin-Opener-Policy") == "same-origin");
  }
}

TEST_CASE("wrong methods and large bodies are told as problems") {
  TestSite site;
  const HttpResponse wrong = site.call("PATCH", "/api/settings");
  CHECK(wrong.status == 405);
  CHECK(header_of(wrong, "Allow") == "GET, HEAD, PUT");
  CHECK(Json(wrong.body).string("/error/code") == "method_not_allowed");
  const std::string large(small_body + 1, 'x');
  const HttpResponse refused = site.call("POST", "/api/settings/check", large);
  CHECK(refused.status == 413);
  CHECK(Json(refused.body).string("/error/code") == "too_large");
  CHECK(site.send(TestSite::bare("POST", "/api/process-generation-task", large)).status == 413);
}

TEST_CASE("a request without a body is one with an empty object") {
  TestSite site;
  const std::string id = site.generation(1);
  CHECK(site.json(409, "POST", "/api/generations/" + id + "/start").string("/error/code") ==
        "qstash_token_missing");
}

}  // namespace godwit::imagegen
