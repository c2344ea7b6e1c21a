#include "dashboard/overview/overview_pages.h"

#include <algorithm>
#include <optional>

#include "dashboard/routing/answer.h"
#include "engine/resources.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

constexpr Milliseconds made_every{500};
constexpr Milliseconds read_every{5'000};
constexpr Milliseconds sample_every{60'000};
constexpr std::size_t samples_max = 10;
// Of each kind, for the sentences of what needs attention.
constexpr std::size_t named_max = 5;
constexpr std::size_t keys_looked_at_max = 10'000;

}  // namespace

OverviewPages::OverviewPages(const DashboardServices& services, OverviewInstallation installation,
                             const DestinationHealth& health, CountAccount count)
    : services_(services), installation_(installation), health_(health), count_(std::move(count)) {}

asio::awaitable<Result<void>> OverviewPages::read_store(AccountId account) {
  Result<Stored> read = co_await services_.read_snapshot<Stored>(
      [account](const ListingSource& source) -> Result<Stored> {
        Stored stored;
        const Result<std::vector<ScheduleView>> schedules = list_schedules(source.reader, account);
        if (!schedules) return std::unexpected(schedules.error());
        for (const ScheduleView& view : *schedules) {
          ++stored.schedules.total;
          if (view.schedule.paused) ++stored.schedules.paused;
          if (!view.state.error.empty() && stored.failing_schedules.size() < named_max) {
            stored.failing_schedules.push_back(view.schedule.id);
          }
        }
        const Result<std::vector<NamedFlowControl>> keys =
            list_flow_controls(source.reader, account, "", keys_looked_at_max);
        if (!keys) return std::unexpected(keys.error());
        for (const NamedFlowControl& key : *keys) {
          if (key.record.paused) stored.paused_keys.push_back(key.key);
        }
        return stored;
      });
  if (!read) co_return std::unexpected(read.error());
  Account& entry = accounts_[account];
  entry.stored = std::move(*read);
  entry.read = services_.clock.now();
  co_return Result<void>();
}

void OverviewPages::add_queues(AccountId account, OverviewFacts& facts) const {
  for (const QueueInfo& queue : services_.broker.queues(account)) {
    ++facts.queues.total;
    if (!queue.paused) continue;
    ++facts.queues.paused;
    if (queue.lag > 0) facts.paused_queues.push_back({queue.name, queue.lag});
  }
  std::ranges::sort(facts.paused_queues,
                    [](const OverviewFacts::Paused& a, const OverviewFacts::Paused& b) {
                      return a.waiting != b.waiting ? a.waiting > b.waiting : a.name < b.name;
                    });
  if (facts.paused_queues.size() > named_max) facts.paused_queues.resize(named_max);
}

std::int64_t OverviewPages::growth(Account& account, std::uint64_t backlog, Timestamp now) {
  if (account.backlogs.empty() || now - account.backlogs.back().first >= sample_every) {
    account.backlogs.emplace_back(now, backlog);
    if (account.backlogs.size() > samples_max) account.backlogs.pop_front();
  }
  const auto& [since, before] = account.backlogs.front();
  const auto minutes = (now - since) / sample_every;
  if (minutes == 0) return 0;
  return (static_cast<std::int64_t>(backlog) - static_cast<std::int64_t>(before)) / minutes;
}

asio::awaitable<Result<std::string>> OverviewPages::overview(AccountId account) {
  const Timestamp now = services_.clock.now();
  Account& entry = accounts_[account];
  if (!entry.json.empty() && now >= entry.made && now - entry.made < made_every) {
    co_return entry.json;
  }
  if (entry.read == Timestamp{} || now - entry.read >= read_every) {
    const Result<void> read = co_await read_store(account);
    if (!read) co_return std::unexpected(read.error());
  }
  OverviewFacts facts;
  facts.now = services_.clock.now();
  facts.started = installation_.started;
  facts.version = services_.version;
  if (!count_) {
    co_return fail(ErrorCode::unavailable, "this server does not count messages by account");
  }
  if (const Result<void> counted = count_(account, facts); !counted) {
    co_return std::unexpected(counted.error());
  }
  add_queues(account, facts);
  facts.schedules = entry.stored.schedules;
  facts.failing_schedules = entry.stored.failing_schedules;
  for (const std::string& key : entry.stored.paused_keys) {
    if (facts.paused_keys.size() == named_max) break;
    const std::optional<FlowControlInfo> info = services_.broker.flow_control(account, key);
    if (info && info->paused && info->waiting > 0)
      facts.paused_keys.push_back({key, info->waiting});
  }
  const Store::Usage usage = services_.store.usage();
  facts.disk_free = usage.disk_free_bytes;
  facts.disk_used = usage.disk_bytes;
  facts.disk_free_min = installation_.disk_free_min;
  facts.ephemeral = installation_.ephemeral;
  facts.synced = installation_.synced;
  facts.failing_hosts = health_.failing(account, facts.now, named_max);
  facts.backlog_growth_per_minute = growth(entry, facts.backlog.total, facts.now);
  entry.json = overview_json(facts);
  entry.made = facts.now;
  co_return entry.json;
}

asio::awaitable<HttpResponse> OverviewPages::show(DashboardCall call) {
  Result<std::string> json = co_await overview(call.caller.account);
  if (!json) co_return dashboard_problem(json.error());
  co_return dashboard_json(std::move(*json));
}

void OverviewPages::add_routes(DashboardRouter& router) {
  router.add({.method = "GET",
              .path = "/admin/v1/overview",
              .access = DashboardAccess::read,
              .summary = "How things stand, and what needs attention",
              .handle = [this](DashboardCall call) -> asio::awaitable<HttpResponse> {
                return show(std::move(call));
              }});
}

}  // namespace godwit
