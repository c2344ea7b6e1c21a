// URL groups: a record each, changed whole.
#include <algorithm>
#include <utility>

#include "core/quota.h"
#include "engine/engine_state.h"

namespace godwit {
namespace {

std::unexpected<Error> no_group(const std::string& name) {
  return fail(ErrorCode::not_found, "topic " + name + " not found");
}

/// Those that the request means: by name if it gives one, else by URL.
bool is_meant(const GroupEndpoint& wanted, const GroupEndpoint& endpoint) {
  return wanted.name.empty() ? wanted.url == endpoint.url : wanted.name == endpoint.name;
}

}  // namespace

std::optional<UrlGroup> Engine::Impl::read_group(AccountId account, std::string_view name) {
  const std::optional<std::string> bytes =
      read(Space::meta, keys::resource(partition, keys::Resource::url_group, account, name));
  if (!bytes) return std::nullopt;
  Result<UrlGroup> group = decode_url_group(*bytes, name);
  if (!group) {
    ++stats_.corrupt;
    return std::nullopt;
  }
  return std::move(*group);
}

void Engine::Impl::put_group(AccountId account, const UrlGroup& group) {
  put(Space::meta, keys::resource(partition, keys::Resource::url_group, account, group.name),
      encode(group));
}

Result<void> Engine::Impl::check_room_for_group(AccountId account) {
  std::size_t groups = 0;
  const KeyRange range = keys::resources(partition, keys::Resource::url_group, account);
  const Result<void> scanned = store_.scan(
      Space::meta, range, StoreReader::Direction::forward,
      [&](std::string_view, std::string_view) { return ++groups < settings_.url_groups_max; });
  if (!scanned) {
    failure_ = scanned.error();
    return std::unexpected(scanned.error());
  }
  if (groups < settings_.url_groups_max) return {};
  return quota_exceeded("maxTopics", settings_.url_groups_max, "engine.url_groups_max");
}

void Engine::upsert_endpoints(AccountId account, const std::string& name,
                              const std::vector<GroupEndpoint>& endpoints, Timestamp now,
                              Reply<void> reply) {
  Impl& state = *impl_;
  std::optional<UrlGroup> group = state.read_group(account, name);
  if (!group) {
    if (Result<void> room = state.check_room_for_group(account); !room) {
      if (!state.failure_) state.answer<void>(reply, std::move(room), 0);
      return;
    }
    group.emplace();
    group->name = name;
    group->created = now;
  }
  for (const GroupEndpoint& wanted : endpoints) {
    const auto known = std::ranges::find_if(group->endpoints, [&](const GroupEndpoint& endpoint) {
      return is_meant(wanted, endpoint);
    });
    if (known != group->endpoints.end()) {
      known->url = wanted.url;
    } else {
      group->endpoints.push_back(wanted);
    }
  }
  if (group->endpoints.size() > state.settings_.endpoints_max) {
    return state.answer<void>(
        reply,
        quota_exceeded("maxEndpoints", state.settings_.endpoints_max, "engine.endpoints_max"), 0);
  }
  group->updated = now;
  state.put_group(account, *group);
  state.answer<void>(reply, {}, state.open_);
}

void Engine::remove_endpoints(AccountId account, const std::string& name,
                              const std::vector<GroupEndpoint>& endpoints, Timestamp now,
                              Reply<void> reply) {
  Impl& state = *impl_;
  std::optional<UrlGroup> group = state.read_group(account, name);
  if (state.failure_) return;
  if (!group) return state.answer<void>(reply, no_group(name), 0);
  std::erase_if(group->endpoints, [&](const GroupEndpoint& endpoint) {
    return std::ranges::any_of(
        endpoints, [&](const GroupEndpoint& wanted) { return is_meant(wanted, endpoint); });
  });
  group->updated = now;
  if (group->endpoints.empty()) {
    state.erase(Space::meta,
                keys::resource(Impl::partition, keys::Resource::url_group, account, name));
  } else {
    state.put_group(account, *group);
  }
  state.answer<void>(reply, {}, state.open_);
}

void Engine::set_group_headers(AccountId account, const std::string& name, Headers headers,
                               Timestamp now, Reply<void> reply) {
  Impl& state = *impl_;
  std::optional<UrlGroup> group = state.read_group(account, name);
  if (state.failure_) return;
  if (!group) return state.answer<void>(reply, no_group(name), 0);
  group->headers = std::move(headers);
  group->updated = now;
  state.put_group(account, *group);
  state.answer<void>(reply, {}, state.open_);
}

void Engine::delete_group(AccountId account, const std::string& name, Timestamp,
                          Reply<void> reply) {
  Impl& state = *impl_;
  if (state.read_group(account, name)) {
    state.erase(Space::meta,
                keys::resource(Impl::partition, keys::Resource::url_group, account, name));
  }
  if (state.failure_) return;
  state.answer<void>(reply, {}, state.all_until_now());
}

}  // namespace godwit
