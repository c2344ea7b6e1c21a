#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "imagegen/http/routing/route.h"

namespace godwit::imagegen {

/// What a request's method and path mean.
struct Match {
  const Route* route = nullptr;    ///< nullptr: there is none.
  std::vector<std::string> names;  ///< As in Call.
  std::string allowed;             ///< Of a path that is served with other methods: `GET, POST`.
};

/// Finds routes by method and path. Of several that match, the one with more literal segments is
/// meant: `/api/images/facets` before `/api/images/{id}`. HEAD is GET without its body.
class Router {
 public:
  /// `groups` and the rows in them outlive the router.
  explicit Router(std::vector<Routes> groups) : groups_(std::move(groups)) {}

  /// `path` as it came, without the query.
  Match match(std::string_view method, std::string_view path) const;
  const std::vector<Routes>& groups() const { return groups_; }

 private:
  std::vector<Routes> groups_;
};

}  // namespace godwit::imagegen
