#include "dashboard/messages/actions.h"

#include <algorithm>

#include "dashboard/routing/answer.h"

namespace godwit {

std::shared_ptr<DashboardAction> DashboardActions::begin(AccountId account) {
  const auto runs = [](const auto& entry) {
    return entry.second->state == DashboardAction::State::running;
  };
  if (stopped_ || static_cast<std::size_t>(std::ranges::count_if(actions_, runs)) >= running_max) {
    return nullptr;
  }
  if (actions_.size() >= kept_max) {
    const auto ended = std::ranges::find_if_not(actions_, runs);
    if (ended != actions_.end()) actions_.erase(ended);
  }
  const std::uint64_t number = next_++;
  auto action = std::make_shared<DashboardAction>();
  action->id = "action_" + std::to_string(number);
  action->account = account;
  actions_.emplace(number, action);
  return action;
}

std::shared_ptr<const DashboardAction> DashboardActions::find(AccountId account,
                                                              std::string_view id) const {
  for (const auto& [number, action] : actions_) {
    if (action->account == account && action->id == id) return action;
  }
  return nullptr;
}

std::string action_json(const DashboardAction& action) {
  constexpr std::string_view names[] = {"running", "done", "failed"};
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("id", action.id);
  json.member("state", names[static_cast<std::size_t>(action.state)]);
  json.member("done", action.done);
  json.key("total");
  if (action.total) {
    json.integer(static_cast<std::int64_t>(*action.total));
  } else {
    json.raw("null");
  }
  write_text_or_null(json, "error", action.error);
  json.end_object();
  return body;
}

}  // namespace godwit
