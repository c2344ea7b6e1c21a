#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace godwit {

/// A compiled cron expression (QStash: `Upstash-Cron`): five fields `minute hour day-of-month month
/// day-of-week` with `*`, `?`, lists, ranges, steps (`*/5`, `1-30/2`; `5/15` goes on to the field's
/// end), the names JAN-DEC and SUN-SAT in any case, day-of-week 0-6; `@yearly @annually @monthly
/// @weekly @daily @midnight @hourly` and `@every <duration>` (whole seconds, at least one); before
/// it optionally `CRON_TZ=<IANA zone> ` or `TZ=...`, else UTC. When both day fields are restricted
/// either may match; when one is `*` or `?` both must. `*/2` restricts, `*/1` does not.
///
/// A wall-clock time that a zone's clocks skip does not fire; one that they show twice fires once,
/// the first time. That holds for every expression: `0 * * * *` and `*/10 * * * *` pause while the
/// clocks repeat an hour, and go on without a break where they skip one. For work that must not
/// pause there are UTC and `@every`. Zones are those of the machine's tzdata, read once for a
/// process. Immutable; copies share what is compiled. Threads: any.
class Cron {
 public:
  static constexpr std::size_t length_max = 256;

  /// Which dialect. `with_seconds` is our extension: six fields, the first one seconds.
  enum class Fields { five, with_seconds };

  /// Blanks around `text` are dropped. Errors: invalid_argument, `Invalid cron expression <why>`,
  /// naming the field and the value; the empty text is `Invalid cron expression empty spec string`
  /// (QStash).
  static Result<Cron> parse(std::string_view text, Fields fields = Fields::five);

  /// As it was given, without the blanks at both ends.
  const std::string& text() const;

  /// The first time strictly after `after` at which it fires; nullopt when there is none within
  /// five years (February 30th). `@every` counts from `after`, rounded down to whole seconds.
  std::optional<Timestamp> next(Timestamp after) const;

 private:
  struct Compiled;
  explicit Cron(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace godwit
