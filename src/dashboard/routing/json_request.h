#pragma once
#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace godwit {

/// The JSON object of a request's body. Members that nobody asks for are ignored. Errors of the
/// readers: invalid_argument, naming the member, what is wrong and what would be right.
class JsonRequest {
 public:
  /// No body at all is `{}`. Errors: invalid_argument unless it is a JSON object.
  static Result<JsonRequest> parse(std::string_view body);

  bool has(std::string_view name) const;  ///< There, and not null.
  /// nullopt: it is not there, or null.
  Result<std::optional<std::string>> text(std::string_view name, std::size_t bytes_max) const;
  Result<std::optional<bool>> boolean(std::string_view name) const;
  Result<std::optional<std::int64_t>> integer(std::string_view name, std::int64_t least,
                                              std::int64_t most) const;
  /// What may come as text in `name` or, for bytes that are no UTF-8, in `base64_name`; not in
  /// both.
  Result<std::optional<std::string>> bytes(std::string_view name, std::string_view base64_name,
                                           std::size_t bytes_max) const;
  simdjson::dom::object object() const { return object_; }

 private:
  std::optional<simdjson::dom::element> find(std::string_view name) const;

  std::shared_ptr<simdjson::dom::parser> parser_ = std::make_shared<simdjson::dom::parser>();
  simdjson::dom::object object_;
};

}  // namespace godwit
