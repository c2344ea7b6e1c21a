#pragma once
#include <span>
#include <string>
#include <string_view>

namespace godwit {

/// A route that another module serves beside this one.
struct DescribedRoute {
  std::string method;  ///< "GET"
  std::string path;    ///< `/admin/v1/messages/{id}`
  std::string tag;
  std::string summary;
  bool anybody = false;  ///< Without a token.
  bool writes = false;   ///< Not for tokens that may only read.
};

/// The description of everything that is served, OpenAPI 3.1: the paths and methods of
/// route_table() with their parameters, bodies and answers, and those of others. `version` is the
/// program's.
std::string openapi_json(std::string_view version, std::span<const DescribedRoute> others = {});

}  // namespace godwit
