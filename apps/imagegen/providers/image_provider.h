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
/// Worth another attempt. `after`: the provider's own wait, where it said one that can be believed.
struct ImageRetry {
  TaskError error;
  std::optional<std::chrono::milliseconds> after;
  std::string quota;  ///< The limit that was passed, in the provider's words; empty: none.
};
/// The prompt or the image was refused: not worth another attempt.
struct ImageRefused {
  TaskError error;
};
/// Key, model or request are wrong: nor is this.
struct ImageFailed {
  TaskError error;
};
using ImageOutcome = std::variant<ImageMade, ImageRetry, ImageRefused, ImageFailed>;

/// Draws. One call makes exactly one request to the provider: retries are the broker's work.
/// Threads: its io_context's. Cancelling generate() is safe; the provider may still bill it.
class ImageProvider {
 public:
  virtual ~ImageProvider() = default;
  virtual boost::asio::awaitable<ImageOutcome> generate(ImageRequest request) = 0;
  /// The cheapest call that tells whether the key is accepted; a sentence like `12 models`.
  /// Errors: invalid_argument (the key), unavailable, with the provider's text.
  virtual boost::asio::awaitable<Result<std::string>> check() = 0;
};

}  // namespace godwit::imagegen
