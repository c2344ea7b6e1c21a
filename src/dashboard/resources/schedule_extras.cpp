#include "dashboard/resources/schedule_extras.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/reply.h"
#include "core/ascii.h"
#include "core/cron.h"
#include "dashboard/resources/calendar.h"
#include "dashboard/routing/answer.h"
#include "engine/resources.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

constexpr std::size_t preview_max = 100;
constexpr std::size_t days_max = 31;

/// Of a `CRON_TZ=` or `TZ=` prefix, else UTC.
std::string_view time_zone_of(std::string_view cron) {
  cron = ascii::trim(cron);
  for (const std::string_view prefix : {"CRON_TZ=", "TZ="}) {
    if (!cron.starts_with(prefix)) continue;
    cron.remove_prefix(prefix.size());
    return cron.substr(0, cron.find_first_of(" \t"));
  }
  return "UTC";
}

/// What one run of the schedule publishes; empty with a URL group that is not there.
Result<std::vector<Publish>> publishes_of(const StoreReader& reader, AccountId account,
                                          Schedule schedule, Timestamp now) {
  Message base = std::move(schedule.message);
  base.schedule_id = schedule.id;
  base.not_before = schedule.delay > Milliseconds(0) ? now + schedule.delay : Timestamp{};
  std::vector<Publish> publishes;
  if (base.group.empty()) {
    publishes.push_back({.message = std::move(base), .deduplication = std::nullopt});
    return publishes;
  }
  const Result<std::optional<UrlGroup>> group = find_url_group(reader, account, base.group);
  if (!group) return std::unexpected(group.error());
  if (!*group) return publishes;
  for (const GroupEndpoint& endpoint : (*group)->endpoints) {
    Publish& publish = publishes.emplace_back(Publish{base, std::nullopt});
    publish.message.url = endpoint.url;
    publish.message.endpoint = endpoint.name;
  }
  return publishes;
}

std::string calendar_json(const ScheduleCalendar& calendar) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_time(json, "from", calendar.from);
  json.key("hours");
  json.begin_array();
  for (const ScheduleCalendar::Hour& hour : calendar.hours) {
    json.begin_object();
    json.member("runs", hour.runs);
    json.member("busiestMinute", hour.busiest_minute);
    json.member("busiestMinuteRuns", hour.busiest_minute_runs);
    json.end_object();
  }
  json.end_array();
  json.key("collisions");
  json.begin_array();
  for (const ScheduleCalendar::Collision& collision : calendar.collisions) {
    json.begin_object();
    write_time(json, "at", collision.at);
    json.key("schedules");
    json.begin_array();
    for (const std::string& id : collision.schedules) json.string(id);
    json.end_array();
    json.member("runs", collision.runs);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return body;
}

}  // namespace

HttpResponse ScheduleExtras::preview(const DashboardCall& call) const {
  const Result<std::size_t> count = call.query.count("count", 1, preview_max, 10);
  if (!count) return dashboard_problem(count.error());
  const std::string* const given = call.query.find("cron");
  const std::string text = given == nullptr ? std::string() : *given;
  Result<Cron> cron = Cron::parse(text);
  if (!cron) {
    // Six fields: a schedule may ask for seconds by a header.
    Result<Cron> with_seconds = Cron::parse(text, Cron::Fields::with_seconds);
    if (with_seconds) cron = std::move(with_seconds);
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("valid", cron.has_value());
  write_text_or_null(json, "error", cron ? std::string_view() : cron.error().message);
  write_text_or_null(json, "timeZone", cron ? time_zone_of(text) : std::string_view());
  json.key("next");
  json.begin_array();
  if (cron) {
    Timestamp at = services_.clock.now();
    for (std::size_t i = 0; i < *count; ++i) {
      const std::optional<Timestamp> next = cron->next(at);
      if (!next) break;
      json.string(iso_time(*next));
      at = *next;
    }
  }
  json.end_array();
  json.end_object();
  return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> ScheduleExtras::run(DashboardCall call) {
  const std::string& id = call.at("id");
  const AccountId account = call.caller.account;
  Result<std::optional<std::vector<Publish>>> found =
      co_await services_.read_snapshot<std::optional<std::vector<Publish>>>(
          [account, id, now = services_.clock.now()](
              const ListingSource& source) -> Result<std::optional<std::vector<Publish>>> {
            Result<std::optional<ScheduleView>> view = find_schedule(source.reader, account, id);
            if (!view) return std::unexpected(view.error());
            if (!*view) return std::nullopt;
            Result<std::vector<Publish>> made =
                publishes_of(source.reader, account, std::move((*view)->schedule), now);
            if (!made) return std::unexpected(made.error());
            return std::move(*made);
          });
  if (!found) co_return dashboard_problem(found.error());
  if (!*found) co_return dashboard_not_found("schedule", id);
  std::vector<Publish> publishes = std::move(**found);
  if (publishes.empty()) {
    co_return dashboard_problem({.status = 409,
                                 .code = "group_missing",
                                 .message = "The schedule's URL group is not there or has no "
                                            "endpoint. Make it first."});
  }
  const bool one = publishes.size() == 1;
  const Result<std::vector<PublishReceipt>> receipts =
      co_await reply_to<std::vector<PublishReceipt>>(
          [this, &publishes](Reply<std::vector<PublishReceipt>> reply) {
            services_.broker.publish_all(std::move(publishes), std::move(reply));
          });
  if (!receipts) co_return dashboard_problem(receipts.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  if (one) {
    json.member("messageId", receipts->front().id.to_string());
  } else {
    json.key("messageIds");
    json.begin_array();
    for (const PublishReceipt& receipt : *receipts) json.string(receipt.id.to_string());
    json.end_array();
  }
  json.end_object();
  co_return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> ScheduleExtras::calendar(DashboardCall call) {
  const Result<std::size_t> days = call.query.count("days", 1, days_max, 7);
  if (!days) co_return dashboard_problem(days.error());
  const Result<ScheduleCalendar> calendar = co_await services_.read_snapshot<ScheduleCalendar>(
      [account = call.caller.account, hours = *days * 24,
       now = services_.clock.now()](const ListingSource& source) -> Result<ScheduleCalendar> {
        const Result<std::vector<ScheduleView>> views = list_schedules(source.reader, account);
        if (!views) return std::unexpected(views.error());
        std::vector<CalendarSchedule> running;
        for (const ScheduleView& view : *views) {
          if (view.schedule.paused) continue;
          Result<Cron> cron = Cron::parse(view.schedule.cron, view.schedule.cron_with_seconds
                                                                  ? Cron::Fields::with_seconds
                                                                  : Cron::Fields::five);
          if (!cron) continue;  // The engine runs none of it either.
          running.push_back({.id = view.schedule.id,
                             .cron = std::move(*cron),
                             .after = std::max(view.schedule.created, view.state.last_run)});
        }
        return make_calendar(running, now, hours);
      });
  if (!calendar) co_return dashboard_problem(calendar.error());
  co_return dashboard_json(calendar_json(*calendar));
}

void ScheduleExtras::add_routes(DashboardRouter& router) {
  router.add({.method = "GET",
              .path = "/admin/v1/schedules/preview",
              .access = DashboardAccess::read,
              .summary = "The next runs of a cron expression",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(preview(call));
              }});
  router.add({.method = "GET",
              .path = "/admin/v1/schedules/calendar",
              .access = DashboardAccess::read,
              .summary = "The runs of all schedules in the days ahead",
              .handle = [this](DashboardCall call) -> asio::awaitable<HttpResponse> {
                return calendar(std::move(call));
              }});
  router.add({.method = "POST",
              .path = "/admin/v1/schedules/{id}/run",
              .access = DashboardAccess::write,
              .summary = "Run a schedule now, out of turn",
              .handle = [this](DashboardCall call) -> asio::awaitable<HttpResponse> {
                return run(std::move(call));
              }});
}

}  // namespace godwit
