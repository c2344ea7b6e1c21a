#include "dashboard/messages/log_pages.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "dashboard/messages/message_query.h"
#include "dashboard/messages/message_rows.h"
#include "dashboard/routing/answer.h"
#include "engine/message_search.h"
#include "net/body_source.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

constexpr std::size_t page_step = 500;  ///< Rows that one reading looks at.
constexpr std::size_t steps_max = 40;   ///< Readings for a page that finds little.

/// What selects rows: the engine's query, and what only the dashboard asks.
struct RowSearch {
  LogQuery query{};
  MessageSearch message{};  ///< Without its states: those are of messages, not of rows.
};

Result<RowSearch> parse_row_search(const DashboardQuery& query, AccountId account, Timestamp now) {
  Result<MessageSearch> message = parse_message_search(query, account, now);
  if (!message) return std::unexpected(message.error());
  RowSearch search;
  search.message = std::move(*message);
  search.query.account = account;
  search.query.filter = search.message.filter;
  search.query.from = search.message.from;
  search.query.to = search.message.to;
  search.query.order = search.message.order;
  search.query.count = search.message.count;
  search.query.cursor = search.message.cursor;
  if (const std::string* const state = query.find("rowState");
      state != nullptr && !state->empty()) {
    search.query.state = parse_log_state(*state);
    if (!search.query.state) {
      return fail(ErrorCode::invalid_argument,
                  "rowState: give CREATED, ACTIVE, RETRY, ERROR, DELIVERED, FAILED, "
                  "CANCEL_REQUESTED or CANCELED");
    }
  }
  return search;
}

bool row_matches(const RowSearch& search, const LogEntry& entry) {
  if (!search.message.statuses.empty() &&
      std::ranges::none_of(search.message.statuses, [&](const StatusRange& range) {
        return entry.row.status >= range.least && entry.row.status <= range.most;
      })) {
    return false;
  }
  const std::string& text = search.message.text;
  MessageSearch rest;
  rest.url_parts = search.message.url_parts;
  MessageSummary summary;
  summary.message = entry.message;
  if (!matches(rest, summary)) return false;
  if (text.empty() || entry.row.error.find(text) != std::string::npos ||
      entry.row.response_body.find(text) != std::string::npos) {
    return true;
  }
  rest.text = text;
  return matches(rest, summary);
}

struct FoundRows {
  std::vector<LogEntry> rows;
  std::string cursor;
  std::size_t scanned = 0;
};

/// Reads on until `count` rows match or enough was looked at. A row's cursor is its place.
Result<FoundRows> find_rows(const StoreReader& reader, std::uint16_t partitions,
                            const RowSearch& search, const LivingMessages& living,
                            std::size_t scan_max, std::size_t steps) {
  FoundRows found;
  LogQuery query = search.query;
  query.scan_max = scan_max;
  const std::size_t count = std::max<std::size_t>(search.query.count, 1);
  const bool looks_inside = !search.message.text.empty() || !search.message.statuses.empty() ||
                            !search.message.url_parts.empty();
  for (std::size_t step = 0; step < steps; ++step) {
    query.count = looks_inside ? page_step : count - found.rows.size();
    // A page that finds more than it needs is read again, with no more than that.
    Result<LogPage> page = list_log(reader, partitions, query, living);
    if (!page) return std::unexpected(page.error());
    const auto wanted = static_cast<std::size_t>(std::ranges::count_if(
        page->entries, [&](const LogEntry& entry) { return row_matches(search, entry); }));
    if (found.rows.size() + wanted > count) {
      std::size_t taken = 0;
      std::size_t left = count - found.rows.size();
      for (; taken < page->entries.size() && left > 0; ++taken) {
        if (row_matches(search, page->entries[taken])) --left;
      }
      query.count = taken;
      page = list_log(reader, partitions, query, living);
      if (!page) return std::unexpected(page.error());
    }
    found.scanned += page->entries.size();
    for (LogEntry& entry : page->entries) {
      if (row_matches(search, entry)) found.rows.push_back(std::move(entry));
    }
    found.cursor = page->cursor;
    if (found.cursor.empty() || found.rows.size() >= count) break;
    query.cursor = found.cursor;
  }
  return found;
}

void write_row(JsonWriter& json, const LogEntry& entry, std::size_t error_max) {
  json.begin_object();
  write_time(json, "at", entry.row.time);
  json.member("state", to_string(entry.row.state));
  json.member("messageId", entry.message->id.to_string());
  json.member("url", entry.message->url);
  json.key("status");
  if (entry.row.status != 0) {
    json.integer(entry.row.status);
  } else {
    json.raw("null");
  }
  write_text_or_null(json, "error", cut_text(entry.row.error, error_max));
  std::optional<double> duration;
  if (entry.row.timing) duration = static_cast<double>(entry.row.timing->total.count()) / 1000;
  write_number(json, "durationMs", duration);
  json.key("labels");
  json.begin_array();
  for (const std::string& label : entry.message->labels) json.string(label);
  json.end_array();
  json.end_object();
}

constexpr std::string_view csv_head = "at,state,messageId,url,status,error,durationMs,labels\r\n";

void append_csv(std::string& out, const LogEntry& entry) {
  const auto add = [&out](std::string_view text, char end = ',') {
    out += csv_field(text);
    out += end;
  };
  add(iso_time(entry.row.time));
  add(to_string(entry.row.state));
  add(entry.message->id.to_string());
  add(entry.message->url);
  add(entry.row.status == 0 ? std::string() : std::to_string(entry.row.status));
  add(entry.row.error);
  add(entry.row.timing ? std::to_string(static_cast<double>(entry.row.timing->total.count()) / 1000)
                       : std::string());
  std::string labels;
  for (const std::string& label : entry.message->labels) {
    if (!labels.empty()) labels += ", ";
    labels += label;
  }
  add(labels, '\r');
  out += '\n';
}

/// Reads page after page of one snapshot, and none before the last was sent.
class LogFile final : public BodySource {
 public:
  LogFile(const DashboardServices& services, RowSearch search, bool is_csv)
      : readers_(services.readers),
        partitions_(services.partitions),
        scan_max_(services.settings.scan_max),
        living_(services.broker.living(search.query)),
        snapshot_(services.store.snapshot()),
        search_(std::move(search)),
        is_csv_(is_csv),
        begins_(is_csv) {
    search_.query.count = page_step;
  }

  asio::awaitable<Result<std::optional<std::string>>> next() override {
    if (ended_) co_return std::nullopt;
    std::string piece;
    if (std::exchange(begins_, false)) piece = csv_head;
    std::move_only_function<Result<FoundRows>()> work = [snapshot = snapshot_, search = search_,
                                                         living = living_, partitions = partitions_,
                                                         scan_max = scan_max_]() {
      return find_rows(*snapshot, partitions, search, living, scan_max, 1);
    };
    const Result<FoundRows> found = co_await readers_.run<FoundRows>(std::move(work));
    if (!found) co_return std::unexpected(found.error());
    for (const LogEntry& entry : found->rows) {
      if (is_csv_) {
        append_csv(piece, entry);
      } else {
        JsonWriter json(piece);
        write_row(json, entry, entry.row.error.size());
        piece += '\n';
      }
    }
    search_.query.cursor = found->cursor;
    ended_ = found->cursor.empty();
    co_return piece;
  }

  void stop() override { ended_ = true; }

 private:
  ReaderPool& readers_;
  const std::uint16_t partitions_;
  const std::size_t scan_max_;
  const LivingMessages living_;
  const std::shared_ptr<const StoreReader> snapshot_;
  RowSearch search_;
  const bool is_csv_;
  bool begins_;
  bool ended_ = false;
};

}  // namespace

std::string csv_field(std::string_view text) {
  const bool is_formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  if (!is_formula && text.find_first_of(",\"\r\n;'") == std::string_view::npos) {
    return std::string(text);
  }
  std::string field = "\"";
  if (is_formula) field += '\'';
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  field += '"';
  return field;
}

asio::awaitable<HttpResponse> LogPages::list(DashboardCall call) {
  Result<RowSearch> search =
      parse_row_search(call.query, call.caller.account, services_.clock.now());
  if (!search) co_return dashboard_problem(search.error());
  LivingMessages living = services_.broker.living(search->query);
  const Result<FoundRows> found = co_await services_.read_snapshot<FoundRows>(
      [search = std::move(*search), living = std::move(living)](const ListingSource& source) {
        return find_rows(source.reader, source.partitions, search, living, source.scan_max,
                         steps_max);
      });
  if (!found) co_return dashboard_problem(found.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("rows");
  json.begin_array();
  for (const LogEntry& entry : found->rows) write_row(json, entry, error_shown_max);
  json.end_array();
  write_text_or_null(json, "cursor", found->cursor);
  json.key("scanned");
  json.begin_object();
  json.member("messages", found->scanned);
  write_time(json, "back",
             found->cursor.empty() || found->rows.empty()
                 ? std::nullopt
                 : std::optional(found->rows.back().row.time));
  json.member("complete", found->cursor.empty());
  json.end_object();
  json.end_object();
  co_return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> LogPages::write_file(DashboardCall call) {
  Result<RowSearch> search =
      parse_row_search(call.query, call.caller.account, services_.clock.now());
  if (!search) co_return dashboard_problem(search.error());
  const std::string* const format = call.query.find("format");
  if (format == nullptr || (*format != "ndjson" && *format != "csv")) {
    co_return dashboard_problem({.message = "format: give ndjson or csv", .field = "format"});
  }
  search->query.cursor.clear();
  const bool is_csv = *format == "csv";
  HttpResponse response;
  response.headers = {
      {.name = "Content-Type",
       .value = is_csv ? "text/csv; charset=utf-8" : "application/x-ndjson"},
      {.name = "Content-Disposition",
       .value = std::string("attachment; filename=\"godwit-logs.") + *format + "\""},
      {.name = "Cache-Control", .value = "no-store"}};
  response.stream = std::make_shared<LogFile>(services_, std::move(*search), is_csv);
  co_return response;
}

void LogPages::add_routes(DashboardRouter& router) {
  using Answer = asio::awaitable<HttpResponse>;
  router.add({.method = "GET",
              .path = "/admin/v1/logs",
              .access = DashboardAccess::read,
              .summary = "Rows of the log, by filter",
              .handle = [this](DashboardCall call) -> Answer { return list(std::move(call)); }});
  router.add(
      {.method = "GET",
       .path = "/admin/v1/logs/export",
       .access = DashboardAccess::read,
       .summary = "Rows of the log as a file",
       .handle = [this](DashboardCall call) -> Answer { return write_file(std::move(call)); }});
}

}  // namespace godwit
