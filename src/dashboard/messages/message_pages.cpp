#include "dashboard/messages/message_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "dashboard/messages/message_query.h"
#include "dashboard/messages/message_rows.h"
#include "dashboard/messages/waiting_json.h"
#include "dashboard/routing/answer.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

/// Reading on costs a twentieth of a look-up; see message_search.cpp.
constexpr std::size_t scan_factor = 20;
/// A page of a list is there in a moment even if it finds nothing, and tells how far it has looked.
constexpr std::size_t list_scan_share = 10;
constexpr std::size_t waiting_max = 1'000;

HttpResponse bytes_response(std::string bytes, const std::string& name) {
  HttpResponse response;
  response.headers = {
      {.name = "Content-Type", .value = "application/octet-stream"},
      {.name = "Content-Disposition", .value = "attachment; filename=\"" + name + "\""},
      {.name = "Cache-Control", .value = "no-store"},
      {.name = "X-Content-Type-Options", .value = "nosniff"}};
  response.body = std::move(bytes);
  return response;
}

struct WaitingRow {
  std::uint64_t position = 0;  // From 1.
  Message message;
};

/// The messages at the first places of a list, of memory and the store. Those that are not in the
/// snapshot yet, or no longer, are left out; they have their position.
Result<std::vector<WaitingRow>> read_waiting_rows(const StoreReader& reader,
                                                  const keys::ListName& name, WaitingPlaces places,
                                                  std::size_t limit) {
  std::vector<keys::Place>& first = places.window;
  if (places.stored_from) {
    constexpr std::uint16_t partition = 0;  // The engine's one.
    std::size_t room = limit;
    const Result<void> scanned =
        reader.scan(Space::fifo, keys::fifo_from(partition, name, *places.stored_from),
                    StoreReader::Direction::forward, [&](std::string_view key, std::string_view) {
                      const auto listed = keys::parse_fifo(key);
                      if (listed) first.push_back(listed->place);
                      return --room > 0;
                    });
    if (!scanned) return std::unexpected(scanned.error());
    std::ranges::sort(first);
    if (first.size() > limit) first.resize(limit);
  }
  Result<std::vector<WaitingRow>> rows(std::in_place);
  std::uint64_t position = 0;
  for (const keys::Place& place : first) {
    ++position;
    const std::string key = keys::message(place.id);
    auto bytes = reader.get(Space::hot, key);
    if (bytes && !*bytes) bytes = reader.get(Space::cold, key);
    if (!bytes) return std::unexpected(bytes.error());
    if (!*bytes) continue;
    Result<MessageRecord> record = decode_message(**bytes, place.id);
    if (!record) continue;
    rows->push_back({.position = position, .message = std::move(record->message)});
  }
  return rows;
}

}  // namespace

std::size_t search_scan_max(const DashboardServices& services) {
  const std::size_t most = std::numeric_limits<std::size_t>::max() / scan_factor;
  return std::min(services.settings.scan_max, most) * scan_factor;
}

void write_search_end(JsonWriter& json, const MessagePage& page) {
  write_text_or_null(json, "cursor", page.cursor);
  json.key("scanned");
  json.begin_object();
  json.member("messages", page.scanned);
  write_time(json, "back", page.back);
  json.member("complete", page.cursor.empty());
  json.end_object();
}

asio::awaitable<HttpResponse> MessagePages::list(DashboardCall call, bool count_only) {
  Result<MessageSearch> search =
      parse_message_search(call.query, call.caller.account, services_.clock.now());
  if (!search) co_return dashboard_problem(search.error());
  search->count_only = count_only;
  search->scan_max = search_scan_max(services_) / (count_only ? 1 : list_scan_share);
  LivingMessages living = services_.broker.living(living_query(*search));
  // Who has left the page leaves a count running: no list waits behind it.
  ReaderPool& pool = count_only ? services_.counters : services_.readers;
  Result<MessagePage> page = co_await services_.read_snapshot_on<MessagePage>(
      pool, [search = std::move(*search), living = std::move(living),
             log_begin = services_.broker.log_begin()](const ListingSource& source) {
        return search_messages(source.reader, source.partitions, search, living, log_begin);
      });
  if (!page) co_return dashboard_problem(page.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  if (count_only) {
    json.member("count", page->count);
    json.member("living", page->living);
  } else {
    json.key("messages");
    json.begin_array();
    for (const MessageSummary& summary : page->messages) {
      write_message_row(json, summary, services_.broker);
    }
    json.end_array();
  }
  write_search_end(json, *page);
  json.end_object();
  co_return dashboard_json(std::move(body));
}

asio::awaitable<Result<std::optional<MessageDetail>>> MessagePages::read(AccountId account,
                                                                         MessageId id) {
  LogQuery query;
  query.account = account;
  query.filter.ids = {id};
  LivingMessages living = services_.broker.living(query);
  co_return co_await services_.read_snapshot<std::optional<MessageDetail>>(
      [account, id, living = std::move(living)](const ListingSource& source) {
        return read_detail(source.reader, source.partitions, account, id, living);
      });
}

asio::awaitable<Result<std::optional<Waiting>>> MessagePages::read_waiting(
    const MessageSummary& summary) {
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  std::optional<Waiting> waiting = waiting_of(summary, services_.broker, all);
  if (!waiting || !waiting->uncounted) co_return waiting;
  using Count = std::optional<std::uint64_t>;
  const Result<Count> counted = co_await services_.read_snapshot<Count>(
      [partition = summary.message->id.partition(), places = *waiting->uncounted,
       most = search_scan_max(services_)](const ListingSource& source) {
        return count_places(source.reader, partition, places, most);
      });
  if (!counted) co_return std::unexpected(counted.error());
  if (*counted) {
    waiting->stands_at(waiting->uncounted->before + **counted + 1, services_.clock.now());
  }
  co_return waiting;
}

asio::awaitable<HttpResponse> MessagePages::detail(DashboardCall call) {
  const std::string& text = call.at("id");
  const std::optional<MessageId> id = MessageId::parse(text);
  if (!id) co_return dashboard_not_found("message", text);
  const Result<std::optional<MessageDetail>> found = co_await read(call.caller.account, *id);
  if (!found) co_return dashboard_problem(found.error());
  if (!*found) co_return dashboard_not_found("message", text);
  const Result<std::optional<Waiting>> waiting = co_await read_waiting((*found)->history.summary);
  if (!waiting) co_return dashboard_problem(waiting.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_detail_members(json, **found, *waiting, services_.clock.now());
  json.end_object();
  co_return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> MessagePages::body(DashboardCall call, bool of_attempt) {
  const std::string& text = call.at("id");
  const std::optional<MessageId> id = MessageId::parse(text);
  if (!id) co_return dashboard_not_found("message", text);
  const Result<std::optional<MessageDetail>> found = co_await read(call.caller.account, *id);
  if (!found) co_return dashboard_problem(found.error());
  if (!*found) co_return dashboard_not_found("message", text);
  const Message& message = *(*found)->history.summary.message;
  if (!of_attempt) {
    if (message.redaction.body) {
      co_return dashboard_problem({.status = 403,
                                   .code = "redacted",
                                   .message = "The message asks for its body to be redacted."});
    }
    co_return bytes_response(message.body, text + ".bin");
  }
  const std::string& number = call.at("n");
  for (const AttemptView& attempt : attempts_of((*found)->history.rows)) {
    if (std::to_string(attempt.number) != number || !attempt.ended) continue;
    co_return bytes_response(attempt.ended->response_body, fmt::format("{}-{}.bin", text, number));
  }
  co_return dashboard_not_found("attempt", number);
}

asio::awaitable<HttpResponse> MessagePages::waiting(DashboardCall call, keys::List kind) {
  const Result<std::size_t> limit = call.query.count("limit", 1, waiting_max, 100);
  if (!limit) co_return dashboard_problem(limit.error());
  const keys::ListName name{kind, call.caller.account,
                            call.at(kind == keys::List::queue ? "name" : "key")};
  const WaitingPlaces places = services_.broker.waiting_places(name, *limit);
  const auto first = co_await services_.read_snapshot<std::vector<WaitingRow>>(
      [name, places, limit = *limit](const ListingSource& source) {
        return read_waiting_rows(source.reader, name, places, limit);
      });
  if (!first) co_return dashboard_problem(first.error());
  const Timestamp now = services_.clock.now();
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("total", places.total);
  json.key("messages");
  json.begin_array();
  for (const WaitingRow& row : *first) {
    const std::optional<Timestamp> next =
        places.paused ? std::nullopt : places.windows.turn_of(row.position, now);
    json.begin_object();
    json.member("position", row.position);
    json.member("id", row.message.id.to_string());
    json.member("url", row.message.url);
    write_time(json, "createdAt", row.message.created);
    write_time(json, "nextAt", next);
    json.member("estimated", next.has_value());
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return dashboard_json(std::move(body));
}

void MessagePages::add_routes(DashboardRouter& router) {
  const auto add = [&router](const std::string& path, const std::string& summary, auto handle) {
    router.add({.method = "GET",
                .path = path,
                .access = DashboardAccess::read,
                .summary = summary,
                .handle = std::move(handle)});
  };
  using Answer = asio::awaitable<HttpResponse>;
  add("/admin/v1/messages", "Messages, living and ended, by filter",
      [this](DashboardCall call) -> Answer { return list(std::move(call), false); });
  add("/admin/v1/messages/count", "How many messages a filter matches",
      [this](DashboardCall call) -> Answer { return list(std::move(call), true); });
  add("/admin/v1/messages/{id}", "A message with all that happened to it",
      [this](DashboardCall call) -> Answer { return detail(std::move(call)); });
  add("/admin/v1/messages/{id}/body", "The body of a message",
      [this](DashboardCall call) -> Answer { return body(std::move(call), false); });
  add("/admin/v1/messages/{id}/attempts/{n}/body", "The body of an attempt's response",
      [this](DashboardCall call) -> Answer { return body(std::move(call), true); });
  add("/admin/v1/queues/{name}/waiting", "The messages that wait in a queue",
      [this](DashboardCall call) -> Answer { return waiting(std::move(call), keys::List::queue); });
  add("/admin/v1/flow-controls/{key}/waiting", "The messages that wait for a flow control key",
      [this](DashboardCall call) -> Answer {
        return waiting(std::move(call), keys::List::flow_control);
      });
}

}  // namespace godwit
