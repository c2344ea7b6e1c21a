#include "imagegen/providers/shared/outcome.h"

#include <algorithm>
#include <utility>

#include "core/signature.h"

namespace godwit::imagegen {

namespace {

constexpr std::size_t caption_max = 2'000;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

TaskError task_error(const Answerer& who, std::string_view code, std::string message,
                     std::string_view detail) {
  TaskError error;
  error.code = code;
  error.message = std::move(message);
  error.detail = shortened(detail, TaskError::detail_max);
  error.http_status = who.http_status;
  error.provider = who.provider;
  return error;
}

ImageOutcome image_lost(const Answerer& who, const Error& error) {
  const std::string title(who.title);
  if (error.code != ErrorCode::unavailable) {
    return image_failed(who, "bad_request", "The request to " + title + " could not be sent.",
                        error.message);
  }
  if (error.message.starts_with("timeout after")) {
    return image_retry(who, "timeout", title + " did not answer in time.", error.message);
  }
  return image_retry(who, "unavailable", title + " could not be reached, or hung up.",
                     error.message);
}

ImageOutcome image_made(const Answerer& who, std::string_view base64, std::string_view caption) {
  Result<std::string> bytes = base64_decode(base64);
  if (!bytes) {
    return image_retry(who, "bad_answer",
                       std::string(who.title) + " sent a picture that cannot be read.",
                       "the picture is not valid base64");
  }
  const std::string_view mime = image_mime(*bytes);
  if (mime.empty()) {
    return image_retry(who, "bad_answer",
                       std::string(who.title) + " sent a picture that cannot be read.",
                       std::to_string(bytes->size()) + " bytes that are no PNG, JPEG or WebP");
  }
  return ImageMade{std::move(*bytes), std::string(mime), shortened(caption, caption_max)};
}

std::string_view image_mime(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("RIFF") && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP") {
    return "image/webp";
  }
  return {};
}

std::string describe_body(const IncomingResponse& response) {
  const std::string* type = find_header(response.headers, "Content-Type");
  return std::to_string(response.body.size()) + " bytes of " +
         (type == nullptr ? "unknown type" : shortened(*type, 100));
}

void hide(std::string& text, std::string_view secret) {
  // So short a text is no key, and stands in many words.
  if (secret.size() < 4) return;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) {
    text.replace(at, secret.size(), "[key]");
    at += 5;
  }
}

void hide(ImageOutcome& outcome, std::string_view secret) {
  std::visit(
      [&](auto& end) {
        if constexpr (requires { end.error; }) {
          hide(end.error.message, secret);
          hide(end.error.detail, secret);
        }
        if constexpr (requires { end.quota; }) hide(end.quota, secret);
        if constexpr (requires { end.caption; }) hide(end.caption, secret);
      },
      outcome);
}

std::string shortened(std::string_view text, std::size_t size_max) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  if (text.size() > size_max) {
    std::size_t end = size_max;
    while (end > 0 && continues_character(text[end])) --end;
    text = text.substr(0, end);
  }
  return std::string(text.substr(0, text.find_last_not_of(blanks) + 1));
}

std::string with_negative(std::string_view prompt, std::string_view negative_prompt) {
  std::string text(prompt);
  const std::string unwanted = shortened(negative_prompt, negative_prompt.size());
  if (!unwanted.empty()) text += "\n\nDo not show: " + unwanted;
  return text;
}

}  // namespace godwit::imagegen
