#include <fmt/format.h>

#include <set>

#include "imagegen/http/archive/file_names.h"
#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"
#include "imagegen/http/wire/iso_time.h"
#include "imagegen/http/wire/json_in.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t page_max = 500;
constexpr std::int64_t offset_max = 10'000'000;

Outcome<std::optional<Timestamp>> read_time(const QueryString& query, std::string_view name) {
  const std::string text = query.text(name);
  if (text.empty()) return std::optional<Timestamp>();
  const std::optional<Timestamp> time = parse_iso_time(text);
  if (!time) {
    return std::unexpected(invalid_member(
        std::string(name), fmt::format("{} must be a time like 2026-11-24T10:15:00Z.", name)));
  }
  return time;
}

Outcome<GalleryFilter> read_filter(const QueryString& query) {
  GalleryFilter filter;
  filter.generation_id = query.text("generationId");
  filter.prompt_id = query.text("promptId");
  filter.model = query.text("model");
  filter.search = query.text("search");
  const Outcome<bool> starred = query.flag("starred");
  if (!starred) return std::unexpected(starred.error());
  filter.starred = *starred;
  if (const std::string parameter = query.text("parameter"); !parameter.empty()) {
    const std::size_t colon = parameter.find(':');
    if (colon == std::string::npos || colon == 0) {
      return std::unexpected(
          invalid_member("parameter", "parameter must be a name, a colon and a value."));
    }
    filter.parameter = parameter.substr(0, colon);
    filter.value = parameter.substr(colon + 1);
  }
  const auto from = read_time(query, "from");
  if (!from) return std::unexpected(from.error());
  filter.from = *from;
  const auto to = read_time(query, "to");
  if (!to) return std::unexpected(to.error());
  filter.to = *to;
  const std::string order = query.text("order");
  if (!order.empty() && order != "newest" && order != "oldest") {
    return std::unexpected(invalid_member("order", "order must be newest or oldest."));
  }
  filter.oldest_first = order == "oldest";
  const auto offset = query.integer("offset", 0, 0, offset_max);
  if (!offset) return std::unexpected(offset.error());
  filter.offset = static_cast<std::size_t>(*offset);
  const auto limit = query.integer("limit", static_cast<std::int64_t>(filter.limit), 1, page_max);
  if (!limit) return std::unexpected(limit.error());
  filter.limit = static_cast<std::size_t>(*limit);
  return filter;
}

HttpResponse list(Services& services, const Call& call) {
  const Outcome<GalleryFilter> filter = read_filter(call.query);
  if (!filter) return problem_answer(filter.error());
  const Result<GalleryPage> page = services.world.storage.gallery(*filter);
  if (!page) return problem_answer(storage_problem(page.error()));
  return json_answer_of([&](JsonWriter& out) {
    out.begin_object();
    out.key("images");
    out.begin_array();
    for (const GalleryItem& item : page->items) write_gallery_image(out, item);
    out.end_array();
    out.member("total", page->total);
    out.end_object();
  });
}

/// What the filters of the gallery offer: of one generation, or of all.
HttpResponse facets(Services& services, const Call& call) {
  Storage& storage = services.world.storage;
  const std::string wanted = call.query.text("generationId");
  const auto generations = storage.generations();
  if (!generations) return problem_answer(storage_problem(generations.error()));
  const auto summaries = storage.summaries();
  if (!summaries) return problem_answer(storage_problem(summaries.error()));
  const auto prompts = storage.prompts();
  if (!prompts) return problem_answer(storage_problem(prompts.error()));

  std::set<std::string> prompt_ids;
  std::set<std::string> models;
  std::map<std::string, std::set<std::string>> parameters;
  std::string body;
  JsonWriter out(body);
  out.begin_object();
  out.key("generations");
  out.begin_array();
  for (const Generation& generation : *generations) {
    const auto summary = summaries->find(generation.id);
    if (summary == summaries->end() || summary->second.done == 0) continue;
    out.begin_object();
    out.member("id", generation.id);
    out.member("name", generation.name);
    out.member("images", summary->second.done);
    out.end_object();
    if (!wanted.empty() && generation.id != wanted) continue;
    if (!generation.prompt_id.empty()) prompt_ids.insert(generation.prompt_id);
    models.insert(generation.options.model);
    for (const Parameter& parameter : generation.parameters) {
      parameters[parameter.name].insert(parameter.values.begin(), parameter.values.end());
    }
  }
  out.end_array();
  out.key("prompts");
  out.begin_array();
  for (const Prompt& prompt : *prompts) {
    if (!prompt_ids.contains(prompt.id)) continue;
    out.begin_object();
    out.member("id", prompt.id);
    out.member("name", prompt.name);
    out.end_object();
  }
  out.end_array();
  out.key("models");
  out.begin_array();
  for (const std::string& model : models) out.string(model);
  out.end_array();
  out.key("parameters");
  out.begin_object();
  for (const auto& [name, values] : parameters) {
    out.foreign_key(name);
    out.begin_array();
    for (const std::string& value : values) out.string(value);
    out.end_array();
  }
  out.end_object();
  out.end_object();
  return json_answer(std::move(body));
}

/// Takes the image off its task first: a file without a row is rubbish, a row without a file is a
/// broken picture.
asio::awaitable<Result<void>> remove_image(Services& services, std::string id) {
  Storage& storage = services.world.storage;
  const Result<std::optional<Task>> task = storage.task_of_image(id);
  if (!task) co_return std::unexpected(task.error());
  if (Result<void> removed = storage.remove_image(id); !removed) co_return removed;
  if (*task) services.world.changed((*task)->generation_id, (*task)->id);
  co_return co_await services.world.files.remove(std::move(id));
}

asio::awaitable<HttpResponse> remove(Services& services, Call call) {
  const Result<void> removed = co_await remove_image(services, call.names[0]);
  if (!removed) co_return problem_answer(storage_problem(removed.error()));
  co_return json_answer("{}");
}

constexpr std::size_t chosen_max = ArchiveTickets::images_max;

struct Chosen {
  std::vector<std::string> ids;
  bool starred = false;
};

Outcome<Chosen> read_chosen(const Call& call, bool with_star) {
  return read_body<Chosen>(call.request.body, [&](JsonMembers& in, Chosen& chosen) {
    in.need("ids").texts("ids", chosen.ids, 1, chosen_max, {.least = 1, .most = 100});
    if (with_star) in.need("starred").boolean("starred", chosen.starred);
  });
}

HttpResponse star(Services& services, const Call& call) {
  const Outcome<Chosen> chosen = read_chosen(call, true);
  if (!chosen) return problem_answer(chosen.error());
  const Result<std::size_t> changed = services.world.storage.star(chosen->ids, chosen->starred);
  if (!changed) return problem_answer(storage_problem(changed.error()));
  return json_answer(fmt::format("{{\"changed\":{}}}", *changed));
}

asio::awaitable<HttpResponse> remove_many(Services& services, Call call) {
  const Outcome<Chosen> chosen = read_chosen(call, false);
  if (!chosen) co_return problem_answer(chosen.error());
  std::size_t deleted = 0;
  for (const std::string& id : chosen->ids) {
    const Result<void> removed = co_await remove_image(services, id);
    if (removed) {
      ++deleted;
    } else if (removed.error().code != ErrorCode::not_found) {
      co_return problem_answer(storage_problem(removed.error()));
    }
  }
  co_return json_answer(fmt::format("{{\"deleted\":{}}}", deleted));
}

HttpResponse archive(Services& services, const Call& call) {
  Outcome<Chosen> chosen = read_chosen(call, false);
  if (!chosen) return problem_answer(chosen.error());
  // One that exists is enough: others may be deleted before the download begins as well.
  bool found = false;
  for (const std::string& id : chosen->ids) {
    const Result<std::optional<Task>> task = services.world.storage.task_of_image(id);
    if (!task) return problem_answer(storage_problem(task.error()));
    found = task->has_value();
    if (found) break;
  }
  if (!found) return problem_answer(not_found("image", chosen->ids.front()));
  const std::string ticket =
      services.tickets.add(std::move(chosen->ids), services.world.clock.now());
  return json_answer(fmt::format("{{\"url\":\"/api/archives/{}\"}}", ticket));
}

bool is_served(std::string_view mime) {
  return mime == "image/png" || mime == "image/jpeg" || mime == "image/webp";
}

/// What an image file is answered with. Its bytes never change, and its id never names others.
HttpResponse file_answer(std::string bytes, std::string_view mime, const std::string& etag) {
  HttpResponse response;
  response.headers = {{"Content-Type", std::string(mime)},
                      {"Cache-Control", "private, max-age=31536000, immutable"},
                      {"ETag", etag}};
  response.body = std::move(bytes);
  return response;
}

HttpResponse not_modified(const std::string& etag) {
  HttpResponse response;
  response.status = 304;
  response.headers = {{"Cache-Control", "private, max-age=31536000, immutable"}, {"ETag", etag}};
  return response;
}

bool is_known(const Call& call, const std::string& etag) {
  const std::string* const known = find_header(call.request.headers, "If-None-Match");
  return known != nullptr && known->find(etag) != std::string::npos;
}

Outcome<Task> task_of(Services& services, const std::string& image_id) {
  Result<std::optional<Task>> task = services.world.storage.task_of_image(image_id);
  if (!task) return std::unexpected(storage_problem(task.error()));
  if (!*task || !(*task)->image) return std::unexpected(not_found("image", image_id));
  return std::move(**task);
}

asio::awaitable<HttpResponse> get_file(Services& services, Call call) {
  const Outcome<Task> task = task_of(services, call.names[0]);
  if (!task) co_return problem_answer(task.error());
  const std::string mime = task->image->mime;
  if (!is_served(mime)) co_return problem_answer(not_found("image", call.names[0]));
  const Outcome<bool> download = call.query.flag("download");
  if (!download) co_return problem_answer(download.error());
  const std::string etag = fmt::format("\"{}\"", task->image->id);
  if (is_known(call, etag)) co_return not_modified(etag);
  Result<std::string> bytes = co_await services.world.files.read(task->image->id, mime);
  if (!bytes) co_return problem_answer(storage_problem(bytes.error()));
  HttpResponse response = file_answer(std::move(*bytes), mime, etag);
  response.headers.push_back(
      {"Content-Disposition",
       *download ? attachment(image_file_name(task->index + 1, task->prompt, mime)) : "inline"});
  co_return response;
}

asio::awaitable<HttpResponse> get_thumb(Services& services, Call call) {
  const Outcome<Task> task = task_of(services, call.names[0]);
  if (!task) co_return problem_answer(task.error());
  const std::string etag = fmt::format("\"{}-thumb\"", task->image->id);
  if (is_known(call, etag)) co_return not_modified(etag);
  Result<std::string> bytes = co_await services.world.files.read_thumbnail(task->image->id);
  if (!bytes) co_return problem_answer(storage_problem(bytes.error()));
  co_return file_answer(std::move(*bytes), "image/webp", etag);
}

constexpr Route routes[] = {
    {.method = "GET",
     .path = "/api/images",
     .handler = &list,
     .summary = "The gallery: finished images, newest first.",
     .answer = "GalleryPage",
     .query = "generationId,promptId,model,starred,search,parameter,from,to,order,offset,limit"},
    {.method = "GET",
     .path = "/api/images/facets",
     .handler = &facets,
     .summary = "What the filters of the gallery offer.",
     .answer = "Facets",
     .query = "generationId"},
    {.method = "DELETE",
     .path = "/api/images/{id}",
     .access = Access::writer,
     .handler = &remove,
     .summary = "Delete an image; its task stays done.",
     .answer = "Empty"},
    {.method = "POST",
     .path = "/api/images/star",
     .access = Access::writer,
     .handler = &star,
     .summary = "Mark images, or unmark them.",
     .request = "Star",
     .answer = "Changed",
     .body_max = form_body},
    {.method = "POST",
     .path = "/api/images/delete",
     .access = Access::writer,
     .handler = &remove_many,
     .summary = "Delete images.",
     .request = "Selection",
     .answer = "Deleted",
     .body_max = form_body},
    {.method = "POST",
     .path = "/api/images/archive",
     .access = Access::writer,
     .handler = &archive,
     .summary = "Prepare a ZIP of images: its address is good for one download within an hour.",
     .request = "Selection",
     .answer = "ArchiveTicket",
     .body_max = form_body},
    {.method = "GET",
     .path = "/images/{id}",
     .handler = &get_file,
     .summary = "The file of an image; download=1 to save it.",
     .answer = "image/*",
     .query = "download"},
    {.method = "GET",
     .path = "/images/{id}/thumb",
     .handler = &get_thumb,
     .summary = "Its thumbnail, 384 pixels on the longer side.",
     .answer = "image/webp"},
};

}  // namespace

Routes image_routes() { return routes; }

}  // namespace godwit::imagegen
