#include "dashboard/messages/live_tail.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "dashboard/messages/message_query.h"
#include "dashboard/messages/message_rows.h"
#include "dashboard/routing/answer.h"
#include "engine/message_search.h"

namespace godwit {
namespace {

/// The message as of this row, as far as the row tells.
MessageSummary summary_of(const LiveRow& live) {
  MessageSummary summary;
  summary.message = live.message;
  summary.updated = live.row.time;
  summary.retried = live.retried;
  summary.attempts = live.retried;
  summary.body_size = live.body_size;
  const LogRow& row = live.row;
  switch (row.state) {
    case LogState::active:
      summary.state = MessageState::active;
      summary.active_since = row.time;
      break;
    case LogState::delivered:
    case LogState::failed:
      summary.state =
          row.state == LogState::failed ? MessageState::failed : MessageState::delivered;
      summary.attempts = live.retried + 1;
      break;
    case LogState::canceled:
      summary.state = MessageState::canceled;
      break;
    case LogState::error:
    case LogState::retry:
      summary.state = MessageState::retrying;
      summary.attempts = live.retried + 1;
      break;
    case LogState::created:
    case LogState::cancel_requested:
      summary.state = live.retried > 0 ? MessageState::retrying : MessageState::waiting;
      summary.cancel_requested = row.state == LogState::cancel_requested;
      break;
  }
  if (row.status != 0 || !row.error.empty()) summary.last = row;
  if (is_living(summary.state)) {
    summary.due = row.next_delivery == Timestamp{} ? live.message->not_before : row.next_delivery;
  }
  return summary;
}

class MessageTail final : public LiveTail {
 public:
  MessageTail(MessageSearch search, Broker& broker) : search_(std::move(search)), broker_(broker) {
    watch_ = broker.watch([this](const LiveRows& rows) { add(rows); });
  }

  std::optional<std::string> take() override {
    if (rows_.empty() && skipped_ == 0 && untold_ == 0) return std::nullopt;
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    json.key("rows");
    json.begin_array();
    for (const Kept& kept : rows_) {
      json.begin_object();
      write_time(json, "at", kept.time);
      json.member("state", to_string(kept.state));
      json.key("message");
      write_message_row(json, kept.summary, broker_);
      json.end_object();
    }
    json.end_array();
    json.member("skipped", skipped_);
    json.member("created", created_);
    json.member("untold", untold_);
    json.end_object();
    rows_.clear();
    skipped_ = 0;
    created_ = 0;
    untold_ = 0;
    return body;
  }

 private:
  struct Kept {
    Timestamp time;
    LogState state;
    MessageSummary summary;
  };

  void add(const LiveRows& rows) {
    untold_ += rows.left_out;
    for (const LiveRow& live : rows.rows) {
      if (live.account != search_.account) continue;
      MessageSummary summary = summary_of(live);
      if (filters_ && !matches(search_, summary)) continue;
      if (live.row.state == LogState::created) ++created_;
      if (rows_.size() == live_rows_shown_max) {
        rows_.pop_front();
        ++skipped_;
      }
      rows_.push_back({live.row.time, live.row.state, std::move(summary)});
    }
  }

  const MessageSearch search_;
  const bool filters_ = !search_.states.empty() || !search_.statuses.empty() ||
                        !search_.url_parts.empty() || !search_.filter.ids.empty() ||
                        !search_.filter.hosts.empty() || !search_.filter.labels.empty() ||
                        !search_.filter.queues.empty() || !search_.filter.groups.empty() ||
                        !search_.filter.schedules.empty() || !search_.filter.caller_ips.empty() ||
                        !search_.filter.flow_control_keys.empty();
  Broker& broker_;
  std::deque<Kept> rows_;
  std::size_t skipped_ = 0;
  std::size_t created_ = 0;
  std::size_t untold_ = 0;
  Broker::Watch watch_;  // The last: it ends before what it fills.
};

}  // namespace

Result<std::unique_ptr<LiveTail>> make_live_tail(const DashboardCall& call, Broker& broker,
                                                 const Clock& clock) {
  Result<MessageSearch> search = parse_message_search(call.query, call.caller.account, clock.now());
  if (!search) return std::unexpected(search.error());
  search->text.clear();
  return std::unique_ptr<LiveTail>(std::make_unique<MessageTail>(std::move(*search), broker));
}

}  // namespace godwit
