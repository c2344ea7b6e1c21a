// The records of statistics, in the format that record.cpp draws.
#include <utility>

#include "engine/field_codec.h"
#include "engine/record_format.h"
#include "engine/statistics.h"

namespace godwit {
namespace {

using namespace field_codec;  // Half of this file is their names.
using record_format::Kind;

constexpr KindName statistics_kind{Kind::statistics, "statistics"};
constexpr KindName step_kind{Kind::statistics_step, "statistics step"};

// Numbers are never given to another meaning. All are below 128: one byte.

enum class StepTag : unsigned char {
  number = 1,
  counts = 2,  // Varints in the order of AccountCounts; those left out at the end are 0.
  backlog = 3,
  durations = 4,  // See histogram_field().
  lateness = 5,
};

enum class StatisticsTag : unsigned char {
  since = 1,
  totals = 2,  // As StepTag::counts.
  living = 3,
  retried = 4,
  retried_in_lists = 5,
  dead_letters = 6,
  minute = 7,  // A group of StepTag.
};

/// Beyond what anything counts: damage. Sums of all buckets cannot overflow below it.
constexpr std::uint64_t count_max = std::uint64_t{1} << 50;
constexpr std::int64_t number_max = std::int64_t{1} << 50;

template <typename Sink, typename AnyTag>
void counts_field(Sink& sink, AnyTag tag, const AccountCounts& counts) {
  const std::uint64_t numbers[] = {
      counts.published, counts.deduplicated,  counts.attempts, counts.failed_attempts,
      counts.delivered, counts.dead_lettered, counts.canceled};
  std::size_t used = std::size(numbers);
  while (used > 0 && numbers[used - 1] == 0) --used;
  if (used == 0) return;
  group_field(sink, tag, [&](auto& group) {
    for (std::size_t i = 0; i < used; ++i) group.varint(numbers[i]);
  });
}

/// Pairs of varints: how many empty buckets lie before one, and its count, which is not 0.
template <typename Sink, typename AnyTag>
void histogram_field(Sink& sink, AnyTag tag, const Histogram& histogram) {
  if (histogram.count() == 0) return;
  group_field(sink, tag, [&](auto& group) {
    std::size_t next = 0;
    for (std::size_t i = histogram.begin(); i < histogram.end(); ++i) {
      if (histogram.count_of(i) == 0) continue;
      group.varint(i - next);
      group.varint(histogram.count_of(i));
      next = i + 1;
    }
  });
}

template <typename Sink>
void step_fields(Sink& sink, const StatisticsStep& step) {
  number_field(sink, StepTag::number, static_cast<std::uint64_t>(step.number));
  counts_field(sink, StepTag::counts, step.counts);
  count_field(sink, StepTag::backlog, step.backlog);
  histogram_field(sink, StepTag::durations, step.durations);
  histogram_field(sink, StepTag::lateness, step.lateness);
}

Problem read_count(std::string_view bytes, std::uint64_t& count) {
  if (const Problem problem = read(bytes, count)) return problem;
  return count > count_max ? "a count is out of range" : nullptr;
}

Problem read_counts(std::string_view bytes, AccountCounts& counts) {
  counts = {};
  for (std::uint64_t* const count :
       {&counts.published, &counts.deduplicated, &counts.attempts, &counts.failed_attempts,
        &counts.delivered, &counts.dead_lettered, &counts.canceled}) {
    if (bytes.empty()) return nullptr;
    if (!take_varint(bytes, *count)) return "a number is not one varint";
    if (*count > count_max) return "a count is out of range";
  }
  return nullptr;  // A later version may count more.
}

Problem read_histogram(std::string_view bytes, Histogram& histogram) {
  histogram.clear();
  std::uint64_t next = 0;
  while (!bytes.empty()) {
    std::uint64_t gap = 0;
    std::uint64_t count = 0;
    if (!take_varint(bytes, gap) || !take_varint(bytes, count)) {
      return "a histogram ends within a bucket";
    }
    if (gap >= Histogram::buckets - next) return "a histogram has too many buckets";
    if (count > count_max) return "a count is out of range";
    histogram.add(static_cast<std::size_t>(next + gap), count);
    next += gap + 1;
    if (next == Histogram::buckets && !bytes.empty()) return "a histogram has too many buckets";
  }
  return nullptr;
}

Problem read_step_field(const Field& field, StatisticsStep& step) {
  switch (static_cast<StepTag>(field.tag)) {
    case StepTag::number: {
      std::uint64_t bits = 0;
      if (const Problem problem = read(field.bytes, bits)) return problem;
      step.number = static_cast<std::int64_t>(bits);
      return step.number > number_max || step.number < -number_max ? "a step is out of range"
                                                                   : nullptr;
    }
    case StepTag::counts:
      return read_counts(field.bytes, step.counts);
    case StepTag::backlog:
      return read_count(field.bytes, step.backlog);
    case StepTag::durations:
      return read_histogram(field.bytes, step.durations);
    case StepTag::lateness:
      return read_histogram(field.bytes, step.lateness);
  }
  return nullptr;
}

}  // namespace

std::string encode(const StatisticsStep& step) {
  return write_record(Kind::statistics_step, [&](auto& sink) { step_fields(sink, step); });
}

Result<StatisticsStep> decode_statistics_step(std::string_view bytes) {
  StatisticsStep step;
  Result<void> read = read_record(bytes, step_kind, StepTag::lateness,
                                  [&](const Field& field) { return read_step_field(field, step); });
  if (!read) return std::unexpected(std::move(read.error()));
  return step;
}

std::string encode(const StatisticsRecord& record) {
  return write_record(Kind::statistics, [&](auto& sink) {
    time_field(sink, StatisticsTag::since, record.since);
    counts_field(sink, StatisticsTag::totals, record.totals);
    count_field(sink, StatisticsTag::living, record.living);
    count_field(sink, StatisticsTag::retried, record.retried);
    count_field(sink, StatisticsTag::retried_in_lists, record.retried_in_lists);
    count_field(sink, StatisticsTag::dead_letters, record.dead_letters);
    group_field(sink, StatisticsTag::minute,
                [&](auto& group) { step_fields(group, record.minute); });
  });
}

Result<StatisticsRecord> decode_statistics(std::string_view bytes) {
  StatisticsRecord record;
  Result<void> done = read_record(
      bytes, statistics_kind, StatisticsTag::minute, [&](const Field& field) -> Problem {
        switch (static_cast<StatisticsTag>(field.tag)) {
          case StatisticsTag::since:
            return read(field.bytes, record.since);
          case StatisticsTag::totals:
            return read_counts(field.bytes, record.totals);
          case StatisticsTag::living:
            return read_count(field.bytes, record.living);
          case StatisticsTag::retried:
            return read_count(field.bytes, record.retried);
          case StatisticsTag::retried_in_lists:
            return read_count(field.bytes, record.retried_in_lists);
          case StatisticsTag::dead_letters:
            return read_count(field.bytes, record.dead_letters);
          case StatisticsTag::minute:
            return read_group(field.bytes, StepTag::lateness, [&](const Field& inner) {
              return read_step_field(inner, record.minute);
            });
        }
        return nullptr;
      });
  if (!done) return std::unexpected(std::move(done.error()));
  return record;
}

}  // namespace godwit
