#include "engine/live_rows.h"

#include <utility>

namespace godwit {
namespace {

/// Copied, so that who watches holds no record that the engine wants to change.
std::shared_ptr<const Message> shown(const Message& message) {
  auto copy = std::make_shared<Message>();
  copy->id = message.id;
  copy->account = message.account;
  copy->url = message.url;
  copy->method = message.method;
  copy->retries_max = message.retries_max;
  copy->retry_delay = message.retry_delay;
  copy->timeout = message.timeout;
  copy->created = message.created;
  copy->not_before = message.not_before;
  copy->caller_ip = message.caller_ip;
  copy->labels = message.labels;
  copy->redaction = message.redaction;
  copy->queue = message.queue;
  copy->flow_control = message.flow_control;
  copy->group = message.group;
  copy->endpoint = message.endpoint;
  copy->schedule_id = message.schedule_id;
  copy->callback_of = message.callback_of;
  copy->blocks_queue = message.blocks_queue;
  copy->tells_failure = message.tells_failure;
  return copy;
}

}  // namespace

void LiveRowBuffer::add(std::uint64_t after, const Message& message, int retried,
                        const LogRow& row) {
  Batch& batch = batches_[after];
  if (batch.rows.size() == live_rows_max) {
    ++batch.left_out;
    return;
  }
  LiveRow& live = batch.rows.emplace_back();
  live.account = message.account;
  // Rows of one message often follow each other.
  const std::size_t before = batch.rows.size() - 1;
  live.message = before > 0 && batch.rows[before - 1].message->id == message.id
                     ? batch.rows[before - 1].message
                     : shown(message);
  live.body_size = message.body.size();
  live.retried = retried;
  live.row.time = row.time;
  live.row.state = row.state;
  live.row.next_delivery = row.next_delivery;
  live.row.error = row.error;
  live.row.status = row.status;
  live.row.timing = row.timing;
  live.row.callback = row.callback;
}

void LiveRowBuffer::tell(std::uint64_t committed, const Watcher& watcher) {
  while (has_some(committed)) {
    // Taken out first: whoever is told may give a command that adds rows.
    const auto node = batches_.extract(batches_.begin());
    const Batch& batch = node.mapped();
    watcher({.rows = batch.rows, .left_out = batch.left_out});
  }
}

}  // namespace godwit
