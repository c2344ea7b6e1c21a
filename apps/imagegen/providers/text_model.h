#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "core/result.h"

namespace godwit::imagegen {

struct ValuesWanted {
  std::string system_prompt;
  std::string name;  ///< Of the parameter.
  std::string topic;
  int count = 10;
  std::string language;  ///< `ru`, `en`
  std::vector<std::string> existing;
};
struct PromptWanted {
  std::string system_prompt;
  std::string idea;
  std::vector<std::string> parameters;
  std::string language;
};
struct ProposedPrompt {
  std::string name;
  std::string content;
};

/// A language model that proposes values and prompts, in structured output. What it proposes is
/// checked: values are trimmed, distinct, not empty, at most `count`.
/// Errors: invalid_argument (key, model, refusal: another call would fail as well), rate_limited,
/// unavailable; with the provider's own text, never with the key.
class TextModel {
 public:
  virtual ~TextModel() = default;
  virtual boost::asio::awaitable<Result<std::vector<std::string>>> propose_values(
      ValuesWanted wanted) = 0;
  virtual boost::asio::awaitable<Result<ProposedPrompt>> propose_prompt(PromptWanted wanted) = 0;
  /// As ImageProvider::check().
  virtual boost::asio::awaitable<Result<std::string>> check() = 0;
};

}  // namespace godwit::imagegen
