#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"
#include "imagegen/providers/image_provider.h"
#include "imagegen/providers/shared/outcome.h"
#include "net/http_client.h"

namespace godwit::imagegen::openai {

inline constexpr std::string_view provider = "openai";
inline constexpr std::string_view title = "OpenAI";

/// What an answer of OpenAI's that is not a success means, for pictures and texts alike.
struct Fault {
  enum class Kind {
    retry,    ///< Worth another attempt, after `after` if it is known.
    refused,  ///< The content: not worth one.
    failed    ///< Key, model, account or request: nor this.
  };
  Kind kind = Kind::failed;
  std::string code;     ///< As TaskError::code.
  std::string message;  ///< A sentence.
  std::string detail;   ///< OpenAI's own text.
  std::optional<Milliseconds> after;
  std::string quota;  ///< The limit that was passed, in OpenAI's words; empty: none.
};

/// Of an answer that is not 2xx. `x-should-retry` overrules what its status says.
Fault read_fault(const IncomingResponse& response, std::string_view model, Timestamp now);

/// Of the `error` object of a response that failed after it had begun (HTTP 200).
Fault failed_later(std::string_view code, std::string_view message);

ImageOutcome to_outcome(Fault fault, int http_status);
/// rate_limited and unavailable for another attempt, invalid_argument otherwise.
Error to_error(const Fault& fault);

/// Of `GET <base>/models`: `12 models`. Errors as TextModel::check().
Result<std::string> read_models(const IncomingResponse& response, Timestamp now);

}  // namespace godwit::imagegen::openai
