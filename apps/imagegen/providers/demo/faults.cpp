#include "imagegen/providers/demo/faults.h"

#include "imagegen/providers/demo/random.h"

namespace godwit::imagegen::demo {

std::optional<Fault> fault_of(std::uint64_t picture, std::uint64_t call,
                              const DemoSettings& settings) {
  if (Random(picture ^ 0xbad).below(100) < settings.permanent_error_percent) {
    return Fault::permanent;
  }
  const int dice = Random(picture + stirred(call + 1)).below(100);
  if (dice < settings.rate_limit_error_percent) return Fault::rate_limit;
  if (dice < settings.rate_limit_error_percent + settings.temporary_error_percent) {
    return Fault::temporary;
  }
  return std::nullopt;
}

std::uint64_t CallCounts::next(std::uint64_t picture) {
  if (counts_.size() >= pictures_max && !counts_.contains(picture)) counts_.clear();
  return counts_[picture]++;
}

}  // namespace godwit::imagegen::demo
