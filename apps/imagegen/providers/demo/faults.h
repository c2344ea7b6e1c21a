#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "imagegen/providers/providers.h"

namespace godwit::imagegen::demo {

enum class Fault { permanent, rate_limit, temporary };

/// Which fault the call number `call` (from 0) for a picture has. Permanent ones do not depend on
/// the number: another attempt fails as well.
std::optional<Fault> fault_of(std::uint64_t picture, std::uint64_t call,
                              const DemoSettings& settings);

/// How often each picture was asked for. Remembers pictures_max of them, then begins anew.
class CallCounts {
 public:
  static constexpr std::size_t pictures_max = 100'000;
  /// The number of this call, from 0.
  std::uint64_t next(std::uint64_t picture);

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> counts_;
};

}  // namespace godwit::imagegen::demo
