#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.h"
#include "imagegen/domain/generation.h"
#include "imagegen/domain/task.h"

namespace godwit::imagegen {

struct ImageRequest {
  std::string model;
  std::string prompt;  ///< Resolved; a negative prompt that the model cannot take is written into
                       ///< it by the adapter.
  std::string negative_prompt;
  std::string aspect_ratio;  ///< Empty: not said.
  std::string size;
  std::string quality;
  std::optional<std::int64_t> seed;
  std::chrono::milliseconds timeout{120'000};
};

/// The four ends of a call. `error.at` is left to the caller.
struct ImageMade {
  std::string bytes;
  std::string mime;  ///< By the bytes themselves: image/png, image/jpeg or image/webp.
  std::string caption;
};
/// Worth another attempt. `after`: the provider's own wait, where it said one that can be believed;
/// at most a day. Codes: `rate_limited`, `quota_day` (the daily quota: `after` ends at its reset),
/// `unavailable`, `timeout`, `no_image` (the model did not draw), `cut_off`, `bad_answer`.
struct ImageRetry {
  TaskError error;
  std::optional<std::chrono::milliseconds> after;
  std::string quota;  ///< The limit that was passed, in the provider's words; empty: none.
};
/// The prompt or the image was refused: not worth another attempt. Code: `blocked`.
struct ImageRefused {
  TaskError error;
};
/// Key, model or request are wrong: nor is this. Codes: `invalid_key`, `not_allowed` (region,
/// billing, verification), `no_quota` (none for this model, or the credit is used up),
/// `model_gone`, `bad_request`, `too_large`, `bad_base_url`.
struct ImageFailed {
  TaskError error;
};
using ImageOutcome = std::variant<ImageMade, ImageRetry, ImageRefused, ImageFailed>;

/// Draws. One call makes exactly one request to the provider: retries are the broker's work.
/// Threads: its io_context's. Cancelling generate() is safe; the provider may still bill it.
/// Lifetime: calls under way do not need it any more, only what it was made of.
class ImageProvider {
 public:
  virtual ~ImageProvider() = default;
  virtual boost::asio::awaitable<ImageOutcome> generate(ImageRequest request) = 0;
  /// The cheapest call that tells whether the key is accepted; a sentence like `12 models`.
  /// Errors: invalid_argument (the key), unavailable, with the provider's text.
  virtual boost::asio::awaitable<Result<std::string>> check() = 0;
};

}  // namespace godwit::imagegen
