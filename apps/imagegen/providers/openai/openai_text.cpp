#include <utility>

#include "imagegen/providers/openai/openai_client.h"
#include "imagegen/providers/openai/text_wire.h"
#include "imagegen/providers/providers.h"
#include "imagegen/providers/shared/outcome.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;
using openai::Assignment;
using openai::Writing;

/// A person waits for it in the page.
constexpr std::chrono::milliseconds write_timeout{60'000};

struct Way {
  std::string_view path;
  std::string (*body)(const Assignment&, std::string_view);
  Writing (*read)(const IncomingResponse&, std::string_view, Timestamp);
};
constexpr Way responses_way{"/responses", openai::responses_body, openai::read_responses};
constexpr Way chat_way{"/chat/completions", openai::chat_body, openai::read_chat};

asio::awaitable<Result<IncomingResponse>> ask(HttpClient& client, const ProviderAccess& access,
                                              const Way& way, const Assignment& assignment,
                                              const std::string& model) {
  Result<Exchange> what =
      openai::post(access, way.path, way.body(assignment, model), write_timeout);
  if (!what) co_return std::unexpected(what.error());
  co_return co_await exchange(client, std::move(*what));
}

/// Whether a 404 speaks of the path and not of the model: a server that only chats.
bool knows_only_chat(const IncomingResponse& response) {
  return response.status == 404 && response.body.find("model_not_found") == std::string::npos;
}

asio::awaitable<Result<std::string>> write(HttpClient& client, ProviderAccess access,
                                           std::string model, Assignment assignment) {
  Way way = responses_way;
  // Once more with twice the room when the answer was cut off; no other repeats.
  for (const bool last : {false, true}) {
    Result<IncomingResponse> response = co_await ask(client, access, way, assignment, model);
    if (response && way.read == responses_way.read && knows_only_chat(*response)) {
      way = chat_way;
      response = co_await ask(client, access, way, assignment, model);
    }
    if (!response) {
      Error error = response.error();
      hide(error.message, access.key);
      co_return std::unexpected(std::move(error));
    }
    Writing writing = way.read(*response, model, SystemClock().now());
    if (auto* written = std::get_if<openai::Written>(&writing)) co_return std::move(written->text);
    if (const auto* fault = std::get_if<openai::Fault>(&writing)) {
      Error error = openai::to_error(*fault);
      hide(error.message, access.key);
      co_return std::unexpected(std::move(error));
    }
    if (last) break;
    assignment.tokens_max *= 2;
  }
  co_return fail(ErrorCode::unavailable,
                 "OpenAI's answer was cut off twice. Ask for fewer or shorter texts.");
}

asio::awaitable<Result<std::vector<std::string>>> write_values(HttpClient& client,
                                                               ProviderAccess access,
                                                               std::string model,
                                                               ValuesWanted wanted) {
  Assignment assignment = openai::values_assignment(wanted);
  const Result<std::string> text =
      co_await write(client, std::move(access), std::move(model), std::move(assignment));
  if (!text) co_return std::unexpected(text.error());
  co_return openai::read_values(*text, wanted);
}

asio::awaitable<Result<ProposedPrompt>> write_prompt(HttpClient& client, ProviderAccess access,
                                                     std::string model, PromptWanted wanted) {
  Assignment assignment = openai::prompt_assignment(wanted);
  const Result<std::string> text =
      co_await write(client, std::move(access), std::move(model), std::move(assignment));
  if (!text) co_return std::unexpected(text.error());
  co_return openai::read_prompt(*text);
}

class OpenaiText final : public TextModel {
 public:
  OpenaiText(HttpClient& client, ProviderAccess access, std::string model)
      : client_(client), access_(std::move(access)), model_(std::move(model)) {}

  asio::awaitable<Result<std::vector<std::string>>> propose_values(ValuesWanted wanted) override {
    return write_values(client_, access_, model_, std::move(wanted));
  }
  asio::awaitable<Result<ProposedPrompt>> propose_prompt(PromptWanted wanted) override {
    return write_prompt(client_, access_, model_, std::move(wanted));
  }
  asio::awaitable<Result<std::string>> check() override {
    return openai::list_models(client_, access_);
  }

 private:
  HttpClient& client_;
  const ProviderAccess access_;
  const std::string model_;
};

}  // namespace

std::unique_ptr<TextModel> make_openai_text(HttpClient& client, ProviderAccess access,
                                            std::string model) {
  if (model.empty()) model = default_text_model;
  return std::make_unique<OpenaiText>(client, std::move(access), std::move(model));
}

}  // namespace godwit::imagegen
