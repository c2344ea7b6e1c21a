#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "imagegen/http/routing/route.h"

namespace godwit::imagegen {

/// The description of everything that is served, OpenAPI 3.1. Schemas are named after the
/// interfaces of contract.ts, which say what is in them.
std::string openapi_json(const std::vector<Routes>& groups, std::string_view version);

}  // namespace godwit::imagegen
