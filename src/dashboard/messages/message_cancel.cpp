#include "dashboard/messages/message_cancel.h"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>
#include <vector>

#include "api/bulk_cancel.h"
#include "api/reply.h"
#include "dashboard/messages/message_pages.h"
#include "dashboard/messages/message_query.h"
#include "dashboard/routing/answer.h"
#include "dashboard/routing/json_request.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

constexpr std::size_t ids_max = 10'000;           ///< Of one request.
constexpr std::size_t selection_max = 1'000'000;  ///< Ids in memory; then it looks on.
constexpr std::size_t page_size = 1'000;          ///< Messages of one look-up.
/// Messages of one commit, and the loop's time for others, as of the API's bulk cancels.
constexpr std::size_t slice_size = BulkCancel::Settings{}.slice_size;
constexpr Milliseconds slice_pause = BulkCancel::Settings{}.slice_pause;
constexpr std::chrono::milliseconds refused_pause{1'000};
constexpr int refusals_max = 60;  ///< Of one slice or look-up, for want of room.

constexpr std::array<std::string_view, 14> filter_names = {
    "state",    "id",       "url",      "host",   "label", "queue", "flowControlKey",
    "schedule", "urlGroup", "callerIp", "status", "since", "until", "text"};

bool is_single(std::string_view name) {
  return name == "since" || name == "until" || name == "text";
}

/// The texts of one member of the filter.
Result<std::vector<std::string>> read_values(std::string_view name,
                                             const simdjson::dom::element& value) {
  const std::string field = "filter." + std::string(name);
  std::vector<std::string> values;
  std::string_view text;
  simdjson::dom::array list;
  if (value.get_string().get(text) == simdjson::SUCCESS) {
    values.emplace_back(text);
  } else if (!is_single(name) && value.get_array().get(list) == simdjson::SUCCESS) {
    for (const simdjson::dom::element element : list) {
      if (element.get_string().get(text) != simdjson::SUCCESS) {
        return invalid_field(field, "give texts only");
      }
      values.emplace_back(text);
    }
  } else {
    return invalid_field(field,
                         is_single(name) ? "give one text" : "give a text or a list of texts");
  }
  // An empty one would match every message.
  if (values.empty() || std::ranges::any_of(values, &std::string::empty)) {
    return invalid_field(field, "it is empty; leave it out to select all");
  }
  if (values.size() > ids_max) return invalid_field(field, "give at most 10000 values at once");
  return values;
}

/// What one action works with. `actions` tells whether `services` are still there.
struct Work {
  const DashboardServices& services;
  std::shared_ptr<DashboardActions> actions;
  std::shared_ptr<DashboardAction> action;
  MessageSearch search;
  bool by_ids = false;
};

asio::awaitable<void> pause(const Work& work, std::chrono::milliseconds time) {
  asio::steady_timer timer(work.services.io, time);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

struct Found {
  std::vector<MessageId> ids;
  std::string cursor;
};

asio::awaitable<Result<Found>> find_page(const Work& work) {
  const DashboardServices& services = work.services;
  LivingMessages living = services.broker.living(living_query(work.search));
  co_return co_await services.read_snapshot<Found>(
      [search = work.search, living = std::move(living),
       log_begin = services.broker.log_begin()](const ListingSource& source) -> Result<Found> {
        const Result<MessagePage> page =
            search_messages(source.reader, source.partitions, search, living, log_begin);
        if (!page) return std::unexpected(page.error());
        Found found;
        for (const MessageSummary& summary : page->messages) {
          found.ids.push_back(summary.message->id);
        }
        found.cursor = page->cursor;
        return found;
      });
}

/// The next messages that the filter selects. Afterwards `work.search.cursor` leads on, if it must.
asio::awaitable<Result<std::vector<MessageId>>> find_living(Work& work) {
  std::vector<MessageId> ids;
  if (work.by_ids) {
    ids = work.search.filter.ids;
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    co_return ids;
  }
  int refusals = 0;
  while (ids.size() < selection_max) {
    Result<Found> found = co_await find_page(work);
    if (work.actions->stopped()) break;
    if (!found) {
      if (found.error().code != ErrorCode::unavailable || ++refusals > refusals_max) {
        co_return std::unexpected(found.error());
      }
      co_await pause(work, refused_pause);
      if (work.actions->stopped()) break;
      continue;
    }
    refusals = 0;
    ids.insert(ids.end(), found->ids.begin(), found->ids.end());
    work.search.cursor = std::move(found->cursor);
    if (work.search.cursor.empty()) break;
  }
  co_return ids;
}

/// Returns how many were cancelled. Refused for want of room, it is sent again.
asio::awaitable<Result<std::size_t>> cancel_slice(const Work& work, std::vector<MessageId> ids) {
  for (int refusals = 0;; ++refusals) {
    Result<std::size_t> canceled = co_await reply_to<std::size_t>([&work,
                                                                   &ids](Reply<std::size_t> reply) {
      work.services.broker.cancel_all(work.action->account, ids, std::nullopt, std::move(reply));
    });
    if (canceled || canceled.error().code != ErrorCode::unavailable || refusals == refusals_max ||
        work.actions->stopped()) {
      co_return canceled;
    }
    co_await pause(work, refused_pause);
    if (work.actions->stopped()) co_return canceled;
  }
}

/// The newest goes first: whoever stands behind it in a queue would else be started just before it
/// is cancelled itself.
asio::awaitable<void> run(Work work) {
  DashboardAction& action = *work.action;
  const auto failed = [&action](const Error& error) {
    action.error = error.message;
    action.state = DashboardAction::State::failed;
  };
  do {
    const Result<std::vector<MessageId>> ids = co_await find_living(work);
    if (work.actions->stopped()) co_return;
    if (!ids) {
      failed(ids.error());
      co_return;
    }
    action.total = action.total.value_or(0) + ids->size();
    for (std::size_t at = 0; at < ids->size(); at += slice_size) {
      const std::size_t end = std::min(ids->size(), at + slice_size);
      std::vector<MessageId> slice(ids->begin() + static_cast<std::ptrdiff_t>(at),
                                   ids->begin() + static_cast<std::ptrdiff_t>(end));
      const Result<std::size_t> canceled = co_await cancel_slice(work, std::move(slice));
      if (work.actions->stopped()) co_return;
      if (!canceled) {
        failed(canceled.error());
        co_return;
      }
      action.done += *canceled;
      co_await pause(work, slice_pause);
      if (work.actions->stopped()) co_return;
    }
  } while (!work.search.cursor.empty());
  action.state = DashboardAction::State::done;
}

}  // namespace

Result<CancelFilter> parse_cancel_filter(const DashboardCall& call, Timestamp now) {
  const Result<JsonRequest> request = JsonRequest::parse(call.request.body);
  if (!request) return std::unexpected(request.error());
  simdjson::dom::object filter;
  if (request->object()["filter"].get_object().get(filter) != simdjson::SUCCESS) {
    return invalid_field("filter", "give an object; {} selects all that are not ended");
  }
  std::vector<std::string> names;
  std::vector<DashboardQuery::Parameter> parameters;
  for (const auto& [name, value] : filter) {
    if (value.is_null()) continue;
    if (std::ranges::find(filter_names, name) == filter_names.end()) {
      return invalid_field("filter." + std::string(name),
                           "this is none; give state, id, url, host, label, queue, flowControlKey, "
                           "schedule, urlGroup, callerIp, status, since, until or text");
    }
    Result<std::vector<std::string>> values = read_values(name, value);
    if (!values) return std::unexpected(values.error());
    names.emplace_back(name);
    for (std::string& text : *values) {
      parameters.push_back({.name = std::string(name), .value = std::move(text)});
    }
  }
  Result<MessageSearch> search =
      parse_message_search(DashboardQuery(std::move(parameters)), call.caller.account, now);
  if (!search) return std::unexpected(search.error());
  search->count = page_size;
  const auto others = std::ranges::count_if(names, [](const auto& name) { return name != "id"; });
  return CancelFilter{.search = std::move(*search), .by_ids = !names.empty() && others == 0};
}

HttpResponse MessageCancel::begin(const DashboardCall& call) {
  const Timestamp now = services_.clock.now();
  Result<CancelFilter> filter = parse_cancel_filter(call, now);
  if (!filter) return dashboard_problem(filter.error());
  const auto action = actions_->begin(call.caller.account);
  if (!action) {
    return dashboard_problem({.status = 429,
                              .code = "too_many_actions",
                              .message = "As many bulk actions run as may. Wait until one ends."});
  }
  Work work{.services = services_,
            .actions = actions_,
            .action = action,
            .search = std::move(filter->search),
            .by_ids = filter->by_ids};
  MessageSearch& chosen = work.search;
  const bool any_state = chosen.states.empty();
  std::erase_if(chosen.states, [](MessageState state) { return !is_living(state); });
  if (chosen.states.empty()) {
    if (!any_state) {
      action->total = 0;
      action->state = DashboardAction::State::done;
      return dashboard_json(action_json(*action));
    }
    chosen.states = {MessageState::waiting, MessageState::retrying, MessageState::active};
  }
  chosen.to = std::min(chosen.to.value_or(now), now);
  chosen.scan_max = search_scan_max(services_);
  asio::co_spawn(services_.io, run(std::move(work)), asio::detached);
  return dashboard_json(action_json(*action));
}

void MessageCancel::add_routes(DashboardRouter& router) {
  router.add({.method = "POST",
              .path = "/admin/v1/messages/cancel",
              .access = DashboardAccess::write,
              .summary = "Cancel the messages that a filter matches",
              .handle = [this](DashboardCall call) { return answered(begin(call)); }});
}

}  // namespace godwit
