#include "dashboard/routing/json_request.h"

#include <fmt/format.h>

#include "core/signature.h"

namespace godwit {
Result<JsonRequest> JsonRequest::parse(std::string_view body) {
  JsonRequest request;
  if (request.parser_->parse(body.empty() ? std::string_view("{}") : body)
          .get_object()
          .get(request.object_) != simdjson::SUCCESS) {
    return fail(ErrorCode::invalid_argument, "the body is not a JSON object; send one");
  }
  return request;
}

std::optional<simdjson::dom::element> JsonRequest::find(std::string_view name) const {
  simdjson::dom::element found;
  if (object_[name].get(found) != simdjson::SUCCESS || found.is_null()) return std::nullopt;
  return found;
}

bool JsonRequest::has(std::string_view name) const { return find(name).has_value(); }

Result<std::optional<std::string>> JsonRequest::text(std::string_view name,
                                                     std::size_t bytes_max) const {
  const auto found = find(name);
  if (!found) return std::nullopt;
  std::string_view value;
  if (found->get_string().get(value) != simdjson::SUCCESS)
    return invalid_field(name, "give a text");
  if (value.size() > bytes_max) {
    return invalid_field(
        name, fmt::format("it has {} bytes; at most {} are taken", value.size(), bytes_max));
  }
  return std::string(value);
}

Result<std::optional<bool>> JsonRequest::boolean(std::string_view name) const {
  const auto found = find(name);
  if (!found) return std::nullopt;
  bool value = false;
  if (found->get_bool().get(value) != simdjson::SUCCESS) {
    return invalid_field(name, "give true or false");
  }
  return value;
}

Result<std::optional<std::int64_t>> JsonRequest::integer(std::string_view name, std::int64_t least,
                                                         std::int64_t most) const {
  const auto found = find(name);
  if (!found) return std::nullopt;
  std::int64_t value = 0;
  if (found->get_int64().get(value) != simdjson::SUCCESS || value < least || value > most) {
    return invalid_field(name, fmt::format("give a whole number from {} to {}", least, most));
  }
  return value;
}

Result<std::optional<std::string>> JsonRequest::bytes(std::string_view name,
                                                      std::string_view base64_name,
                                                      std::size_t bytes_max) const {
  if (has(name) && has(base64_name)) {
    return invalid_field(base64_name, fmt::format("give it or {}, not both", name));
  }
  if (has(name)) return text(name, bytes_max);
  Result<std::optional<std::string>> encoded = text(base64_name, bytes_max / 3 * 4 + 4);
  if (!encoded || !*encoded) return encoded;
  Result<std::string> decoded = base64_decode(**encoded);
  if (!decoded) return invalid_field(base64_name, "it is not base64");
  return std::move(*decoded);
}

}  // namespace godwit
