#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/statistics.h"

namespace godwit {

/// What GET /admin/v1/series may be asked for: its name and the steps that cover it.
struct SeriesRange {
  std::string_view name;
  SeriesUnit unit;
  std::size_t steps;
};
/// nullptr: there is none of this name.
const SeriesRange* find_series_range(std::string_view name);
std::string series_range_names();  ///< `15m, 1h, 6h, 24h, 7d, 30d`

/// contract.ts's Series. Pure.
std::string series_json(const SeriesRange& range, const std::vector<SeriesStep>& steps);

}  // namespace godwit
