#include "assets/assets.h"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "assets/test_assets.h"

namespace godwit {
namespace {

constexpr std::array<Asset, 3> files{Asset{.path = "/assets/index-4f1c9a.js",
                                           .content_type = "text/javascript; charset=utf-8",
                                           .identity = "script",
                                           .gzip = "scr.gz",
                                           .brotli = "scr.br",
                                           .etag = "abc",
                                           .immutable = true},
                                     Asset{.path = "/index.html",
                                           .content_type = "text/html; charset=utf-8",
                                           .identity = "page",
                                           .gzip = "pg.gz",
                                           .brotli = "",
                                           .etag = "def",
                                           .immutable = false},
                                     Asset{.path = "/picture.png",
                                           .content_type = "image/png",
                                           .identity = "png",
                                           .gzip = "",
                                           .brotli = "",
                                           .etag = "ghi",
                                           .immutable = false}};

const AssetSet assets{files};

std::string header(const HttpResponse& response, std::string_view name) {
  std::string value = "(none)";
  for (const Header& candidate : response.headers) {
    if (candidate.name == name) value = candidate.value;
  }
  return value;
}

std::string read(const std::string& name) {
  std::ifstream file(TEST_FILES + name, std::ios::binary);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

HttpResponse get(std::string_view path, std::string_view accept_encoding = "",
                 std::string_view if_none_match = "") {
  return asset_response(assets, {.method = "GET",
                                 .path = path,
                                 .accept_encoding = accept_encoding,
                                 .if_none_match = if_none_match});
}

}  // namespace

TEST_CASE("a file is sent in the smallest encoding that the client prefers") {
  struct Row {
    std::string accept;
    std::string body;
    std::string encoding;
  };
  const std::array<Row, 20> rows{{
      {"", "script", "(none)"},
      {"gzip, deflate, br, zstd", "scr.br", "br"},
      {"gzip, deflate", "scr.gz", "gzip"},
      {"x-gzip", "scr.gz", "gzip"},
      {"GZIP;Q=0.5", "scr.gz", "gzip"},
      {"deflate", "script", "(none)"},
      {"*", "scr.br", "br"},
      {"*;q=0.5, br;q=0", "scr.gz", "gzip"},
      {"br;q=0.5, gzip;q=0.8", "scr.gz", "gzip"},
      {"br;q=0.800, gzip;q=0.8", "scr.br", "br"},
      {"gzip;q=0.001", "scr.gz", "gzip"},
      {"gzip;q=0.5, identity", "script", "(none)"},
      {"br;q=0, gzip;q=0", "script", "(none)"},
      {"br;q=0.", "script", "(none)"},
      {"br;q=1.001, gzip;q=x", "script", "(none)"},
      {"br;q=0.1234", "script", "(none)"},
      {" br ; q = 1 ", "scr.br", "br"},
      {",,,br,", "scr.br", "br"},
      {"identity;q=0, br", "scr.br", "br"},
      {"*;q=0, gzip", "scr.gz", "gzip"},
  }};
  for (const Row& row : rows) {
    CAPTURE(row.accept);
    const HttpResponse response = get("/assets/index-4f1c9a.js", row.accept);
    CHECK(response.status == 200);
    CHECK(response.body == row.body);
    CHECK(header(response, "Content-Encoding") == row.encoding);
    CHECK(header(response, "Vary") == "Accept-Encoding");
  }
  CHECK(get("/picture.png", "br, gzip").body == "png");
  CHECK(get("/index.html", "br, gzip").body == "pg.gz");
}

TEST_CASE("a client that takes no encoding there is hears 406") {
  CHECK(get("/picture.png", "*;q=0").status == 406);
  CHECK(get("/picture.png", "identity;q=0, br").status == 406);
}

TEST_CASE("hashed files are cached for a year, others are asked for each time") {
  const HttpResponse hashed = get("/assets/index-4f1c9a.js");
  CHECK(header(hashed, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(header(hashed, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(header(hashed, "X-Content-Type-Options") == "nosniff");
  CHECK(header(get("/index.html"), "Cache-Control") == "no-cache");
}

TEST_CASE("a client that has the content hears 304, for each encoding its own") {
  struct Row {
    std::string accept;
    std::string list;
    int status;
  };
  const std::array<Row, 10> rows{{{"", "\"abc\"", 304},
                                  {"br", "\"abc-br\"", 304},
                                  {"gzip", "\"abc-gz\"", 304},
                                  {"br", "\"abc\"", 200},
                                  {"", "W/\"abc\"", 304},
                                  {"", "\"x\", \"abc\" ,\"y\"", 304},
                                  {"", "*", 304},
                                  {"", "abc", 200},
                                  {"", "\"ab\"", 200},
                                  {"", ",", 200}}};
  for (const Row& row : rows) {
    CAPTURE(row.list);
    const HttpResponse response = get("/assets/index-4f1c9a.js", row.accept, row.list);
    CHECK(response.status == row.status);
    CHECK(response.body.empty() == (row.status == 304));
    CHECK(header(response, "ETag") != "(none)");
    CHECK(header(response, "Cache-Control") == "public, max-age=31536000, immutable");
  }
}

TEST_CASE("an executable carries the files of its directory, byte for byte") {
  const AssetSet embedded = test_assets();
  REQUIRE(embedded.all().size() == 2);
  const Asset* const page = embedded.find("/");
  REQUIRE(page != nullptr);
  CHECK(page->identity == read("/index.html"));
  CHECK(page->content_type == "text/html; charset=utf-8");
  CHECK(page->gzip.starts_with("\x1f\x8b"));
  CHECK(page->gzip.size() < page->identity.size() / 2);
  CHECK(page->brotli.size() < page->gzip.size());
  CHECK(!page->brotli.empty());
  CHECK(!page->immutable);
  const Asset* const script = embedded.find("/assets/hello-0a1b2c3d.js");
  REQUIRE(script != nullptr);
  CHECK(script->identity == read("/assets/hello-0a1b2c3d.js"));
  CHECK(script->gzip.empty());  // Too small to gain.
  CHECK(script->immutable);
  CHECK(script->etag != page->etag);
}

TEST_CASE("only files that are there can be read, and only read") {
  CHECK(get("/").body == "page");
  for (const std::string path : {"", "/index", "/index.html/", "/assets/", "/../index.html",
                                 "/assets/index-4f1c9a.js?", "/zzz"}) {
    CAPTURE(path);
    CHECK(get(path).status == 404);
  }
  AssetRequest request{.method = "POST", .path = "/", .accept_encoding = "", .if_none_match = ""};
  HttpResponse response = asset_response(assets, request);
  CHECK(response.status == 405);
  CHECK(header(response, "Allow") == "GET, HEAD");
  request.method = "HEAD";
  response = asset_response(assets, request);
  CHECK(response.status == 200);
  CHECK(response.body == "page");
}

}  // namespace godwit
