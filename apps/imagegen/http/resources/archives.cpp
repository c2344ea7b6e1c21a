#include "imagegen/http/archive/file_names.h"
#include "imagegen/http/archive/image_archive.h"
#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/iso_time.h"

namespace godwit::imagegen {
namespace {

HttpResponse archive_answer(Services& services, ArchiveContent content,
                            const std::string& file_name) {
  HttpResponse response;
  response.headers = {{"Content-Type", "application/zip"},
                      {"Cache-Control", "no-store"},
                      {"Content-Disposition", attachment(file_name)}};
  response.stream = make_image_archive(services.world, services.readers, std::move(content));
  return response;
}

HttpResponse of_generation(Services& services, const Call& call) {
  const auto generation = services.world.storage.generation(call.names[0]);
  if (!generation) return problem_answer(storage_problem(generation.error()));
  if (!*generation) return problem_answer(not_found("generation", call.names[0]));
  ArchiveContent content;
  content.generation_id = (*generation)->id;
  constexpr std::size_t name_size_max = 100;
  return archive_answer(services, std::move(content),
                        slug((*generation)->name, name_size_max) + ".zip");
}

HttpResponse of_selection(Services& services, const Call& call) {
  const Timestamp now = services.world.clock.now();
  // Looking at what is there must not use up the ticket.
  if (call.request.method == "HEAD") return problem_answer(not_found("archive", call.names[0]));
  auto image_ids = services.tickets.take(call.names[0], now);
  if (!image_ids) return problem_answer(not_found("archive", call.names[0]));
  ArchiveContent content;
  content.image_ids = std::move(*image_ids);
  constexpr std::size_t date_length = 10;
  return archive_answer(services, std::move(content),
                        "images-" + iso_time(now).substr(0, date_length) + ".zip");
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/generations/{id}/zip",
     .handler = &of_generation,
     .summary = "All images of a generation with prompts.csv and metadata.json, streamed.",
     .answer = "application/zip"},
    {.method = "GET",
     .path = "/api/archives/{ticket}",
     .handler = &of_selection,
     .summary = "The archive that was prepared by POST /api/images/archive; once.",
     .answer = "application/zip"},
};

}  // namespace

Routes archive_routes() { return routes; }

}  // namespace godwit::imagegen
