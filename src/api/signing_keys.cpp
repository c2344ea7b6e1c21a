#include "api/api_impl.h"

#include "api/answer.h"
#include "api/reply.h"
#include "core/json_out.h"
#include "core/signature.h"

namespace godwit {
namespace {

std::string keys_json(const SigningKeys& keys) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("current", keys.current);
  json.member("next", keys.next);
  json.end_object();
  return body;
}

}  // namespace

HttpResponse Api::Impl::get_keys(const Call& call) const {
  return json_answer(200, keys_json(broker_.signing_keys(call.account)));
}

asio::awaitable<HttpResponse> Api::Impl::rotate_keys(Call call) {
  // Two at once would both promote the same key, and one fresh key would be lost unseen.
  if (!rotating_.insert(call.account).second) {
    co_return error_answer(429, "a rotation of the signing keys is under way; send it again");
  }
  const SigningKeys before = broker_.signing_keys(call.account);
  const Result<SigningKeys> after =
      co_await reply_to<SigningKeys>([this, &call, &before](Reply<SigningKeys> reply) {
        broker_.rotate_signing_keys(
            call.account,
            SigningKeys{.current = before.next, .next = make_identifier("sig_", random_bytes(20))},
            std::move(reply));
      });
  rotating_.erase(call.account);
  if (!after) co_return error_answer(after.error());
  if (signing_keys_changed_) signing_keys_changed_();
  co_return json_answer(200, keys_json(*after));
}

}  // namespace godwit
