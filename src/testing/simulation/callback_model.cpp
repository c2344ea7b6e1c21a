#include "testing/simulation/callback_model.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace godwit::simulation {
namespace {

/// The text of a string or number in the JSON that callbacks carry. Bodies and headers stand in
/// base64 or are the simulation's own: no value looks like a name.
std::string_view field(std::string_view json, std::string_view name) {
  const std::string quoted = "\"" + std::string(name) + "\":";
  const std::size_t at = json.find(quoted);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + quoted.size());
  if (json.starts_with('"')) return json.substr(1, json.find('"', 1) - 1);
  return json.substr(0, json.find_first_of(",}"));
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<CallbackModel::Told> CallbackModel::parse(const Message& message) {
  const auto source = MessageId::parse(field(message.body, "sourceMessageId"));
  const auto retried = number(field(message.body, "retried"));
  if (!source || !retried || *source != message.callback_of) return std::nullopt;
  return Told{*source, *retried, !field(message.body, "dlqId").empty()};
}

void CallbackModel::dead_letter_retry_asked(const Message& message) {
  if (message.callback_of == MessageId{}) return;
  if (const auto told = parse(message)) ++made_[*told].allowed;
}

void CallbackModel::started(MessageId id, int retried) {
  for (const bool failure : {false, true}) {
    const auto made = made_.find(Told{id, retried, failure});
    if (made != made_.end() && !made->second.ids.empty()) {
      journal_.broken("attempt {} of {} comes again after its callback", retried, short_id(id));
    }
  }
}

void CallbackModel::first_started(const Message& message) {
  if (message.callback_of == MessageId{}) return;
  const std::string name = short_id(message.id);
  const auto told = parse(message);
  if (!told) return journal_.broken("the body of callback {} cannot be read", name);
  journal_.tell("{} is the {}callback of attempt {} of {}", name, told->failure ? "failure " : "",
                told->retried, short_id(told->source));
  const Known* source = messages_.find(told->source);
  if (!source) return journal_.broken("{} is the callback of no message", name);
  const auto effective = MessageModel::effective(*source);
  const auto arrival = effective.find(told->retried);
  if (arrival == effective.end() || !arrival->second->finished) {
    return journal_.broken("{} is the callback of no ended attempt", name);
  }
  if (number(field(message.body, "status")) != arrival->second->status) {
    return journal_.broken("callback {} tells of status {} instead of {}", name,
                           field(message.body, "status"), arrival->second->status);
  }
  Made& made = made_[*told];
  made.ids.insert(message.id);
  if (made.ids.size() > made.allowed) {
    journal_.broken("attempt {} of {} has {} callbacks", told->retried, short_id(told->source),
                    made.ids.size());
  }
}

bool CallbackModel::has_ended(const Told& told) const {
  const auto made = made_.find(told);
  if (made == made_.end()) return false;
  return std::ranges::any_of(made->second.ids, [&](MessageId id) {
    const Stand stand = messages_.stand(*messages_.find(id));
    return stand == Stand::ended || stand == Stand::unsure;
  });
}

bool CallbackModel::all_ended(MessageId id, const Known& known) const {
  if (!known.has_callback && !known.has_failure_callback) return true;
  for (const auto& [retried, arrival] : MessageModel::effective(known)) {
    const bool canceled = arrival->last && !arrival->delivered && !arrival->dead_lettered;
    if (!arrival->finished || canceled || arrival->cancel_is_unsure) continue;
    if (known.has_callback && !has_ended({id, retried, false})) return false;
    if (known.has_failure_callback && arrival->dead_lettered && !has_ended({id, retried, true})) {
      return false;
    }
  }
  return true;
}

void CallbackModel::check_end() {
  for (const auto& [id, known] : messages_.all()) {
    for (const auto& [retried, arrival] : MessageModel::effective(known)) {
      const bool canceled = arrival->last && !arrival->delivered && !arrival->dead_lettered;
      // Lost with its result: the message was cancelled before the attempt could be repeated.
      const bool may_be_none = arrival->cancel_is_unsure ||
                               (known.cancel_asked() && messages_.result_may_be_lost(*arrival));
      for (const bool failure : {false, true}) {
        const bool wanted =
            arrival->finished && !canceled &&
            (failure ? known.has_failure_callback && arrival->dead_lettered : known.has_callback);
        const auto made = made_.find(Told{id, retried, failure});
        const std::size_t count = made == made_.end() ? 0 : made->second.ids.size();
        if (wanted && count == 0 && !may_be_none) {
          return journal_.broken("attempt {} of {} has no {}callback", retried, short_id(id),
                                 failure ? "failure " : "");
        }
        if (!wanted && count > 0 && !may_be_none) {
          return journal_.broken("attempt {} of {} has a {}callback and should have none", retried,
                                 short_id(id), failure ? "failure " : "");
        }
      }
    }
  }
}

}  // namespace godwit::simulation
