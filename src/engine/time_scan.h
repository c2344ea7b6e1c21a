#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "engine/listing.h"
#include "store/store.h"

namespace godwit {

/// Records of one slice. It costs one seek in every file of the space; less than reading it does.
inline constexpr std::size_t time_scan_slice = 2'048;

/// Keys that lie in the order of a time that they tell.
struct TimedRange {
  Space space = Space::log;
  KeyRange keys{};
  std::uint16_t partition = 0;
  /// What a record holds lies less than this behind the time of its key, and never before it.
  Milliseconds reach{1};
  /// nullopt: the key tells no time.
  std::optional<Timestamp> (*time_of)(std::string_view key) = nullptr;
  /// No key of this time or later is smaller, and none of an earlier time is larger.
  std::function<std::string(Timestamp)> first_key;
};

/// What a reader may still look at: records, of which large ones count for each KiB.
class ScanBudget {
 public:
  explicit ScanBudget(std::size_t records_max) : left_(records_max) {}
  bool used_up() const { return left_ == 0; }
  void charge(std::size_t record_bytes) { left_ -= std::min(left_, 1 + record_bytes / 1024); }

 private:
  std::size_t left_;
};

/// A reading of several ranges side by side, a slice at a time, always of the one that is furthest
/// behind, so that at any moment everything before one time is known.
struct TimeScan {
  Order order = Order::latest_first;
  Timestamp start;  ///< Nothing before it is asked for (latest_first: nothing after it).
  std::vector<TimedRange> ranges;
  /// Whether nothing from this time on is asked for any more. Once true, true for all behind it.
  std::function<bool(Timestamp)> is_beyond;
  /// False ends the reading, as if all were read.
  std::function<bool(const TimedRange& range, std::string_view key, std::string_view value)> visit;
};

/// Reads until `is_beyond` or the end of all ranges, and returns nullopt; or until the budget is
/// used up, and returns where the next reading must start: all that was visited not lies at or
/// behind that time. That is always further than `scan.start`, so the budget is overdrawn when it
/// does not suffice for a step. Errors: those of the reader.
Result<std::optional<Timestamp>> scan_in_time(const StoreReader& reader, const TimeScan& scan,
                                              ScanBudget& budget);

}  // namespace godwit
