#include "api/bulk_cancel.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <span>
#include <utility>

#include "api/reply.h"
#include "core/quota.h"
#include "core/signature.h"
#include "engine/keys.h"

namespace godwit {

namespace asio = boost::asio;

namespace {

/// Ids sort by creation, which is how the listing finds the newest.
std::string make_action_id(Timestamp now) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string time(12, '0');
  auto ms = static_cast<std::uint64_t>(to_unix_ms(now));
  for (auto digit = time.rbegin(); digit != time.rend(); ++digit, ms /= 16) {
    *digit = digits[ms % 16];
  }
  return make_identifier("bulk_" + time + "_", random_bytes(20));
}

/// More ids than a `count` asks for are looked up: some of the first may be ending already.
constexpr std::size_t count_spare = 2'048;

struct Unfinished {
  AccountId account = 0;
  BulkAction record;
};

Result<std::vector<Unfinished>> find_unfinished(const StoreReader& reader) {
  std::vector<Unfinished> found;
  constexpr keys::Resource resource = keys::Resource::bulk_action;
  const Result<void> scanned = reader.scan(
      Space::meta, keys::resources(0, resource), StoreReader::Direction::forward,
      [&](std::string_view key, std::string_view value) {
        const std::optional<keys::ResourceName> name = keys::parse_resource(resource, key);
        if (!name) return true;
        Result<BulkAction> record = decode_bulk_action(value, name->name);
        // What cannot be read is left to whoever lists it: it must not stop the others.
        if (record && record->completed == Timestamp{}) {
          found.push_back({.account = name->account, .record = std::move(*record)});
        }
        return true;
      });
  if (!scanned) return std::unexpected(scanned.error());
  return found;
}

}  // namespace

BulkCancel::BulkCancel(asio::io_context& io, Settings settings, ReaderPool& readers, Broker& broker,
                       const Store& store, const Clock& clock)
    : io_(io),
      settings_(settings),
      readers_(readers),
      broker_(broker),
      store_(store),
      clock_(clock) {}

asio::awaitable<Result<BulkAction>> BulkCancel::cancel(AccountId account,
                                                       CancelSelection selection) {
  const auto self = shared_from_this();
  const bool asynchronous = selection.asynchronous;
  Headers filter = filters_of(selection);
  ActionPtr action;
  const auto same = std::ranges::find_if(running_, [&](const ActionPtr& other) {
    return other->account == account && other->record.filter == filter;
  });
  if (same != running_.end()) {
    action = *same;
  } else {
    if (running_.size() >= settings_.running_max) {
      co_return quota_exceeded("maxBulkActions", settings_.running_max, "api.bulk_actions_max");
    }
    BulkAction record;
    record.created = clock_.now();
    record.id = make_action_id(record.created);
    record.filter = std::move(filter);
    action = begin(account, std::move(selection), std::move(record));
  }
  if (asynchronous) {
    co_await wait(*action, settings_.wait_max, [&] { return action->recorded; });
    co_await wait(*action, settings_.total_wait_max, [&] { return action->selected; });
  } else {
    co_await wait(*action, settings_.wait_max, [] { return false; });
  }
  if (action->failed) co_return std::unexpected(*action->failed);
  if (action->ended || (asynchronous && action->recorded)) co_return action->record;
  if (released_) {
    co_return fail(ErrorCode::unavailable, "the server is shutting down; the bulk cancel " +
                                               action->record.id + " goes on after its restart");
  }
  co_return fail(ErrorCode::rate_limited,
                 "the bulk cancel has not ended in time and goes on: see /v2/bulkActions/" +
                     action->record.id);
}

void BulkCancel::resume() { asio::co_spawn(io_, read_unfinished(), asio::detached); }

void BulkCancel::stop() {
  stopped_ = true;
  release();
}

void BulkCancel::release() {
  released_ = true;
  for (const ActionPtr& action : running_) tell(*action);
}

BulkCancel::ActionPtr BulkCancel::begin(AccountId account, CancelSelection selection,
                                        BulkAction record) {
  auto action = std::make_shared<Action>();
  action->account = account;
  action->selection = std::move(selection);
  action->record = std::move(record);
  running_.push_back(action);
  queued_.push_back(action);
  start_next();
  return action;
}

void BulkCancel::start_next() {
  while (!stopped_ && active_ < settings_.active_max && !queued_.empty()) {
    ActionPtr action = std::move(queued_.front());
    queued_.pop_front();
    ++active_;
    asio::co_spawn(io_, run(std::move(action)), asio::detached);
  }
}

asio::awaitable<void> BulkCancel::run(ActionPtr action) {
  const auto self = shared_from_this();
  Result<void> worked = co_await work(*action);
  if (!worked) action->failed = std::move(worked.error());
  action->ended = true;
  std::erase(running_, action);
  --active_;
  tell(*action);
  start_next();
}

asio::awaitable<Result<void>> BulkCancel::work(Action& action) {
  // First of all, so that its id means something from the first answer on.
  const Result<std::size_t> recorded = co_await cancel_slice(action, {}, action.record);
  if (!recorded) co_return std::unexpected(recorded.error());
  action.recorded = true;
  tell(action);
  bool exhausted = false;
  while (!exhausted) {
    Result<void> done = co_await cancel_selected(action, exhausted);
    if (!done) co_return done;
  }
  if (action.record.completed == Timestamp{}) {
    action.record.completed = clock_.now();
    const Result<std::size_t> ended = co_await cancel_slice(action, {}, action.record);
    if (!ended) co_return std::unexpected(ended.error());
  }
  co_return Result<void>();
}

/// One look-up and the cancelling of what it found. `exhausted`: there is no need for another.
asio::awaitable<Result<void>> BulkCancel::cancel_selected(Action& action, bool& exhausted) {
  BulkAction& record = action.record;
  const std::optional<std::size_t> count = action.selection.count;
  const std::size_t most = count ? *count + count_spare : settings_.selection_max;
  Result<std::vector<MessageId>> selected = co_await select(action, most);
  if (!selected) co_return std::unexpected(std::move(selected.error()));
  // A full selection may not be all, unless nothing of it could be cancelled any more.
  const bool all = count.has_value() || selected->size() < most;
  const std::uint64_t canceled_before = record.canceled;
  record.total = record.processed +
                 (count ? std::min<std::size_t>(*count, selected->size()) : selected->size());
  action.selected = true;
  tell(action);

  std::span<const MessageId> left = *selected;
  const auto wanted = [&]() -> std::size_t {
    return count ? *count - std::min<std::size_t>(*count, record.canceled) : left.size();
  };
  while (!left.empty() && wanted() > 0) {
    const std::size_t size = std::min({settings_.slice_size, left.size(), wanted()});
    BulkAction next = record;
    next.processed = std::min<std::uint64_t>(record.processed + size, record.total);
    if (all && size == left.size()) next.completed = clock_.now();
    const std::span<const MessageId> slice = left.first(size);
    const Result<std::size_t> canceled =
        co_await cancel_slice(action, std::vector<MessageId>(slice.begin(), slice.end()), next);
    if (!canceled) co_return std::unexpected(canceled.error());
    next.canceled += *canceled;
    record = std::move(next);
    left = left.subspan(size);
    if (left.empty()) break;
    co_await pause(settings_.slice_pause);
    if (stopped_) co_return fail(ErrorCode::unavailable, "the server is shutting down");
  }
  exhausted = all || record.canceled == canceled_before;
  co_return Result<void>();
}

/// Returns how many were cancelled; the engine adds that to what the record says. Refused for want
/// of room, it is sent again: the action was promised.
asio::awaitable<Result<std::size_t>> BulkCancel::cancel_slice(const Action& action,
                                                              std::vector<MessageId> ids,
                                                              BulkAction record) {
  const AccountId account = action.account;
  const std::optional<BulkAction> written(std::move(record));
  for (;;) {
    Result<std::size_t> canceled =
        co_await reply_to<std::size_t>([this, account, &ids, &written](Reply<std::size_t> reply) {
          broker_.cancel_all(account, ids, written, std::move(reply));
        });
    if (canceled || canceled.error().code != ErrorCode::unavailable || !action.recorded) {
      co_return canceled;
    }
    co_await pause(settings_.retry_delay);
    if (stopped_) co_return canceled;
  }
}

asio::awaitable<Result<std::vector<MessageId>>> BulkCancel::select(const Action& action,
                                                                   std::size_t max) {
  const CancelSelection& selection = action.selection;
  const Timestamp until =
      std::min(selection.to.value_or(action.record.created), action.record.created);
  for (;;) {
    Result<std::vector<MessageId>> ids = co_await readers_.run<std::vector<MessageId>>(
        [snapshot = store_.snapshot(), account = action.account, filter = selection.filter,
         from = selection.from, until,
         max] { return select_living(*snapshot, account, filter, from, until, max); });
    if (ids || ids.error().code != ErrorCode::unavailable) co_return ids;
    co_await pause(settings_.retry_delay);
    if (stopped_) co_return ids;
  }
}

asio::awaitable<void> BulkCancel::read_unfinished() {
  const auto self = shared_from_this();
  for (;;) {
    Result<std::vector<Unfinished>> found = co_await readers_.run<std::vector<Unfinished>>(
        [snapshot = store_.snapshot()] { return find_unfinished(*snapshot); });
    if (!found) {
      co_await pause(settings_.retry_delay);
      if (stopped_) co_return;
      continue;
    }
    for (Unfinished& unfinished : *found) {
      const auto known = [&](const ActionPtr& action) {
        return action->record.id == unfinished.record.id;
      };
      // Requests may have come before the look-up.
      if (std::ranges::any_of(running_, known)) continue;
      std::vector<Parameter> parameters;
      parameters.reserve(unfinished.record.filter.size());
      for (const Header& filter : unfinished.record.filter) {
        parameters.push_back({.name = filter.name, .value = filter.value});
      }
      Result<CancelSelection> selection = parse_cancel_selection(parameters);
      // A filter that this version does not know must not become one that selects more.
      if (!selection) continue;
      begin(unfinished.account, std::move(*selection), std::move(unfinished.record));
    }
    co_return;
  }
}

asio::awaitable<void> BulkCancel::pause(Milliseconds time) const {
  asio::steady_timer timer(io_, time);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

/// Until the action has ended or done() says enough. False: `most` has passed, or nobody waits any
/// more.
template <typename Done>
asio::awaitable<bool> BulkCancel::wait(Action& action, Milliseconds most, Done done) {
  const auto timer = std::make_shared<asio::steady_timer>(io_, most);
  action.waiting.push_back(timer);
  bool expired = false;
  while (!action.ended && !done() && !released_ && !expired) {
    boost::system::error_code error;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, error));
    expired = !error;
  }
  std::erase(action.waiting, timer);
  co_return action.ended || done();
}

void BulkCancel::tell(Action& action) {
  for (const auto& timer : action.waiting) timer->cancel();
}

}  // namespace godwit
