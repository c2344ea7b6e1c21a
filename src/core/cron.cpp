#include "core/cron.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "core/ascii.h"
#include "core/cron_fields.h"
#include "core/duration.h"
#include "core/quoted.h"

namespace godwit {
namespace {

namespace chrono = std::chrono;
using chrono::seconds;
using chrono::sys_seconds;

/// How far ahead next() looks: five mean years.
constexpr seconds horizon = chrono::years(5);

/// Between these the calendar's arithmetic has room on both sides.
constexpr sys_seconds time_min = chrono::sys_days(chrono::year(0) / 1 / 1);
constexpr sys_seconds time_max = chrono::sys_days(chrono::year(9999) / 12 / 31);

struct Descriptor {
  std::string_view name;
  std::string_view fields;
};

constexpr std::array<Descriptor, 7> descriptors{{{"@yearly", "0 0 1 1 *"},
                                                 {"@annually", "0 0 1 1 *"},
                                                 {"@monthly", "0 0 1 * *"},
                                                 {"@weekly", "0 0 * * 0"},
                                                 {"@daily", "0 0 * * *"},
                                                 {"@midnight", "0 0 * * *"},
                                                 {"@hourly", "0 * * * *"}}};

constexpr std::string_view every_word = "@every";

std::unexpected<Error> refuse_cron(std::string why) {
  return fail(ErrorCode::invalid_argument, std::move(why));
}

/// Zones are loaded once and stay for as long as the process does.
Result<const date::time_zone*> find_zone(std::string_view name) {
  // Debian has the machine's own zone among the files, but it is no name of IANA's.
  if (name == "localtime") return refuse_cron("unknown time zone " + quoted(name));
  try {
    date::get_tzdb();
  } catch (const std::exception&) {
    return refuse_cron("time zone " + quoted(name) + ": this machine has no zone data (tzdata)");
  }
  try {
    const date::time_zone* zone = date::locate_zone(name);
    // The first question reads the zone's file. Whatever may be wrong with it shows here.
    zone->get_info(sys_seconds());
    return zone;
  } catch (const std::exception&) {
    return refuse_cron("unknown time zone " + quoted(name));
  }
}

Result<seconds> parse_every(std::string_view text) {
  const Result<Milliseconds> period = parse_duration(text);
  if (!period) return refuse_cron(std::string(every_word) + ": " + period.error().message);
  if (*period < seconds(1) || *period % seconds(1) != Milliseconds(0)) {
    return refuse_cron(std::string(every_word) + " " + quoted(ascii::trim(text)) +
                       ": not whole seconds, at least one");
  }
  return chrono::floor<seconds>(*period);
}

/// A stretch of time in which a zone's clocks run evenly.
struct Stretch {
  sys_seconds begin, end;
  seconds offset{0};  ///< Wall-clock time is UTC plus this.
};

Stretch stretch_at(const date::time_zone* zone, sys_seconds time) {
  if (zone == nullptr) return {sys_seconds::min(), sys_seconds::max(), seconds(0)};
  const date::sys_info info = zone->get_info(time);
  return {info.begin, info.end, info.offset};
}

/// The first moment from `time` on, in its stretch, whose wall-clock time was not shown before.
sys_seconds skip_repeated(const date::time_zone* zone, const Stretch& stretch, sys_seconds time) {
  // No clock is ever put back by more than this; and the oldest stretch has none before it.
  constexpr seconds put_back_max = chrono::days(2);
  if (zone == nullptr || time - put_back_max > stretch.begin) return time;
  const seconds put_back = stretch_at(zone, stretch.begin - seconds(1)).offset - stretch.offset;
  return std::max(time, stretch.begin + std::max(put_back, seconds(0)));
}

}  // namespace

struct Cron::Compiled {
  std::string text;
  std::optional<seconds> every;  ///< Then the rest does not matter.
  CronFields fields;
  const date::time_zone* zone = nullptr;  ///< nullptr: UTC, for which no zone data is needed.
};

Result<Cron> Cron::parse(std::string_view text, Fields fields) {
  const auto invalid = [](const std::string& why) {
    return fail(ErrorCode::invalid_argument, "Invalid cron expression " + why);
  };
  text = ascii::trim(text);
  if (text.size() > length_max) {
    return invalid("longer than " + std::to_string(length_max) + " bytes");
  }
  auto compiled = std::make_shared<Compiled>();
  compiled->text = text;

  std::string_view rest = text;
  for (const std::string_view prefix : {"CRON_TZ=", "TZ="}) {
    if (!rest.starts_with(prefix)) continue;
    rest.remove_prefix(prefix.size());
    const std::string_view name = rest.substr(0, rest.find_first_of(" \t"));
    rest = ascii::trim(rest.substr(name.size()));
    if (name == "UTC") break;
    const Result<const date::time_zone*> zone = find_zone(name);
    if (!zone) return invalid(zone.error().message);
    compiled->zone = *zone;
    break;
  }
  if (rest.empty()) return invalid("empty spec string");

  if (rest.front() == '@') {
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    if (word == every_word) {
      const Result<seconds> period = parse_every(rest.substr(word.size()));
      if (!period) return invalid(period.error().message);
      compiled->every = *period;
      return Cron(std::move(compiled));
    }
    const auto known = std::ranges::find(descriptors, rest, &Descriptor::name);
    if (known == descriptors.end()) return invalid("unknown descriptor " + quoted(rest));
    rest = known->fields;
    fields = Fields::five;
  }
  Result<CronFields> parsed = CronFields::parse(rest, fields == Fields::with_seconds);
  if (!parsed) return invalid(parsed.error().message);
  compiled->fields = *parsed;
  return Cron(std::move(compiled));
}

const std::string& Cron::text() const { return compiled_->text; }

std::optional<Timestamp> Cron::next(Timestamp after) const {
  const Compiled& cron = *compiled_;
  const sys_seconds now = chrono::floor<seconds>(after);
  if (now < time_min || now > time_max) return std::nullopt;
  const sys_seconds until = now + horizon;
  if (cron.every) {
    const sys_seconds at = now + *cron.every;
    return at <= until ? std::optional(Timestamp(at)) : std::nullopt;
  }

  // From stretch to stretch: within one, wall-clock times and moments are the same but for the
  // offset. What its clocks skip lies between the end of one and the begin of the next.
  for (sys_seconds from = now + seconds(1); from <= until;) {
    const Stretch stretch = stretch_at(cron.zone, from);
    from = skip_repeated(cron.zone, stretch, from);
    const sys_seconds last = std::min(until, stretch.end - seconds(1));
    const auto wall_time = [&](sys_seconds time) {
      return CronFields::WallTime((time + stretch.offset).time_since_epoch());
    };
    if (const auto match = cron.fields.next(wall_time(from), wall_time(last))) {
      return Timestamp(sys_seconds(match->time_since_epoch()) - stretch.offset);
    }
    if (last == until) break;
    from = stretch.end;
  }
  return std::nullopt;
}

}  // namespace godwit
