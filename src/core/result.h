#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace godwit {

/// Why something failed, told as what the caller can do about it. api/ turns it into HTTP statuses.
enum class ErrorCode {
  invalid_argument,  ///< Change the request: 400.
  not_found,         ///< It does not exist, or not any more: 404.
  conflict,          ///< It exists, in a state that does not allow this: 400.
  quota_exceeded,    ///< A configured limit of the installation: 412.
  rate_limited,      ///< Later: 429 with Retry-After.
  unavailable,       ///< Later, or another node: 503 with Retry-After.
  corrupt            ///< Stored bytes that cannot be read: 500.
};

struct Error {
  ErrorCode code;
  std::string message;  ///< For people; never contains message bodies or tokens.
};

/// A T, or the reason there is none. Dropping one is a compiler warning. Bugs are asserts instead.
template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

/// invalid_argument that names the field: `what` says what is wrong with it and what would be
/// right.
inline std::unexpected<Error> invalid_field(std::string_view field, std::string_view what) {
  return fail(ErrorCode::invalid_argument, std::string(field) + ": " + std::string(what));
}

}  // namespace godwit
