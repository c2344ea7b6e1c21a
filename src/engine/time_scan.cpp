// Reading from the newest end goes forward as well, a window of time after the other: a step back
// in a table in memory is a search from its top, at the price of five steps forward. How long a
// window must be for a slice of records is learnt on the way.
#include "engine/time_scan.h"

#include <algorithm>
#include <string>

namespace godwit {
namespace {

/// What a window may hold, since it is copied.
constexpr std::size_t window_bytes_max = std::size_t{1} << 20;
constexpr Milliseconds window_first{8};
constexpr Milliseconds window_max = std::chrono::hours(24);
constexpr int window_step = 8;  ///< A window that was too long or too short changes by so much.

/// A range on its way.
struct Course {
  TimedRange range;
  Timestamp frontier;  ///< What was not visited lies at or behind it.
  bool done = false;
  /// Latest first: how long the next window is, and its last millisecond if that is known.
  Milliseconds window = window_first;
  std::optional<Timestamp> newest{};
};

/// Copies of records, in the order of their keys.
class Records {
 public:
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  void add(std::string_view key, std::string_view value) {
    bytes_.append(key);
    const std::size_t middle = bytes_.size();
    bytes_.append(value);
    ends_.push_back({middle, bytes_.size()});
  }
  std::size_t size() const { return ends_.size(); }
  std::size_t size_bytes() const { return bytes_.size(); }
  std::string_view key(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1].of_value;
    return std::string_view(bytes_).substr(begin, ends_[i].of_key - begin);
  }
  std::string_view value(std::size_t i) const {
    return std::string_view(bytes_).substr(ends_[i].of_key, ends_[i].of_value - ends_[i].of_key);
  }

 private:
  struct Ends {
    std::size_t of_key, of_value;
  };
  std::string bytes_;
  std::vector<Ends> ends_;
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
    if (!latest_first_) return step_through(course, StoreReader::Direction::forward);
    if (!course.newest) {
      if (Result<void> found = find_newest(course); !found || course.done) return found;
      // None of the next keys tells its time.
      if (!course.newest) return step_through(course, StoreReader::Direction::backward);
      course.frontier = frontier_at(course.range, *course.newest);
      if (scan_.is_beyond(course.frontier)) return {};
    }
    return read_window(course);
  }

  /// The time of the last key that tells one. Empty ranges are done.
  Result<void> find_newest(Course& course) {
    std::size_t looked_at = 0;
    Result<void> scanned =
        reader_.scan(course.range.space, course.range.keys, StoreReader::Direction::backward,
                     [&](std::string_view key, std::string_view) {
                       course.newest = course.range.time_of(key);
                       return !course.newest && ++looked_at < time_scan_slice;
                     });
    course.done = scanned && !course.newest && looked_at == 0;
    return scanned;
  }

  /// Latest first: the records of a window whose last millisecond is `newest`.
  Result<void> read_window(Course& course) {
    KeyRange keys = course.range.keys;
    Timestamp oldest;
    while (true) {
      oldest = *course.newest - course.window + Milliseconds(1);
      keys.begin = std::max(course.range.keys.begin, course.range.first_key(oldest));
      const Result<bool> all = gather(course.range.space, keys);
      if (!all) return std::unexpected(all.error());
      if (*all) break;
      if (course.window == Milliseconds(1)) {
        // So many of one millisecond that they are no window.
        course.newest.reset();
        return step_through(course, StoreReader::Direction::backward);
      }
      course.window = std::max(course.window / window_step, Milliseconds(1));
    }
    const bool overdrawn = budget_.used_up();
    for (std::size_t i = records_.size(); i-- > 0;) {
      if (!pass(course, records_.key(i))) {
        course.done = true;
        return {};
      }
      if (budget_.used_up() && !overdrawn) {
        course.range.keys.end = std::string(records_.key(i)) + '\0';
        return {};
      }
      if (!visit(course, records_.key(i), records_.value(i))) return {};
    }
    course.done = keys.begin == course.range.keys.begin;
    course.range.keys.end = keys.begin;
    course.newest = oldest - Milliseconds(1);
    course.frontier = frontier_at(course.range, *course.newest);
    // After a window without any, nobody knows how far it is to the next.
    if (records_.size() == 0) course.newest.reset();
    if (records_.size() < time_scan_slice / window_step) {
      course.window = std::min(course.window * window_step, window_max);
    }
    return {};
  }

  /// Copies a range into records_. False: it is more than a window may hold.
  Result<bool> gather(Space space, const KeyRange& keys) {
    bool all = true;
    records_.clear();
    const Result<void> scanned = reader_.scan(space, keys, StoreReader::Direction::forward,
                                              [&](std::string_view key, std::string_view value) {
                                                all = records_.size() < time_scan_slice &&
                                                      records_.size_bytes() < window_bytes_max;
                                                if (all) records_.add(key, value);
                                                return all;
                                              });
    if (!scanned) return std::unexpected(scanned.error());
    return all;
  }

  /// Notes that all before `key` was visited. False: it and what follows are beyond.
  bool pass(Course& course, std::string_view key) {
    if (const auto time = course.range.time_of(key)) {
      course.frontier = frontier_at(course.range, *time);
    }
    return !scan_.is_beyond(course.frontier);
  }

  bool visit(const Course& course, std::string_view key, std::string_view value) {
    budget_.charge(value.size());
    ended_ = !scan_.visit(course.range, key, value);
    return !ended_;
  }

  /// A slice, key by key.
  Result<void> step_through(Course& course, StoreReader::Direction direction) {
    std::size_t visited = 0;
    const bool overdrawn = budget_.used_up();
    bool paused = false;
    std::string pause;
    Result<void> scanned =
        reader_.scan(course.range.space, course.range.keys, direction,
                     [&](std::string_view key, std::string_view value) {
                       if (!pass(course, key)) return false;
                       if (visited == time_scan_slice || (budget_.used_up() && !overdrawn)) {
                         paused = true;
                         pause = key;
                         return false;
                       }
                       ++visited;
                       return visit(course, key, value);
                     });
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
  Records records_;  ///< Of the window that is read.
  bool ended_ = false;
};

}  // namespace

Result<std::optional<Timestamp>> scan_in_time(const StoreReader& reader, const TimeScan& scan,
                                              ScanBudget& budget) {
  return Reading(reader, scan, budget).read();
}

}  // namespace godwit
