#include "imagegen/generations/webhook_body.h"

#include <simdjson.h>

#include <utility>

#include "core/signature.h"

namespace godwit::imagegen {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t id_size_max = 100;
constexpr std::size_t text_size_max = 2'000;

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

std::string text_of(const dom::element& object, const char* name, std::size_t size_max) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) return {};
  return std::string(text.substr(0, size_max));
}

std::optional<int> small_of(const dom::element& object, const char* name) {
  std::int64_t value = 0;
  if (object[name].get_int64().get(value) != simdjson::SUCCESS) return std::nullopt;
  constexpr std::int64_t most = 1'000'000;
  if (value < 0 || value > most) return std::nullopt;
  return static_cast<int>(value);
}

bool has(const dom::element& object, const char* name) {
  dom::element ignored;
  return object[name].get(ignored) == simdjson::SUCCESS;
}

/// Any JSON object, so that element[name] may be asked.
std::optional<dom::element> object_of(dom::parser& parser, const simdjson::padded_string& json) {
  dom::element element;
  if (parser.parse(json).get(element) != simdjson::SUCCESS || !element.is_object()) {
    return std::nullopt;
  }
  return element;
}

Result<Delivery> delivery_of(const dom::element& body) {
  Delivery delivery;
  delivery.task_id = text_of(body, "taskId", id_size_max);
  delivery.generation_id = text_of(body, "generationId", id_size_max);
  if (delivery.task_id.empty()) return refuse("taskId: the body must name a task");
  if (delivery.generation_id.empty()) {
    return refuse("generationId: the body must name a generation");
  }
  if (has(body, "run")) {
    delivery.run = small_of(body, "run");
    if (!delivery.run) return refuse("run: it must be a number from 0");
  }
  if (has(body, "attemptsBefore")) {
    const std::optional<int> before = small_of(body, "attemptsBefore");
    if (!before) return refuse("attemptsBefore: it must be a number from 0");
    delivery.attempts_before = *before;
  }
  return delivery;
}

Result<ResultBody> callback_of(const dom::element& envelope) {
  const Result<std::string> source =
      base64_decode(text_of(envelope, "sourceBody", callback_body_max));
  if (!source) return refuse("sourceBody: it is not base64");
  dom::parser parser;
  const simdjson::padded_string padded(*source);
  const std::optional<dom::element> body = object_of(parser, padded);
  if (!body) return refuse("sourceBody: it is not a JSON object");
  Result<Delivery> delivery = delivery_of(*body);
  if (!delivery) return std::unexpected(delivery.error());
  ResultBody result;
  result.delivery = std::move(*delivery);
  result.delivery.message_id = text_of(envelope, "sourceMessageId", id_size_max);
  result.delivery.retried = small_of(envelope, "retried").value_or(0);
  result.from_broker = true;
  result.failed_for_good = !text_of(envelope, "dlqId", id_size_max).empty();
  result.status = small_of(envelope, "status").value_or(0);
  // Cut where four characters are three bytes.
  const Result<std::string> answer = base64_decode(text_of(envelope, "body", text_size_max));
  if (answer) result.answer = *answer;
  return result;
}

Result<ResultBody> own_result_of(const dom::element& body) {
  Result<Delivery> delivery = delivery_of(body);
  if (!delivery) return std::unexpected(delivery.error());
  ResultBody result;
  result.delivery = std::move(*delivery);
  const std::string status = text_of(body, "status", id_size_max);
  if (status != "done" && status != "completed" && status != "failed") {
    return refuse("status: it must be done or failed");
  }
  result.done = status != "failed";
  if (result.done) {
    constexpr std::string_view prefix = "/images/";
    const std::string url = text_of(body, "imageUrl", text_size_max);
    if (!url.starts_with(prefix)) return refuse("imageUrl: it must be /images/<id>");
    result.image_id = url.substr(prefix.size());
    return result;
  }
  dom::element error;
  if (body["error"].get(error) != simdjson::SUCCESS) return refuse("error: what failed is missing");
  if (error.is_object()) {
    result.error_code = text_of(error, "code", id_size_max);
    result.error_message = text_of(error, "message", text_size_max);
  } else {
    result.error_message = text_of(body, "error", text_size_max);
  }
  return result;
}

}  // namespace

Result<WebhookBody> parse_webhook_body(std::string_view json) {
  dom::parser parser;
  const simdjson::padded_string padded(json);
  const std::optional<dom::element> object = object_of(parser, padded);
  if (!object) return refuse("the body is not a JSON object");
  WebhookBody body;
  body.test_id = text_of(*object, "test", id_size_max);
  if (!body.test_id.empty()) return body;
  Result<Delivery> delivery = delivery_of(*object);
  if (!delivery) return std::unexpected(delivery.error());
  body.delivery = std::move(*delivery);
  return body;
}

Result<ResultBody> parse_result_body(std::string_view json) {
  dom::parser parser;
  const simdjson::padded_string padded(json);
  const std::optional<dom::element> object = object_of(parser, padded);
  if (!object) return refuse("the body is not a JSON object");
  if (has(*object, "sourceMessageId")) return callback_of(*object);
  return own_result_of(*object);
}

}  // namespace godwit::imagegen
