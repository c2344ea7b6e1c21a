#include "testing/simulation/client.h"

#include <algorithm>

#include "engine/broker.h"

namespace godwit::simulation {

void Client::act() {
  switch (world_.dice.below(24)) {
    case 0:
      return cancel();
    case 1:
      return world_.dice.one_in(3) ? cancel_all() : run_now();
    case 2:
      return handle_dead_letter();
    case 3:
    case 4:
      return read();
    case 5:
    case 6:
      return change_queue();
    case 7:
      return change_flow();
    case 8:
      return change_schedule();
    case 9:
      return change_group();
    case 10:
    case 11:
      return publish_all();
    case 12:
      return world_.dice.one_in(4) ? publish_burst() : publish();
    default:
      return publish();
  }
}

Callback Client::draw_callback(int depth) {
  Dice& dice = world_.dice;
  Callback callback;
  callback.url = world_.destinations.some_url();
  if (dice.one_in(2)) callback.retries_max = static_cast<int>(dice.below(3));
  callback.retry_delay = fmt::format("{} * (1 + retried)", dice.below(4'000));
  if (dice.one_in(8)) callback.delay = dice.time_between(0, 5'000);
  if (dice.one_in(4)) {
    callback.flow_control = world_.flows.asked_by_message(world_.flows.some_fixed_key());
  }
  if (depth == 0 && dice.one_in(5)) callback.callback = draw_callback(1);
  if (depth == 0 && dice.one_in(5)) callback.failure_callback = draw_callback(1);
  return callback;
}

void Client::draw_limits(Message& message) {
  Dice& dice = world_.dice;
  if (dice.one_in(3)) message.queue = some_queue();
  if (dice.one_in(3)) {
    message.flow_control = world_.flows.asked_by_message(world_.flows.some_key());
  }
  if (dice.one_in(5)) message.callback = draw_callback(0);
  if (dice.one_in(5)) message.failure_callback = draw_callback(0);
}

Message Client::draw_message() {
  Dice& dice = world_.dice;
  Message message;
  message.account = account;
  message.url = world_.destinations.some_url();
  message.body = dice.one_in(10) ? big_body() : "body of " + message.url;
  message.retries_max = static_cast<int>(dice.below(5));
  draw_limits(message);
  // What waits in a queue keeps the others waiting: it is not patient for days.
  const bool queued = !message.queue.empty();
  if (!queued && dice.one_in(8)) {
    // The default backoff. Its third wait is half an hour and its fourth six, and each second of
    // them is simulated.
    if (!backs_off_long_) message.retries_max = std::min(message.retries_max, 2);
  } else {
    message.retry_delay = fmt::format("{} * (1 + retried)", dice.below(queued ? 4'000 : 30'000));
  }
  if (dice.one_in(queued ? 6 : 2)) {
    message.not_before = world_.time.now() + dice.time_between(0, queued ? 10'000 : 90'000);
  }
  return message;
}

void Client::publish_burst() {
  const std::uint64_t count = world_.dice.between(5, 40);
  for (std::uint64_t i = 0; i < count && world_.broker; ++i) publish();
}

void Client::publish() {
  Dice& dice = world_.dice;
  Publish publish;
  publish.message = draw_message();
  Message& message = publish.message;
  const std::uint64_t number = ++publishes_;
  message.labels = {fmt::format("p{}", number)};
  // (The models take a configuration for changed when it is published.)
  std::optional<std::uint64_t> name;
  if (message.flow_control.key.empty() && dice.one_in(3)) {
    name = dice.below(6);
    publish.deduplication = deduplication_key_of_id(account, fmt::format("d{}", *name));
    world_.statistics.deduplication_asked();
  }
  world_.queues.publish_asked(number, message.queue);
  const FlowModel::Change change = world_.flows.publish_asked(message.flow_control);
  Message asked_for;
  asked_for.queue = message.queue;
  asked_for.flow_control = message.flow_control;
  asked_for.not_before = message.not_before;
  const Timestamp asked = world_.time.now();
  world_.broker->publish(std::move(publish), [this, asked_for = std::move(asked_for), asked, name,
                                              number, change](Result<PublishReceipt> receipt) {
    Journal& journal = world_.journal;
    if (!receipt) {
      world_.queues.publish_refused(number);
      return journal.tell("publish refused: {}", receipt.error().message);
    }
    journal.tell("published {}{}{}{} not_before={}", short_id(receipt->id),
                 receipt->deduplicated ? " (duplicate)" : "",
                 asked_for.queue.empty() ? "" : " queue=" + asked_for.queue,
                 asked_for.flow_control.key.empty() ? "" : " flow=" + asked_for.flow_control.key,
                 journal.since_start(asked_for.not_before).count());
    if (receipt->deduplicated) {
      world_.statistics.deduplicated();
      world_.queues.publish_refused(number);
      if (!name) journal.broken("a publish without a deduplication id was deduplicated");
      return;
    }
    world_.messages.accepted(receipt->id, asked_for, asked);
    world_.queues.accepted(receipt->id, number, asked_for.queue);
    world_.flows.done(change);
    if (asked_for.queue.empty()) world_.flows.waits(receipt->id, asked_for.flow_control.key);
    if (!name) return;
    auto& accepted = deduplicated_[*name];
    for (const Timestamp earlier : accepted) {
      if (earlier <= asked && asked - earlier < world_.engine_settings.deduplication_window) {
        journal.broken("deduplication id d{} was accepted twice within its window", *name);
      }
    }
    accepted.push_back(asked);
  });
}

void Client::publish_all() {
  Dice& dice = world_.dice;
  const std::uint64_t fan = ++fans_asked_;
  std::vector<Publish> publishes;
  std::vector<std::uint64_t> numbers;
  Message common;
  common.account = account;
  common.retries_max = static_cast<int>(dice.below(3));
  common.retry_delay = "500 * (1 + retried)";
  common.body = shared_body;
  draw_limits(common);
  // As the API does it: the endpoints of the group as they are committed now.
  std::vector<GroupEndpoint> endpoints;
  const std::string group = some_group();
  const Result<std::optional<UrlGroup>> found = find_url_group(*world_.store, account, group);
  if (!found) return world_.journal.broken("a group cannot be read: {}", found.error().message);
  if (*found) {
    endpoints = (*found)->endpoints;
    common.group = group;
  }
  while (endpoints.size() < 2) endpoints.push_back({world_.destinations.some_url(), ""});
  for (const GroupEndpoint& endpoint : endpoints) {
    numbers.push_back(++publishes_);
    Publish& publish = publishes.emplace_back();
    publish.message = common;
    publish.message.url = endpoint.url;
    publish.message.endpoint = endpoint.name;
    publish.message.labels = {fmt::format("p{}", numbers.back()), fmt::format("f{}", fan)};
    world_.queues.publish_asked(numbers.back(), common.queue);
  }
  fans_[fan].size = publishes.size();
  const FlowModel::Change change = world_.flows.publish_asked(common.flow_control);
  const Timestamp asked = world_.time.now();
  world_.broker->publish_all(
      std::move(publishes), [this, fan, numbers, common, change,
                             asked](const Result<std::vector<PublishReceipt>>& receipts) {
        Journal& journal = world_.journal;
        if (!receipts) {
          for (const std::uint64_t number : numbers) world_.queues.publish_refused(number);
          return journal.tell("fan {} refused: {}", fan, receipts.error().message);
        }
        fans_[fan].acknowledged = true;
        world_.flows.done(change);
        journal.tell("fan {} published, {} messages", fan, receipts->size());
        if (receipts->size() != numbers.size()) {
          return journal.broken("fan {} has {} receipts of {}", fan, receipts->size(),
                                numbers.size());
        }
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          const PublishReceipt& receipt = (*receipts)[i];
          journal.tell("published {}{}{}", short_id(receipt.id),
                       common.queue.empty() ? "" : " queue=" + common.queue,
                       common.flow_control.key.empty() ? "" : " flow=" + common.flow_control.key);
          world_.messages.accepted(receipt.id, common, asked);
          world_.queues.accepted(receipt.id, numbers[i], common.queue);
          if (common.queue.empty()) world_.flows.waits(receipt.id, common.flow_control.key);
        }
      });
}

std::optional<MessageId> Client::some_message() {
  const auto& known = world_.messages.all();
  if (known.empty()) return std::nullopt;
  auto at = known.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(world_.dice.below(known.size())));
  return at->first;
}

void Client::cancel() {
  const std::optional<MessageId> id = some_message();
  if (!id) return;
  world_.messages.cancel_asked(*id);
  world_.broker->cancel(account, *id, [this, id = *id](const Result<void>& done) {
    world_.journal.tell("cancel {}: {}", short_id(id), done ? "ok" : done.error().message);
    if (done) world_.messages.cancel_done(id);
  });
}

void Client::cancel_all() {
  std::vector<MessageId> ids;
  for (std::uint64_t i = 0; i < 5; ++i) {
    if (const auto id = some_message()) ids.push_back(*id);
  }
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  for (const MessageId id : ids) world_.messages.cancel_asked(id);
  BulkAction action;
  action.id = fmt::format("bulk{}", publishes_);
  action.created = world_.time.now();
  action.total = ids.size();
  world_.broker->cancel_all(
      account, ids, action, [this, ids, action](const Result<std::size_t>& count) {
        if (!count) return world_.journal.tell("cancel all refused: {}", count.error().message);
        for (const MessageId id : ids) {
          world_.journal.tell("cancel {} with others", short_id(id));
          world_.messages.cancel_done(id);
        }
        if (*count > ids.size()) world_.journal.broken("more was cancelled than was asked for");
        const auto stored = find_bulk_action(*world_.store, account, action.id);
        if (!stored || !*stored) world_.journal.broken("bulk action {} is not kept", action.id);
      });
}

void Client::run_now() {
  const std::optional<MessageId> id = some_message();
  if (!id) return;
  world_.journal.tell("run now {}", short_id(*id));
  Known& known = world_.messages.at(*id);
  const bool queued = !known.queue.empty();
  // From here on an early arrival is what was asked for, whether or not the answer comes.
  if (!queued) known.run_now_asked = true;
  world_.broker->run_now(account, *id, [this, id = *id, queued](const Result<void>& done) {
    world_.journal.tell("run now {}: {}", short_id(id), done ? "ok" : done.error().message);
    if (!queued) return;
    if (done) return world_.journal.broken("{} is in a queue and was run now", short_id(id));
    const ErrorCode code = done.error().code;
    if (code != ErrorCode::conflict && code != ErrorCode::invalid_argument &&
        code != ErrorCode::not_found) {
      world_.journal.broken("run now of {} failed oddly: {}", short_id(id), done.error().message);
    }
  });
}

void Client::read() {
  Journal& journal = world_.journal;
  const std::string queue = world_.dice.one_in(8) ? "queue of schedules" : some_queue();
  world_.queues.check_info(queue, world_.broker->queue(account, queue));
  const std::optional<MessageId> id = some_message();
  if (!id) return;
  const Known& known = world_.messages.at(*id);
  const Result<std::shared_ptr<const Message>> found = world_.broker->find(account, *id);
  if (!found && found.error().code != ErrorCode::not_found) {
    journal.broken("reading {} failed: {}", short_id(*id), found.error().message);
  }
  if (found && (*found)->id != *id) {
    journal.broken("reading {} gave another message", short_id(*id));
  }
  const bool surely_alive = known.acknowledged && known.arrivals.empty() && !known.cancel_asked();
  if (!found && surely_alive) journal.broken("{} is alive and cannot be read", short_id(*id));
  if (world_.broker->find(account + 1, *id)) {
    journal.broken("another account can read {}", short_id(*id));
  }
}

std::vector<DeadLetterEntry> Client::dead_letters() {
  DeadLetterQuery query;
  query.account = account;
  query.count = 1'000'000;
  Result<DeadLetterPage> page = list_dead_letters(*world_.store, 1, query);
  if (!page) {
    world_.journal.broken("listing dead letters failed: {}", page.error().message);
    return {};
  }
  return std::move(page->entries);
}

void Client::handle_dead_letter() {
  const std::vector<DeadLetterEntry> entries = dead_letters();
  if (entries.empty()) return;
  const DeadLetterEntry& entry = entries[world_.dice.below(entries.size())];
  const MessageId id = entry.record.message.id;
  // A crash may take the answer away: from here on the entry may be gone.
  world_.messages.at(id).left_dead_letters = true;
  if (!world_.dice.one_in(2)) return retry_dead_letter(entry);
  world_.broker->delete_dead_letters(
      account, {entry.id}, [this, id](const Result<std::size_t>& count) {
        world_.journal.tell("dead letter of {} deleted: {}", short_id(id), count ? *count : 0);
      });
}

void Client::retry_dead_letter(const DeadLetterEntry& entry) {
  Message again;
  again.queue = entry.record.message.queue;
  again.flow_control = entry.record.message.flow_control;
  if (!again.flow_control.key.empty()) {
    again.flow_control = world_.flows.asked_by_message(again.flow_control.key);
  }
  std::vector<DeadLetterRetry> retries;
  retries.push_back({entry.id, [control = again.flow_control](Message& message) {
                       message.retries_max = 1;
                       message.labels.clear();
                       message.flow_control = control;
                     }});
  world_.callbacks.dead_letter_retry_asked(entry.record.message);
  const std::uint64_t number = ++publishes_;
  world_.queues.publish_asked(number, again.queue);
  const FlowModel::Change change = world_.flows.publish_asked(again.flow_control);
  const Timestamp asked = world_.time.now();
  world_.broker->retry_dead_letters(
      account, retries,
      [this, id = entry.record.message.id, again, asked, number,
       change](const Result<std::vector<PublishReceipt>>& receipts) {
        if (!receipts || receipts->empty()) return world_.queues.publish_refused(number);
        const MessageId retry = receipts->front().id;
        world_.journal.tell("dead letter of {} retried as {}", short_id(id), short_id(retry));
        world_.messages.accepted(retry, again, asked).was_dead_letter = true;
        world_.queues.accepted(retry, number, again.queue);
        world_.flows.done(change);
      });
}

void Client::check_end() {
  LogQuery query;
  query.account = account;
  query.state = LogState::created;
  query.count = 1'000'000;
  const Result<LogPage> page = list_log(*world_.store, 1, query, {});
  if (!page) return world_.journal.broken("listing the log failed: {}", page.error().message);
  std::map<std::uint64_t, std::size_t> made;
  for (const LogEntry& entry : page->entries) ++made[label_number(entry.message->labels, 'f')];
  for (const auto& [number, fan] : fans_) {
    const bool none = made[number] == 0 && !fan.acknowledged;
    if (made[number] != fan.size && !none) {
      return world_.journal.broken("fan {} has {} messages of {}", number, made[number], fan.size);
    }
  }
}

}  // namespace godwit::simulation
