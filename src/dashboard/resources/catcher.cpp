#include "dashboard/resources/catcher.h"

#include <algorithm>
#include <set>
#include <utility>

#include "dashboard/routing/answer.h"
#include "dashboard/routing/body_json.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

}  // namespace

Catcher::Catcher(const DashboardServices& services, const Sessions& sessions)
    : services_(services), sessions_(sessions) {
  if (Result<Url> own = parse_url(services_.url + "/")) own_ = std::move(*own);
  set_tokens();
}

std::size_t Catcher::Caught::held() const {
  std::size_t sum = sizeof(Caught) + body.size() + method.size() + message_id.size();
  for (const Header& header : headers) sum += header.name.size() + header.value.size();
  return sum;
}

void Catcher::set_tokens() {
  std::set<AccountId> known;
  for (const KnownToken& token : sessions_.tokens()) {
    const AccountId account = token.credential.account;
    known.insert(account);
    Account& entry = accounts_[account];
    if (entry.path.empty()) {
      entry.path =
          std::string(path_prefix) + sessions_.keyed_name("catcher " + std::to_string(account));
    }
  }
  for (auto entry = accounts_.begin(); entry != accounts_.end();) {
    if (known.contains(entry->first)) {
      ++entry;
    } else {
      forget(entry->first);
      entry = accounts_.erase(entry);
    }
  }
}

std::string Catcher::url_of(AccountId account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? std::string() : services_.url + found->second.path;
}

bool Catcher::is_address(const Url& url) const {
  // With a query or without: the path alone decides where a request arrives.
  return own_ && !url.https && url.host == own_->host && url.port == own_->port &&
         url.target.starts_with(path_prefix) &&
         std::ranges::any_of(accounts_,
                             [&](const auto& entry) { return entry.second.path == url.path(); });
}

void Catcher::forget(AccountId account) {
  std::deque<Caught>& caught = accounts_[account].caught;
  for (const Caught& one : caught) held_ -= one.held();
  caught.clear();
}

void Catcher::make_room(std::size_t bytes) {
  while (held_ + bytes > services_.settings.catcher_bytes_max) {
    std::deque<Caught>* oldest = nullptr;
    for (auto& [account, entry] : accounts_) {
      if (entry.caught.empty()) continue;
      if (oldest == nullptr || entry.caught.back().at < oldest->back().at) oldest = &entry.caught;
    }
    if (oldest == nullptr) return;
    held_ -= oldest->back().held();
    oldest->pop_back();
  }
}

HttpResponse Catcher::take(HttpRequest request) {
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, target.find('?'));
  const auto found =
      std::ranges::find_if(accounts_, [&](const auto& entry) { return entry.second.path == path; });
  if (found == accounts_.end()) return dashboard_not_found("catcher", "");
  const std::string* const id = find_header(request.headers, "Upstash-Message-Id");
  Caught caught{.at = services_.clock.now(),
                .method = std::move(request.method),
                .message_id = id == nullptr ? std::string() : *id,
                .headers = std::move(request.headers),
                .body = request.body.substr(0, shown_body_max),
                .bytes = request.body.size()};
  const std::size_t bytes = caught.held();
  if (bytes <= services_.settings.catcher_bytes_max) {
    std::deque<Caught>& all = found->second.caught;
    if (all.size() == caught_max) {
      held_ -= all.back().held();
      all.pop_back();
    }
    make_room(bytes);
    all.push_front(std::move(caught));
    held_ += bytes;
  }
  return dashboard_json(R"({"caught":true})");
}

HttpResponse Catcher::show(AccountId account) const {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("url", url_of(account));
  json.key("caught");
  json.begin_array();
  if (const auto found = accounts_.find(account); found != accounts_.end()) {
    for (const Caught& one : found->second.caught) {
      json.begin_object();
      write_time(json, "at", one.at);
      json.member("method", one.method);
      write_text_or_null(json, "messageId", one.message_id);
      json.key("headers");
      json.begin_array();
      for (const Header& header : one.headers) {
        json.begin_object();
        json.member("name", header.name);
        json.member("value", header.value);
        json.end_object();
      }
      json.end_array();
      json.key("body");
      const std::string* const type = find_header(one.headers, "Content-Type");
      write_body(json, {.kept = one.body,
                        .bytes = one.bytes,
                        .content_type = type == nullptr ? std::string_view() : *type});
      json.end_object();
    }
  }
  json.end_array();
  json.end_object();
  return dashboard_json(std::move(body));
}

void Catcher::add_routes(DashboardRouter& router) {
  router.add({.method = "GET",
              .path = "/admin/v1/catcher",
              .access = DashboardAccess::read,
              .summary = "What the built-in destination caught",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(show(call.caller.account));
              }});
  router.add({.method = "DELETE",
              .path = "/admin/v1/catcher",
              .access = DashboardAccess::write,
              .summary = "Forget what was caught",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                forget(call.caller.account);
                return answered(show(call.caller.account));
              }});
}

}  // namespace godwit
