#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "imagegen/providers/image_provider.h"
#include "net/http_client.h"

namespace godwit::imagegen {

/// Who answered, for the errors that name it.
struct Answerer {
  std::string_view provider;  ///< `gemini`: TaskError's.
  std::string_view title;     ///< `Gemini`: for sentences.
  int http_status = 0;
};

/// `detail` is cut to TaskError::detail_max.
TaskError task_error(const Answerer& who, std::string_view code, std::string message,
                     std::string_view detail = {});

inline ImageFailed image_failed(const Answerer& who, std::string_view code, std::string message,
                                std::string_view detail = {}) {
  return {task_error(who, code, std::move(message), detail)};
}
inline ImageRefused image_refused(const Answerer& who, std::string message,
                                  std::string_view detail = {}) {
  return {task_error(who, "blocked", std::move(message), detail)};
}
inline ImageRetry image_retry(const Answerer& who, std::string_view code, std::string message,
                              std::string_view detail = {},
                              std::optional<std::chrono::milliseconds> after = std::nullopt) {
  return {task_error(who, code, std::move(message), detail), after, {}};
}

/// What the failure of HttpClient::send() means: `timeout` or `unavailable`.
ImageOutcome image_lost(const Answerer& who, const Error& error);

/// The picture in base64, or that it is none: `bad_answer`.
ImageOutcome image_made(const Answerer& who, std::string_view base64, std::string_view caption);

/// `image/png`, `image/jpeg` or `image/webp` by the first bytes; empty: none of them.
std::string_view image_mime(std::string_view bytes);

/// What `body` is, for an error: its size and Content-Type, never itself.
std::string describe_body(const IncomingResponse& response);

/// Every `secret` in `text` becomes `[key]`: a provider may quote the key that it was sent.
void hide(std::string& text, std::string_view secret);
void hide(ImageOutcome& outcome, std::string_view secret);

/// At most `size_max` bytes of `text`, not ending within a character, without blanks at the ends.
std::string shortened(std::string_view text, std::size_t size_max);

/// `prompt` with a negative prompt as a part of it, for models that have no field for one.
std::string with_negative(std::string_view prompt, std::string_view negative_prompt);

}  // namespace godwit::imagegen
