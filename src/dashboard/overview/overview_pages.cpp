#include "dashboard/overview/overview_pages.h"

#include <algorithm>
#include <optional>

#include "dashboard/overview/series.h"
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

}  // namespace

OverviewPages::OverviewPages(const DashboardServices& services, OverviewInstallation installation,
                             const DestinationHealth& health)
    : services_(services), installation_(installation), health_(health) {}

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
        return stored;
      });
  if (!read) co_return std::unexpected(read.error());
  Account& entry = accounts_[account];
  entry.stored = std::move(*read);
  entry.read = services_.clock.now();
  co_return Result<void>();
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
  add_numbers(services_.broker.numbers(account), facts);
  facts.schedules = entry.stored.schedules;
  facts.failing_schedules = entry.stored.failing_schedules;
  const Store::Usage usage = services_.store.usage();
  facts.disk_free = usage.disk_free_bytes;
  facts.disk_used = usage.disk_bytes;
  facts.disk_free_min = installation_.disk_free_min;
  facts.ephemeral = installation_.ephemeral;
  facts.synced = installation_.synced;
  if (const auto degraded = services_.broker.logs_degraded(account)) {
    facts.logs_degraded = {.since = degraded->since, .bodies_shed = degraded->bodies_shed};
  }
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

asio::awaitable<HttpResponse> OverviewPages::show_series(DashboardCall call) {
  const std::string* const asked = call.query.find("range");
  const SeriesRange* const range = asked == nullptr ? nullptr : find_series_range(*asked);
  if (range == nullptr) {
    co_return dashboard_problem(
        {.message = "range must be one of " + series_range_names() + ".", .field = "range"});
  }
  const AccountId account = call.caller.account;
  const Timestamp now = services_.clock.now();
  Result<std::string> json = co_await services_.read_snapshot<std::string>(
      [account, now, range, edge = services_.broker.series_edge(account)](
          const ListingSource& source) -> Result<std::string> {
        const Result<std::vector<SeriesStep>> steps = read_series(
            source.reader, account, edge, range->unit, range->steps, now, source.skipped);
        if (!steps) return std::unexpected(steps.error());
        return series_json(*range, *steps);
      });
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
  router.add({.method = "GET",
              .path = "/admin/v1/series",
              .access = DashboardAccess::read,
              .summary = "What happened, by minute (range 15m, 1h, 6h, 24h) or hour (7d, 30d)",
              .handle = [this](DashboardCall call) -> asio::awaitable<HttpResponse> {
                return show_series(std::move(call));
              }});
}

}  // namespace godwit
