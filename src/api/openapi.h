#pragma once
#include <string>
#include <string_view>

namespace godwit {

/// The description of everything that is served, OpenAPI 3.1: the paths and methods of
/// route_table() with their parameters, bodies and answers. `version` is the program's.
std::string openapi_json(std::string_view version);

}  // namespace godwit
