#pragma once
#include <string_view>

namespace godwit {

/// The `components` object of the OpenAPI description, as JSON: security schemes, parameters and
/// the schemas of bodies and answers. openapi.cpp refers to them by name.
extern const std::string_view openapi_components;

}  // namespace godwit
