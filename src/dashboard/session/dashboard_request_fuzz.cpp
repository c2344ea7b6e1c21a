// What an unknown browser sends before anybody knows who it is: cookies and queries.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "core/signature.h"
#include "dashboard/routing/query.h"
#include "dashboard/session/sessions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static Sessions& sessions = *[] {
    auto* const made = new Sessions(std::string(32, 's'), Milliseconds(86'400'000));
    made->set_tokens(
        {{.id = "tok", .account = "a", .credential = {1, false}, .digest = sha256("token")}});
    return made;
  }();
  const std::string_view value = cookie_value({{"Cookie", std::string(text)}}, "godwit_session");
  GODWIT_ASSERT(value.size() <= text.size());
  if (const auto cookie = parse_session_cookie(text)) {
    GODWIT_ASSERT(cookie->token.size() == SessionCookie::token_size);
    GODWIT_ASSERT(cookie->nonce.size() == SessionCookie::nonce_size);
  }
  // Nobody makes a session without the secret.
  GODWIT_ASSERT(!sessions.find(text, from_unix_ms(0)));
  if (const auto query = DashboardQuery::parse(text)) {
    GODWIT_ASSERT(query->parameters().size() <= DashboardQuery::parameters_max);
    const auto count = query->count("limit", 1, 100, 7);
    GODWIT_ASSERT(!count || (*count >= 1 && *count <= 100));
  }
  return 0;
}
