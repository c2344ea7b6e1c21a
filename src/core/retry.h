#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/message.h"
#include "core/result.h"
#include "core/time.h"

namespace godwit {

inline constexpr Milliseconds retry_delay_max{86'400'000};  ///< QStash: one day.

/// The wait before retry number `retried` + 1 when nothing else says so:
/// min(1 day, e^(2.5 (retried + 1)) s) = 12.182 s, 148.413 s, 1808.042 s, 22026.466 s, then one
/// day.
Milliseconds default_backoff(int retried);

/// A compiled `Upstash-Retry-Delay` expression over the variable `retried`; the value is
/// milliseconds. Numbers, + - * / %, unary signs, parentheses, and pow sqrt abs exp floor ceil
/// round min max.
class RetryExpression {
 public:
  static constexpr std::size_t length_max = 1024;  ///< Characters; beyond is invalid_argument.
  static constexpr int depth_max = 64;             ///< Nested parentheses, calls and signs.

  /// Errors: invalid_argument, naming the column and what was expected there.
  static Result<RetryExpression> compile(std::string_view text);

  /// Clamped to [0, retry_delay_max]. nullopt when the value is NaN, infinite or negative: the
  /// default backoff applies then.
  std::optional<Milliseconds> evaluate(int retried) const;

 private:
  /// Postfix program: a number, the variable, or an operation with its operand count.
  struct Step {
    enum class Kind : unsigned char {
      number,
      retried,
      add,
      subtract,
      multiply,
      divide,
      modulo,
      negate,
      pow,
      sqrt,
      abs,
      exp,
      floor,
      ceil,
      round,
      min,
      max
    };
    Kind kind;
    int operands = 0;
    double number = 0;
  };
  friend class RetryExpressionParser;
  std::vector<Step> steps_;
};

/// The wait a failed response asks for: `Retry-After`, else the largest valid one of
/// `X-RateLimit-Reset`, `-Reset-Requests`, `-Reset-Tokens`. Seconds (integer or decimal), an RFC
/// 1123 date, or a Go duration. More than a day is ignored; a past date is now. nullopt: no hint.
std::optional<Milliseconds> retry_hint(const Headers& response_headers, Timestamp now);

struct Delivered {};
struct RetryAt {
  Timestamp time;
};
/// `reason` is a sentence for people.
struct DeadLetter {
  std::string reason;
};
/// What an attempt means for its message.
using Outcome = std::variant<Delivered, RetryAt, DeadLetter>;

/// What one delivery attempt means. 2xx: delivered. 489 with `Upstash-NonRetryable-Error: true`:
/// dead letter at once. Else a retry while `retried` < retries_max, after the hint of the response,
/// the message's expression, or the default backoff, in this order. Pure.
Outcome judge(const Message& message, int retried, const AttemptResult& result, Timestamp now);

}  // namespace godwit
