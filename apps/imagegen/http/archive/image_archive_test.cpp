#include "imagegen/http/archive/image_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <map>

#include "imagegen/http/archive/csv.h"
#include "imagegen/http/test_site.h"

namespace godwit::imagegen {
namespace {

/// All files of a ZIP by their names, as another program reads them.
std::map<std::string, std::string> unzip(const std::string& bytes) {
  std::map<std::string, std::string> files;
  archive* const reader = archive_read_new();
  archive_read_support_format_zip(reader);
  REQUIRE(archive_read_set_options(reader, "hdrcharset=UTF-8") == ARCHIVE_OK);
  REQUIRE(archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string content;
    char buffer[4'096];
    la_ssize_t size = 0;
    while ((size = archive_read_data(reader, buffer, sizeof buffer)) > 0) {
      content.append(buffer, static_cast<std::size_t>(size));
    }
    CHECK(size == 0);
    files[archive_entry_pathname_utf8(entry)] = content;
  }
  archive_read_free(reader);
  return files;
}

}  // namespace

TEST_CASE("the archive of a generation holds its images, a table, and everything as JSON") {
  TestSite site;
  const std::string id = site.generation(3);
  const std::vector<Task> tasks = site.tasks(id);
  site.finish(tasks[0]);
  site.finish(tasks[2]);
  const HttpResponse response = site.call("GET", "/api/generations/" + id + "/zip");
  REQUIRE(response.status == 200);
  CHECK(header_of(response, "Content-Type") == "application/zip");
  CHECK(header_of(response, "Content-Disposition").find("foxes.zip") != std::string::npos);
  const auto files = unzip(site.read(response.stream));
  REQUIRE(files.size() == 4);
  CHECK(files.at("0001-a-red-fox-1.png") == tiny_png());
  CHECK(files.at("0003-a-red-fox-3.png") == tiny_png());

  const std::string& table = files.at("prompts.csv");
  CHECK(table.starts_with(std::string(byte_order_mark) + "file,number,status,prompt,"));
  CHECK(table.find("0001-a-red-fox-1.png,1,done,a red fox 1,") != std::string::npos);
  CHECK(table.find("\r\n,2,pending,a red fox 2,") != std::string::npos);

  const Json metadata(files.at("metadata.json"));
  CHECK(metadata.string("/generation/name") == "Foxes");
  CHECK(metadata.size("/images") == 3);
  CHECK(metadata.string("/images/0/file") == "0001-a-red-fox-1.png");
  CHECK(metadata.is_null("/images/1/file"));
  CHECK(metadata.string("/images/2/prompt") == "a red fox 3");
}

TEST_CASE("a selection is downloaded once, in its own order") {
  TestSite site;
  const std::vector<Task> tasks = site.tasks(site.generation(3));
  const std::string first = site.finish(tasks[0]);
  const std::string last = site.finish(tasks[2]);
  const std::string url = site.json(200, "POST", "/api/images/archive",
                                    R"({"ids":[")" + last + R"(","img_gone",")" + first + R"("]})")
                              .string("/url");
  const HttpResponse response = site.call("GET", url);
  REQUIRE(response.status == 200);
  const auto files = unzip(site.read(response.stream));
  CHECK(files.contains("0001-a-red-fox-3.png"));
  CHECK(files.contains("0003-a-red-fox-1.png"));
  CHECK(files.size() == 4);
  CHECK(site.call("GET", url).status == 404);
  CHECK(site.call("POST", "/api/images/archive", R"({"ids":["img_gone"]})").status == 404);
}

TEST_CASE("pieces are small however large the archive is") {
  TestSite site;
  const std::string id = site.generation(40);
  for (const Task& task : site.tasks(id)) {
    const std::string image = site.finish(task);
    // Bytes behind the end of a PNG belong to nobody, and are kept.
    const std::string path = must(site.files.path(image, "image/png"));
    std::filesystem::resize_file(path, std::uintmax_t{300} << 10);
  }
  const HttpResponse response = site.call("GET", "/api/generations/" + id + "/zip");
  const std::string zip = site.read(response.stream);
  CHECK(zip.size() > std::size_t{40} * 300 * 1024);
  CHECK(site.largest_piece <= 2 * archive_piece_max);
  CHECK(unzip(zip).size() == 42);
}

TEST_CASE("an image whose file is gone is left out and told so") {
  TestSite site;
  const std::string id = site.generation(2);
  const std::vector<Task> tasks = site.tasks(id);
  site.finish(tasks[0]);
  std::filesystem::remove(must(site.files.path(site.finish(tasks[1]), "image/png")));
  const auto files = unzip(site.read(site.call("GET", "/api/generations/" + id + "/zip").stream));
  CHECK(files.size() == 3);
  CHECK(Json(files.at("metadata.json")).is_null("/images/1/file"));
}

}  // namespace godwit::imagegen
