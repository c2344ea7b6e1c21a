#include "dashboard/resources/token_pages.h"

#include <algorithm>
#include <utility>

#include "core/ascii.h"
#include "dashboard/routing/answer.h"
#include "dashboard/routing/json_request.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

constexpr std::size_t name_length_max = 100;
// Of an account: each costs memory in every process that reads the file.
constexpr std::ptrdiff_t tokens_max = 1'000;

std::string_view to_string(KnownToken::Source source) {
  switch (source) {
    case KnownToken::Source::file:
      return "file";
    case KnownToken::Source::environment:
      return "environment";
    case KnownToken::Source::public_user:
      return "public";
  }
  return "file";
}

struct ShownToken {
  std::string_view id;
  std::string_view name;
  bool read_only = false;
  std::optional<Timestamp> created;
  KnownToken::Source source = KnownToken::Source::file;
};

void write_token(JsonWriter& json, const ShownToken& token, std::string_view current) {
  json.begin_object();
  json.member("id", token.id);
  json.member("name", token.name);
  json.member("readOnly", token.read_only);
  write_time(json, "createdAt", token.created);
  json.member("source", to_string(token.source));
  json.member("current", token.id == current);
  json.end_object();
}

}  // namespace

TokenPages::TokenPages(const DashboardServices& services, const Configuration& configuration,
                       const Sessions& sessions, std::function<Result<void>()> reload_tokens)
    : services_(services),
      configuration_(configuration),
      sessions_(sessions),
      reload_tokens_(std::move(reload_tokens)) {}

const KnownToken* TokenPages::find(const DashboardCall& call, std::string_view id) const {
  for (const KnownToken& token : sessions_.tokens()) {
    if (token.credential.account == call.caller.account && token.id == id) return &token;
  }
  return nullptr;
}

HttpResponse TokenPages::list(const DashboardCall& call) const {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("tokens");
  json.begin_array();
  for (const KnownToken& token : sessions_.tokens()) {
    if (token.credential.account != call.caller.account) continue;
    write_token(json,
                {.id = token.id,
                 .name = token.name,
                 .read_only = token.credential.read_only,
                 .created = token.created,
                 .source = token.source},
                call.token_id);
  }
  json.end_array();
  json.end_object();
  return dashboard_json(std::move(body));
}

asio::awaitable<HttpResponse> TokenPages::create(DashboardCall call) {
  const Result<JsonRequest> request = JsonRequest::parse(call.request.body);
  if (!request) co_return dashboard_problem(request.error());
  const Result<std::optional<std::string>> name = request->text("name", name_length_max);
  if (!name) co_return dashboard_problem(name.error());
  const Result<std::optional<bool>> read_only = request->boolean("readOnly");
  if (!read_only) co_return dashboard_problem(read_only.error());
  TokenRequest wanted{.name = std::string(ascii::trim(name->value_or(std::string()))),
                      .read_only = read_only->value_or(false)};
  if (std::ranges::any_of(wanted.name, ascii::is_control)) {
    co_return dashboard_problem({.status = 400,
                                 .code = "invalid",
                                 .message = "name: control characters are not for names.",
                                 .field = "name"});
  }
  if (configuration_.settings.ephemeral) {
    co_return dashboard_problem(
        {.status = 409,
         .code = "ephemeral",
         .message = "This server keeps nothing (--ephemeral), so it makes no tokens. Start it with "
                    "a data directory."});
  }
  const KnownToken* const own = find(call, call.token_id);
  if (own == nullptr) co_return dashboard_not_found("token", call.token_id);
  wanted.account = own->account;
  const auto count = std::ranges::count_if(sessions_.tokens(), [&](const KnownToken& token) {
    return token.credential.account == call.caller.account;
  });
  if (count >= tokens_max) {
    co_return dashboard_problem({.status = 409,
                                 .code = "too_many_tokens",
                                 .message = "The account has 1000 tokens. Revoke some first."});
  }

  std::move_only_function<Result<CreatedToken>()> work =
      [directory = configuration_.settings.data_dir, wanted = std::move(wanted),
       now = services_.clock.now()] { return TokenFile(directory).create(wanted, now); };
  const Result<CreatedToken> created =
      co_await services_.readers.run<CreatedToken>(std::move(work));
  if (!created) co_return dashboard_problem(created.error());
  if (const Result<void> loaded = reload_tokens_(); !loaded) {
    co_return dashboard_problem(loaded.error());
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("token", created->token);
  json.key("record");
  write_token(json,
              {.id = created->record.id,
               .name = created->record.name,
               .read_only = created->record.read_only,
               .created = created->record.created,
               .source = KnownToken::Source::file},
              call.token_id);
  json.end_object();
  co_return dashboard_json(std::move(body), 201);
}

asio::awaitable<HttpResponse> TokenPages::revoke(DashboardCall call) {
  const std::string& id = call.at("id");
  const KnownToken* const token = find(call, id);
  if (token == nullptr) co_return dashboard_not_found("token", id);
  if (id == call.token_id) {
    co_return dashboard_problem({.status = 409,
                                 .code = "own_token",
                                 .message =
                                     "You are logged in with this token. Log in with another "
                                     "one to revoke it."});
  }
  if (token->source != KnownToken::Source::file) {
    co_return dashboard_problem(
        {.status = 409,
         .code = "not_ours",
         .message = "This token is given from outside (GODWIT_TOKEN, or a public test user). Take "
                    "it out of the configuration instead."});
  }
  std::move_only_function<Result<TokenRecord>()> work =
      [directory = configuration_.settings.data_dir, id] {
        return TokenFile(directory).revoke(id);
      };
  const Result<TokenRecord> revoked = co_await services_.readers.run<TokenRecord>(std::move(work));
  if (!revoked) co_return dashboard_problem(revoked.error());
  if (const Result<void> loaded = reload_tokens_(); !loaded) {
    co_return dashboard_problem(loaded.error());
  }
  co_return dashboard_json("{}");
}

void TokenPages::add_routes(DashboardRouter& router) {
  router.add({.method = "GET",
              .path = "/admin/v1/tokens",
              .access = DashboardAccess::read,
              .summary = "The account's tokens, without themselves",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(list(call));
              }});
  router.add({.method = "POST",
              .path = "/admin/v1/tokens",
              .access = DashboardAccess::write,
              .summary = "Make a token; it is shown this once",
              .handle = [this](DashboardCall call) -> asio::awaitable<HttpResponse> {
                return create(std::move(call));
              }});
  router.add({.method = "DELETE",
              .path = "/admin/v1/tokens/{id}",
              .access = DashboardAccess::write,
              .summary = "Revoke a token and the sessions that stand on it",
              .handle = [this](DashboardCall call) -> asio::awaitable<HttpResponse> {
                return revoke(std::move(call));
              }});
}

}  // namespace godwit
