#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "imagegen/generations/transitions.h"

namespace godwit::imagegen {

/// The longest body of the two addresses that the broker calls.
inline constexpr std::size_t webhook_body_max = std::size_t{64} * 1024;
/// Callbacks carry what the webhook answered, which we keep small, and what we sent.
inline constexpr std::size_t callback_body_max = std::size_t{1024} * 1024;

/// What the webhook is asked: to work on a task, or to note that a test has come back.
struct WebhookBody {
  Delivery delivery;
  std::string test_id;  ///< Empty: it is about a task.
};
/// Errors: invalid_argument, naming the member.
Result<WebhookBody> parse_webhook_body(std::string_view json);

/// What `POST /api/task-results` is told.
struct ResultBody {
  Delivery delivery;
  bool from_broker = false;  ///< A callback; else the application's own form.
  // A callback:
  bool failed_for_good = false;  ///< A failure callback: its message is in the dead letter queue.
  int status = 0;                ///< The last answer of the webhook; 0: none came.
  std::string answer;            ///< Its beginning.
  // The own form:
  bool done = false;
  std::string image_id;
  std::string error_code;
  std::string error_message;
};
/// Errors: invalid_argument, naming the member.
Result<ResultBody> parse_result_body(std::string_view json);

}  // namespace godwit::imagegen
