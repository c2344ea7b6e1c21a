#include "imagegen/generations/processing.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "core/ascii.h"
#include "core/json_out.h"
#include "core/signature.h"
#include "imagegen/generations/attempts.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/results_key.h"
#include "imagegen/generations/signing_keys.h"
#include "imagegen/generations/transitions.h"
#include "imagegen/generations/webhook_body.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;
using Kind = AttemptEnd::Kind;

/// QStash: this status with its header ends a message without further attempts.
constexpr int not_retryable = 489;

/// Of a header that nobody has vouched for yet: what ids are made of, and nothing that a log's line
/// could be forged with.
std::string id_of(const std::string& text) {
  std::string id;
  for (const char c : text.substr(0, 100)) {
    if (ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-') id.push_back(c);
  }
  return id;
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  const std::string* value = find_header(request.headers, name);
  return value == nullptr ? std::string() : *value;
}

HttpResponse json_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  response.headers.push_back({"Cache-Control", "no-store"});
  if (status == not_retryable) {
    response.headers.push_back({"Upstash-NonRetryable-Error", "true"});
  }
  response.body = std::move(body);
  return response;
}

HttpResponse error_response(int status, std::string_view code, std::string_view message,
                            std::optional<Milliseconds> after = std::nullopt) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("error");
  json.begin_object();
  json.member("code", code);
  json.member("message", message);
  json.end_object();
  json.end_object();
  HttpResponse response = json_response(status, std::move(body));
  if (after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*after);
    response.headers.push_back(
        {"Retry-After", std::to_string(std::max<std::int64_t>(1, seconds.count()))});
  }
  return response;
}

HttpResponse task_response(const AttemptEnd& ended, const Delivery& delivery) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("success", true);
  json.member("taskId", delivery.task_id);
  json.member("generationId", delivery.generation_id);
  json.member("status", ended.code);
  if (ended.kind == Kind::nothing_to_do) json.member("duplicate", true);
  if (ended.task && ended.task->image) {
    json.member("imageUrl", "/images/" + ended.task->image->id);
  }
  json.end_object();
  return json_response(200, std::move(body));
}

/// What the broker is told of an attempt's end.
HttpResponse response_of(const AttemptEnd& ended, const Delivery& delivery) {
  switch (ended.kind) {
    case Kind::done:
    case Kind::nothing_to_do:
    case Kind::postponed:
      return task_response(ended, delivery);
    case Kind::refused:
      return error_response(not_retryable, ended.code, ended.message);
    case Kind::running:
    case Kind::retry:
    case Kind::exhausted:
    case Kind::unavailable:
      return error_response(503, ended.code, ended.message, ended.after);
  }
  return error_response(500, "internal", "The end of the attempt is unknown.");
}

/// What is wrong with a signature, as a code.
std::string signature_code(const Error& error) {
  if (error.code == ErrorCode::unavailable) return "signing_keys_missing";
  const std::string& message = error.message;
  if (message.starts_with("signature missing")) return "signature_missing";
  if (message.starts_with("signature for another url")) return "signature_for_another_url";
  if (message.starts_with("signature for another body")) return "signature_for_another_body";
  if (message.starts_with("signature expired") || message.starts_with("signature not valid yet")) {
    return "signature_expired";
  }
  return "signature_invalid";
}

}  // namespace

class Processing::Impl : public std::enable_shared_from_this<Processing::Impl> {
 public:
  explicit Impl(World& world) : world_(world), keys_(world), attempts_(world) {}

  static asio::awaitable<HttpResponse> process(std::shared_ptr<Impl> self, HttpRequest request) {
    const auto began = std::chrono::steady_clock::now();
    WebhookCall call;
    call.at = self->world_.clock.now();
    call.message_id = id_of(header_of(request, "Upstash-Message-Id"));
    HttpResponse response;
    try {
      response = co_await self->answer(request, call);
    } catch (const std::exception& error) {
      // 9.1.6: our own fault. The task's lease runs out, and the broker tries again.
      write_log(self->world_, "webhook_failed", "error=\"" + std::string(error.what()) + "\"");
      call.code = "internal";
      response = error_response(500, call.code, "The application failed; its log tells more.");
    }
    call.status = response.status;
    call.duration = std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - began);
    self->note(call);
    co_return response;
  }

  static asio::awaitable<HttpResponse> take_result(std::shared_ptr<Impl> self,
                                                   HttpRequest request) {
    if (request.body.size() > callback_body_max) {
      co_return error_response(413, "body_too_large", "The body is longer than 1 MiB.");
    }
    const Result<Effective> effective = current(self->world_);
    if (!effective) {
      co_return error_response(503, "storage_failed", effective.error().message,
                               std::chrono::seconds(10));
    }
    std::string signature = header_of(request, "Upstash-Signature");
    const bool by_key =
        signature.empty() && is_results_key(self->world_, header_of(request, "Authorization"));
    if (!by_key) {
      const Result<void> verified = co_await self->keys_.verify(
          *effective, std::move(signature), effective->results_url(), request.body);
      if (!verified) {
        co_return error_response(401, signature_code(verified.error()), verified.error().message);
      }
    }
    const Result<ResultBody> body = parse_result_body(request.body);
    if (!body) co_return error_response(400, "invalid_body", body.error().message);
    // A signature vouches for the broker's word, the key for ours.
    if (body->from_broker == by_key) {
      co_return error_response(400, "invalid_body",
                               by_key ? "callbacks must be signed" : "results must be callbacks");
    }
    co_return co_await self->note_result(*body);
  }

  void stop() { attempts_.stop(); }

 private:
  asio::awaitable<HttpResponse> answer(const HttpRequest& request, WebhookCall& call) {
    const auto refused = [&call](HttpResponse response, std::string code) {
      call.code = std::move(code);
      return response;
    };
    if (request.body.size() > webhook_body_max) {
      co_return refused(error_response(413, "body_too_large", "The body is longer than 64 KiB."),
                        "body_too_large");
    }
    const Result<Effective> effective = current(world_);
    if (!effective) {
      co_return refused(error_response(503, "storage_failed", effective.error().message,
                                       std::chrono::seconds(10)),
                        "storage_failed");
    }
    Result<WebhookBody> body = parse_webhook_body(request.body);
    const Result<void> verified =
        co_await keys_.verify(*effective, header_of(request, "Upstash-Signature"),
                              effective->webhook_url(), request.body);
    if (!verified) {
      const std::string code = signature_code(verified.error());
      // The id of a test is a secret that only its message knows, so its word may be shown.
      if (body && !body->test_id.empty() && world_.callback_arrived) {
        Problem problem;
        problem.code = code;
        problem.message = "The webhook was called, but the signature is refused.";
        problem.detail = verified.error().message;
        world_.callback_arrived(body->test_id, problem);
      }
      // Keys that cannot be fetched now may be there at the next attempt; 401 is one as well.
      co_return refused(error_response(401, code, verified.error().message), code);
    }
    if (!body) {
      co_return refused(error_response(not_retryable, "invalid_body", body.error().message),
                        "invalid_body");
    }
    if (!body->test_id.empty()) {
      if (world_.callback_arrived) world_.callback_arrived(body->test_id, std::nullopt);
      std::string json = "{\"success\":true}";
      co_return refused(json_response(200, std::move(json)), "test");
    }
    Delivery& delivery = body->delivery;
    delivery.message_id = call.message_id;
    delivery.retried = retried_of(header_of(request, "Upstash-Retried"));
    call.task_id = delivery.task_id;
    call.attempt = delivery.retried + 1;
    AttemptEnd ended = co_await attempts_.run(delivery);
    HttpResponse response = response_of(ended, delivery);
    if (ended.code == "task_unknown") call.task_id.clear();
    co_return refused(std::move(response), std::move(ended.code));
  }

  static int retried_of(const std::string& text) {
    int value = 0;
    for (const char c : text) {
      if (c < '0' || c > '9' || value > 100'000) return 0;
      value = value * 10 + (c - '0');
    }
    return value;
  }

  asio::awaitable<HttpResponse> note_result(const ResultBody& body) {
    const Delivery& delivery = body.delivery;
    const Result<std::optional<Task>> task = world_.storage.task(delivery.task_id);
    if (!task) co_return storage_failed(task.error());
    if (!*task || (*task)->generation_id != delivery.generation_id) {
      co_return error_response(404, "task_not_found", "There is no such task.");
    }
    if (is_final((*task)->status)) co_return noted(**task, true);
    if (body.from_broker) co_return note_callback(body, **task);
    if (!body.done) co_return note_own_failure(body);
    co_return co_await note_own_image(body);
  }

  HttpResponse note_callback(const ResultBody& body, const Task& task) {
    const Delivery& delivery = body.delivery;
    // What attempts did, they have written themselves. Only the end of a message that may never
    // have reached us is news, and only of the message that counts.
    const bool is_latest = !delivery.run || *delivery.run >= task.run;
    if (!body.failed_for_good || !is_latest || !is_under_way(task)) return noted(task, true);
    TaskError error = task.error.value_or(TaskError());
    if (error.code.empty()) {
      error.code = body.status == 0 ? "webhook_unreachable" : "webhook_failed";
      error.message =
          "The broker has used up its attempts to call the webhook; check the public "
          "address on the page Diagnostics and retry the task.";
      error.detail = body.status == 0
                         ? std::string("no answer")
                         : std::to_string(body.status) + ": " + body.answer.substr(0, 500);
    }
    const Timestamp now = world_.clock.now();
    return change(body, [&](const Task& t) { return give_up(t, error, now); });
  }

  HttpResponse note_own_failure(const ResultBody& body) {
    TaskError error;
    error.code = body.error_code.empty() ? "reported" : body.error_code;
    error.message =
        body.error_message.empty() ? "The task was reported as failed." : body.error_message;
    const Timestamp now = world_.clock.now();
    return change(body, [&](const Task& task) { return give_up(task, error, now); });
  }

  asio::awaitable<HttpResponse> note_own_image(const ResultBody& body) {
    for (const std::string_view mime : {"image/png", "image/jpeg", "image/webp"}) {
      const Result<std::string> bytes =
          co_await world_.files.read(body.image_id, std::string(mime));
      if (!bytes) continue;
      Result<ImageInfo> info = inspect_image(*bytes);
      if (!info) break;
      info->id = body.image_id;
      Drawn drawn;
      drawn.image = std::move(*info);
      const Timestamp now = world_.clock.now();
      co_return change(body, [&](const Task& task) { return finish(task, drawn, now); });
    }
    co_return error_response(400, "image_unknown", "imageUrl: there is no such image");
  }

  HttpResponse change(const ResultBody& body, const Change& change) {
    const Result<std::optional<Task>> changed = change_task(world_, body.delivery.task_id, change);
    if (!changed) return storage_failed(changed.error());
    if (const Result<void> settled = settle(world_, body.delivery.generation_id); !settled) {
      return storage_failed(settled.error());
    }
    const Result<Task> task = load_task(world_, body.delivery.task_id);
    if (!task) return storage_failed(task.error());
    return noted(*task, !*changed);
  }

  static HttpResponse noted(const Task& task, bool duplicate) {
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    json.member("taskId", task.id);
    json.member("generationId", task.generation_id);
    json.member("status", to_string(task.status));
    if (duplicate) json.member("duplicate", true);
    json.end_object();
    return json_response(200, std::move(body));
  }

  static HttpResponse storage_failed(const Error& error) {
    if (error.code == ErrorCode::not_found) {
      return error_response(404, "task_not_found", "There is no such task.");
    }
    return error_response(503, "storage_failed", error.message, std::chrono::seconds(10));
  }

  void note(const WebhookCall& call) {
    if (const Result<void> noted = world_.storage.add_webhook_call(call); !noted) {
      write_log(world_, "storage_failed",
                "step=webhook_call error=\"" + noted.error().message + "\"");
    }
    write_log(world_, "webhook",
              "task=" + call.task_id + " message=" + call.message_id + " attempt=" +
                  std::to_string(call.attempt) + " status=" + std::to_string(call.status) +
                  " code=" + call.code + " duration_ms=" + std::to_string(call.duration.count()));
  }

  World& world_;
  SigningKeys keys_;
  Attempts attempts_;
};

Processing::Processing(World& world) : impl_(std::make_shared<Impl>(world)) {}
Processing::~Processing() { impl_->stop(); }

asio::awaitable<HttpResponse> Processing::process(HttpRequest request) {
  return Impl::process(impl_, std::move(request));
}

asio::awaitable<HttpResponse> Processing::take_result(HttpRequest request) {
  return Impl::take_result(impl_, std::move(request));
}

}  // namespace godwit::imagegen
