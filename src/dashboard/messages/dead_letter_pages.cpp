#include "dashboard/messages/dead_letter_pages.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "api/destination.h"
#include "api/message_settings.h"
#include "api/reply.h"
#include "core/redaction.h"
#include "core/url.h"
#include "dashboard/messages/message_detail.h"
#include "dashboard/messages/message_rows.h"
#include "dashboard/routing/answer.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

constexpr std::size_t action_ids_max = 100'000;  ///< Entries of one action.
constexpr std::size_t action_batch = 100;        ///< Entries that one command takes.
constexpr std::int64_t per_minute_max = 60'000;

/// A value is a text; there is nothing else that a header could hold.
Result<void> add_header(Headers& headers, std::string_view name, simdjson::dom::element element) {
  std::string_view value;
  if (element.get_string().get(value) != simdjson::SUCCESS) {
    return invalid_field("headers", "give every header's value as a text");
  }
  if (!is_sendable(name, value)) {
    return invalid_field("headers",
                         "a name or a value cannot be sent in a request; take control "
                         "characters and blanks in names out");
  }
  headers.push_back({canonical_header_name(name), std::string(value)});
  return {};
}

Result<std::optional<Headers>> read_headers(const JsonRequest& request, const PublishRules& rules) {
  if (!request.has("headers")) return std::nullopt;
  const simdjson::dom::element element = request.object().at_key("headers").value_unsafe();
  Headers headers;
  if (simdjson::dom::array lines; element.get_array().get(lines) == simdjson::SUCCESS) {
    for (const simdjson::dom::element line : lines) {
      std::string_view name;
      simdjson::dom::element value;
      if (line["name"].get_string().get(name) != simdjson::SUCCESS ||
          line["value"].get(value) != simdjson::SUCCESS) {
        return invalid_field("headers", "give objects with a name and a value");
      }
      if (Result<void> added = add_header(headers, name, value); !added) {
        return std::unexpected(added.error());
      }
    }
  } else if (simdjson::dom::object object; element.get_object().get(object) == simdjson::SUCCESS) {
    for (const auto& [name, value] : object) {
      if (Result<void> added = add_header(headers, name, value); !added) {
        return std::unexpected(added.error());
      }
    }
  } else {
    return invalid_field("headers", "give an array of objects with a name and a value");
  }
  std::size_t size = 0;
  for (const Header& header : headers) size += header.name.size() + header.value.size();
  if (headers.size() > forwarded_headers_max || size > rules.settings.forwarded_headers_size_max) {
    return invalid_field("headers", "they are more than a message may have; take some out");
  }
  return headers;
}

/// What a page got to see of a redacted header comes back as it was shown.
void keep_redacted(Headers& given, const Headers& old) {
  for (Header& header : given) {
    if (!header.value.starts_with("REDACTED:")) continue;
    for (const Header& before : old) {
      if (equals_ignore_case(before.name, header.name) && redacted(before.value) == header.value) {
        header.value = before.value;
        break;
      }
    }
  }
}

/// One bulk request on its way.
struct Bulk {
  DeadLetterSearch search;
  bool deletes = false;
  std::int64_t per_minute = 0;  ///< 0: at once.
};

Result<Bulk> read_bulk(const DashboardCall& call, bool deletes) {
  const Result<JsonRequest> request = JsonRequest::parse(call.request.body);
  if (!request) return std::unexpected(request.error());
  Bulk bulk;
  bulk.deletes = deletes;
  DeadLetterQuery& query = bulk.search.query;
  query.account = call.caller.account;
  query.order = Order::latest_first;
  simdjson::dom::object filter;
  // All of them must be asked for as such: a filter that is spelled wrong must not delete more.
  if (request->object()["filter"].get_object().get(filter) != simdjson::SUCCESS) {
    return invalid_field("filter", "give an object; {} selects all dead letters");
  }
  for (const auto& [name, value] : filter) {
    if (value.is_null()) continue;
    std::string_view text;
    std::int64_t number = 0;
    simdjson::dom::array ids;
    if (name == "host" && value.get_string().get(text) == simdjson::SUCCESS) {
      query.filter.hosts.emplace_back(text);
    } else if (name == "fingerprint" && value.get_string().get(text) == simdjson::SUCCESS) {
      bulk.search.fingerprints.emplace_back(text);
    } else if (name == "status" && value.get_int64().get(number) == simdjson::SUCCESS &&
               number >= 0 && number <= 999) {
      query.statuses.push_back(static_cast<int>(number));
    } else if (name == "ids" && value.get_array().get(ids) == simdjson::SUCCESS) {
      for (const simdjson::dom::element element : ids) {
        const auto id = element.get_string().get(text) == simdjson::SUCCESS
                            ? DeadLetterId::parse(text)
                            : std::nullopt;
        if (!id) return invalid_field("filter.ids", "give ids of dead letters");
        query.dead_letter_ids.push_back(*id);
      }
      if (query.dead_letter_ids.empty()) return invalid_field("filter.ids", "give at least one id");
      if (query.dead_letter_ids.size() > action_ids_max) {
        return invalid_field("filter.ids", "give at most 100000 at once");
      }
    } else {
      return invalid_field("filter." + std::string(name),
                           "this is none; give host, status, fingerprint or ids");
    }
  }
  if (!deletes) {
    const auto pace = request->integer("perMinute", 1, per_minute_max);
    if (!pace) return std::unexpected(pace.error());
    bulk.per_minute = pace->value_or(0);
  }
  return bulk;
}

struct FoundIds {
  std::vector<DeadLetterId> ids;
  std::string cursor;
};

/// The entries of one step. What they hold is only read when the filter asks for it.
Result<FoundIds> find_ids(const ListingSource& source, DeadLetterSearch search) {
  FoundIds found;
  if (!search.query.dead_letter_ids.empty()) {
    found.ids = search.query.dead_letter_ids;
    return found;
  }
  search.query.count = 1'000;
  search.query.scan_max = source.scan_max;
  if (!search.fingerprints.empty()) {
    Result<DeadLetterPage> page = find_dead_letters(source, std::move(search));
    if (!page) return std::unexpected(page.error());
    for (const DeadLetterEntry& entry : page->entries) found.ids.push_back(entry.id);
    found.cursor = std::move(page->cursor);
    return found;
  }
  Result<DeadLetterIdPage> page =
      list_dead_letter_ids(source.reader, source.partitions, search.query);
  if (!page) return std::unexpected(page.error());
  found.ids = std::move(page->ids);
  found.cursor = std::move(page->cursor);
  return found;
}

/// First finds all entries, so that messages that fail again while it runs are not replayed again;
/// then takes them a few at a time. `actions` tells whether `services` are still there.
asio::awaitable<void> run_bulk(const DashboardServices& services,
                               std::shared_ptr<DashboardActions> actions,
                               std::shared_ptr<DashboardAction> action, Bulk bulk) {
  std::vector<DeadLetterId> ids;
  const auto failed = [&action](const Error& error) {
    action->error = error.message;
    action->state = DashboardAction::State::failed;
  };
  const AccountId account = bulk.search.query.account;
  for (;;) {
    DeadLetterSearch search = bulk.search;
    const Result<FoundIds> found = co_await services.read_snapshot<FoundIds>(
        [search = std::move(search)](const ListingSource& source) {
          return find_ids(source, search);
        });
    if (actions->stopped()) co_return;
    if (!found) {
      failed(found.error());
      co_return;
    }
    ids.insert(ids.end(), found->ids.begin(), found->ids.end());
    bulk.search.query.cursor = found->cursor;
    if (found->cursor.empty() || ids.size() >= action_ids_max) break;
  }
  ids.resize(std::min(ids.size(), action_ids_max));
  // The oldest goes first.
  std::ranges::sort(ids);
  action->total = ids.size();
  const Timestamp begin = services.clock.now();
  for (std::size_t at = 0; at < ids.size(); at += action_batch) {
    const std::size_t end = std::min(ids.size(), at + action_batch);
    if (bulk.deletes) {
      const std::vector<DeadLetterId> batch(ids.begin() + static_cast<std::ptrdiff_t>(at),
                                            ids.begin() + static_cast<std::ptrdiff_t>(end));
      const Result<std::size_t> deleted =
          co_await reply_to<std::size_t>([&services, &batch, account](Reply<std::size_t> reply) {
            services.broker.delete_dead_letters(account, batch, std::move(reply));
          });
      if (!deleted) {
        failed(deleted.error());
        co_return;
      }
      action->done += *deleted;
    } else {
      std::vector<DeadLetterRetry> batch;
      for (std::size_t i = at; i < end; ++i) {
        Timestamp time{};
        if (bulk.per_minute > 0) {
          time = begin + Milliseconds(static_cast<std::int64_t>(i) * 60'000 / bulk.per_minute);
        }
        batch.push_back({.id = ids[i], .change = [time](Message& message) {
                           message.not_before = std::max(message.not_before, time);
                         }});
      }
      const Result<std::vector<PublishReceipt>> receipts =
          co_await reply_to<std::vector<PublishReceipt>>(
              [&services, &batch, account](Reply<std::vector<PublishReceipt>> reply) {
                services.broker.retry_dead_letters(account, batch, std::move(reply));
              });
      if (!receipts) {
        failed(receipts.error());
        co_return;
      }
      action->done += receipts->size();
    }
    if (actions->stopped()) co_return;
  }
  action->state = DashboardAction::State::done;
}

void write_status(JsonWriter& json, int status) {
  json.key("status");
  if (status == 0) return json.raw("null");
  json.integer(status);
}

}  // namespace

Result<std::function<void(Message&)>> parse_replay_changes(const JsonRequest& request,
                                                           const PublishRules& rules) {
  const auto url = request.text("url", url_length_max);
  if (!url) return std::unexpected(url.error());
  if (*url) {
    const Result<void> checked = check_url(**url, rules);
    if (!checked) return invalid_field("url", checked.error().message);
  }
  const auto method_text = request.text("method", 10);
  if (!method_text) return std::unexpected(method_text.error());
  std::optional<Method> method;
  if (*method_text) {
    method = parse_method(**method_text);
    if (!method) return invalid_field("method", "give GET, POST, PUT, PATCH or DELETE");
  }
  Result<std::optional<Headers>> headers = read_headers(request, rules);
  if (!headers) return std::unexpected(headers.error());
  Result<std::optional<std::string>> body =
      request.bytes("body", "bodyBase64", rules.settings.message_size_max);
  if (!body) return std::unexpected(body.error());
  return std::function<void(Message&)>([url = *url, method, headers = std::move(*headers),
                                        body = std::move(*body)](Message& message) {
    if (url) message.url = *url;
    if (method) message.method = *method;
    if (headers) {
      Headers given = *headers;
      keep_redacted(given, message.headers);
      message.headers = std::move(given);
    }
    if (body) message.body = *body;
  });
}

asio::awaitable<HttpResponse> DeadLetterPages::list(DashboardCall call) {
  Result<DeadLetterSearch> search =
      parse_dead_letter_search(call.query, call.caller.account, services_.clock.now());
  if (!search) co_return dashboard_problem(search.error());
  const Result<DeadLetterPage> page = co_await services_.read_snapshot<DeadLetterPage>(
      [search = std::move(*search)](const ListingSource& source) {
        return find_dead_letters(source, search);
      });
  if (!page) co_return dashboard_problem(page.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("deadLetters");
  json.begin_array();
  for (const DeadLetterEntry& entry : page->entries) {
    json.begin_object();
    json.member("id", entry.id.to_string());
    json.key("message");
    write_message_row(json, summary_of(entry), services_.broker);
    write_time(json, "enteredAt", entry.id.entered);
    write_time(json, "expiresAt", entry.id.entered + retention_);
    json.member("fingerprint", fingerprint_of(entry.record));
    json.end_object();
  }
  json.end_array();
  write_text_or_null(json, "cursor", page->cursor);
  json.end_object();
  co_return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> DeadLetterPages::groups(DashboardCall call) {
  const Result<DeadLetterGroups> found = co_await services_.read_snapshot<DeadLetterGroups>(
      [account = call.caller.account](const ListingSource& source) {
        return group_dead_letters(source, account);
      });
  if (!found) co_return dashboard_problem(found.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("groups");
  json.begin_array();
  for (const DeadLetterGroup& group : found->groups) {
    json.begin_object();
    json.member("host", group.host);
    write_status(json, group.status);
    json.member("fingerprint", group.fingerprint);
    json.member("error", group.error);
    json.member("count", group.count);
    write_time(json, "firstAt", group.first);
    write_time(json, "lastAt", group.last);
    json.member("newest", group.newest.to_string());
    json.end_object();
  }
  json.end_array();
  json.member("scanned", found->scanned);
  json.member("complete", found->complete);
  json.end_object();
  co_return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> DeadLetterPages::detail(DashboardCall call) {
  const std::string text = call.at("id");
  const std::optional<DeadLetterId> id = DeadLetterId::parse(text);
  if (!id) co_return dashboard_not_found("dead letter", text);
  using Found = std::optional<MessageDetail>;
  const Result<Found> found = co_await services_.read_snapshot<Found>(
      [account = call.caller.account, id = *id](const ListingSource& source) -> Result<Found> {
        Result<std::optional<DeadLetterRecord>> record =
            read_dead_letter(source.reader, source.partitions, account, id);
        if (!record) return std::unexpected(record.error());
        if (!*record) return Found();
        const DeadLetterEntry entry{id, std::move(**record)};
        // It has ended: only the log knows more, as long as it goes back.
        Result<Found> detail =
            read_detail(source.reader, source.partitions, account, entry.record.message.id, {});
        if (!detail) return std::unexpected(detail.error());
        if (!*detail) {
          detail->emplace();
          (*detail)->history.summary = summary_of(entry);
          (*detail)->history.rows.push_back(*(*detail)->history.summary.last);
        }
        MessageHistory& history = (*detail)->history;
        history.summary.message = std::make_shared<const Message>(entry.record.message);
        history.summary.body_size = entry.record.message.body.size();
        history.body_whole = true;
        (*detail)->dead_letter = id;
        return detail;
      });
  if (!found) co_return dashboard_problem(found.error());
  if (!*found) co_return dashboard_not_found("dead letter", text);
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_detail_members(json, **found, std::nullopt, services_.clock.now());
  json.member("deadLetter", text);
  write_time(json, "enteredAt", id->entered);
  write_time(json, "expiresAt", id->entered + retention_);
  json.end_object();
  co_return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> DeadLetterPages::replay(DashboardCall call) {
  const std::string text = call.at("id");
  const std::optional<DeadLetterId> id = DeadLetterId::parse(text);
  if (!id) co_return dashboard_not_found("dead letter", text);
  const Result<JsonRequest> request = JsonRequest::parse(call.request.body);
  if (!request) co_return dashboard_problem(request.error());
  Result<std::function<void(Message&)>> change = parse_replay_changes(*request, services_.rules);
  if (!change) co_return dashboard_problem(change.error());
  std::vector<DeadLetterRetry> retries;
  retries.push_back({.id = *id, .change = std::move(*change)});
  const Result<std::vector<PublishReceipt>> receipts =
      co_await reply_to<std::vector<PublishReceipt>>(
          [this, &call, &retries](Reply<std::vector<PublishReceipt>> reply) {
            services_.broker.retry_dead_letters(call.caller.account, retries, std::move(reply));
          });
  if (!receipts) co_return dashboard_problem(receipts.error());
  if (receipts->empty()) co_return dashboard_not_found("dead letter", text);
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("messageId", receipts->front().id.to_string());
  json.end_object();
  co_return dashboard_json(std::move(body));
}

HttpResponse DeadLetterPages::begin_action(const DashboardCall& call, bool deletes) {
  Result<Bulk> bulk = read_bulk(call, deletes);
  if (!bulk) return dashboard_problem(bulk.error());
  const auto action = actions_->begin(call.caller.account);
  if (!action) {
    return dashboard_problem({.status = 429,
                              .code = "too_many_actions",
                              .message = "As many bulk actions run as may. Wait until one ends."});
  }
  asio::co_spawn(services_.io, run_bulk(services_, actions_, action, std::move(*bulk)),
                 asio::detached);
  return dashboard_json(action_json(*action));
}

HttpResponse DeadLetterPages::action(const DashboardCall& call) const {
  const std::string& id = call.at("id");
  const auto found = actions_->find(call.caller.account, id);
  return found ? dashboard_json(action_json(*found)) : dashboard_not_found("action", id);
}

void DeadLetterPages::add_routes(DashboardRouter& router) {
  const auto add = [&router](std::string method, std::string path, std::string summary,
                             auto handle) {
    const DashboardAccess access = method == "GET" ? DashboardAccess::read : DashboardAccess::write;
    router.add({.method = std::move(method),
                .path = std::move(path),
                .access = access,
                .summary = std::move(summary),
                .handle = std::move(handle)});
  };
  using Answer = asio::awaitable<HttpResponse>;
  add("GET", "/admin/v1/dead-letters", "Dead letters, the newest first",
      [this](DashboardCall call) -> Answer { return list(std::move(call)); });
  add("GET", "/admin/v1/dead-letters/groups", "Dead letters by host, status and error",
      [this](DashboardCall call) -> Answer { return groups(std::move(call)); });
  add("GET", "/admin/v1/dead-letters/{id}", "A dead letter with all that happened to it",
      [this](DashboardCall call) -> Answer { return detail(std::move(call)); });
  add("POST", "/admin/v1/dead-letters/{id}/replay", "Publish a dead letter again, with changes",
      [this](DashboardCall call) -> Answer { return replay(std::move(call)); });
  add("POST", "/admin/v1/dead-letters/replay", "Publish many dead letters again, at a pace",
      [this](DashboardCall call) -> Answer { return answered(begin_action(call, false)); });
  add("POST", "/admin/v1/dead-letters/delete", "Delete many dead letters",
      [this](DashboardCall call) -> Answer { return answered(begin_action(call, true)); });
  add("GET", "/admin/v1/actions/{id}", "How far a bulk action has come",
      [this](DashboardCall call) -> Answer { return answered(action(call)); });
}

}  // namespace godwit
