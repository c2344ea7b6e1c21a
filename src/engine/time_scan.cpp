#include "engine/time_scan.h"

#include <algorithm>
#include <string>

namespace godwit {
namespace {

/// A slice costs one seek in every file of the space; less than reading it does.
constexpr std::size_t slice_records = 512;

/// A range on its way.
struct Course {
  TimedRange range;
  Timestamp frontier;  ///< What was not visited lies at or behind it.
  bool done = false;
};

class Reading {
 public:
  Reading(const StoreReader& reader, const TimeScan& scan, ScanBudget& budget)
      : reader_(reader),
        scan_(scan),
        budget_(budget),
        latest_first_(scan.order == Order::latest_first) {
    courses_.reserve(scan.ranges.size());
    for (const TimedRange& range : scan.ranges) courses_.push_back({range, scan.start});
  }

  Result<std::optional<Timestamp>> read() {
    while (Course* const course = foremost()) {
      if (ended_ || scan_.is_beyond(course->frontier)) break;
      if (budget_.used_up() && precedes(scan_.start, course->frontier)) return course->frontier;
      if (Result<void> read = read_slice(*course); !read) return std::unexpected(read.error());
    }
    return std::nullopt;
  }

 private:
  bool precedes(Timestamp a, Timestamp b) const { return latest_first_ ? b < a : a < b; }

  Course* foremost() {
    Course* first = nullptr;
    for (Course& course : courses_) {
      if (course.done) continue;
      if (first == nullptr || precedes(course.frontier, first->frontier)) first = &course;
    }
    return first;
  }

  /// What lies under keys from `time` on has no row before this.
  Timestamp frontier_at(const TimedRange& range, Timestamp time) const {
    if (!latest_first_) return std::max(scan_.start, time);
    return std::min(scan_.start, time + range.reach - Milliseconds(1));
  }

  Result<void> read_slice(Course& course) {
    std::size_t visited = 0;
    const bool overdrawn = budget_.used_up();
    bool paused = false;
    std::string pause;
    const auto visit = [&](std::string_view key, std::string_view value) {
      if (const auto time = course.range.time_of(key)) {
        course.frontier = frontier_at(course.range, *time);
        if (scan_.is_beyond(course.frontier)) return false;
      }
      if (visited == slice_records || (budget_.used_up() && !overdrawn)) {
        paused = true;
        pause = key;
        return false;
      }
      ++visited;
      budget_.charge(value.size());
      ended_ = !scan_.visit(course.range, key, value);
      return !ended_;
    };
    Result<void> scanned = reader_.scan(
        course.range.space, course.range.keys,
        latest_first_ ? StoreReader::Direction::backward : StoreReader::Direction::forward, visit);
    if (!scanned) return scanned;
    course.done = !paused;
    if (paused && latest_first_) course.range.keys.end = pause + '\0';
    if (paused && !latest_first_) course.range.keys.begin = pause;
    return {};
  }

  const StoreReader& reader_;
  const TimeScan& scan_;
  ScanBudget& budget_;
  const bool latest_first_;
  std::vector<Course> courses_;
  bool ended_ = false;
};

}  // namespace

Result<std::optional<Timestamp>> scan_in_time(const StoreReader& reader, const TimeScan& scan,
                                              ScanBudget& budget) {
  return Reading(reader, scan, budget).read();
}

}  // namespace godwit
