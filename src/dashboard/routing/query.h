#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace godwit {

/// The parameters behind the `?` of a request's target, decoded (`+` is a blank), in their order;
/// one name may stand several times. At most parameters_max are read, the others are an error.
class DashboardQuery {
 public:
  static constexpr std::size_t parameters_max = 256;

  struct Parameter {
    std::string name;
    std::string value;
  };

  DashboardQuery() = default;
  /// What a body says in place of a query.
  explicit DashboardQuery(std::vector<Parameter> parameters) : parameters_(std::move(parameters)) {}

  /// Errors: invalid_argument for too many parameters.
  static Result<DashboardQuery> parse(std::string_view target);

  /// The first value of `name`; nullptr: it is not there.
  const std::string* find(std::string_view name) const;
  /// All values of `name`, in order.
  std::vector<std::string> all(std::string_view name) const;
  /// The first value as a whole number from `least` to `most`; `otherwise` when it is absent or
  /// empty. Errors: invalid_argument, naming the parameter and its bounds.
  Result<std::size_t> count(std::string_view name, std::size_t least, std::size_t most,
                            std::size_t otherwise) const;

  const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  std::vector<Parameter> parameters_;
};

}  // namespace godwit
