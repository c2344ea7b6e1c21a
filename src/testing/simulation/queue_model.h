#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "testing/simulation/callback_model.h"
#include "testing/simulation/lives.h"
#include "testing/simulation/message_model.h"

namespace godwit::simulation {

/// The promises about queues: first attempts in the order of acceptance, at most `parallelism`
/// messages that were started and have not ended with their callbacks, nothing starts while paused
/// and nothing that a deleted queue held, and an exact lag.
class QueueModel {
 public:
  QueueModel(const SimulatedTime& time, Journal& journal, const Lives& lives,
             MessageModel& messages, const CallbackModel& callbacks)
      : time_(time), journal_(journal), lives_(lives), messages_(messages), callbacks_(callbacks) {}

  /// A publish was asked for; the number tells it from others and grows.
  void publish_asked(std::uint64_t number, const std::string& queue);
  void publish_refused(std::uint64_t number);
  void accepted(MessageId id, std::uint64_t number, const std::string& queue);
  /// A message joined in another way.
  void joins(MessageId id, const std::string& queue);
  /// Other messages than those asked for by number may join: its lag is not known for sure.
  void filled_otherwise(const std::string& queue) { queues_[queue].lag_is_unsure = true; }

  /// `number`: of the publish that made it, as its label tells; 0: none.
  void started(const Message& message, std::uint64_t number);

  struct Upsert {
    std::optional<std::size_t> parallelism;
    std::optional<std::uint64_t> pause;
    std::uint64_t deletes = 0;
  };
  Upsert upsert_asked(const std::string& queue, std::optional<int> parallelism,
                      std::optional<bool> paused);
  void upsert_done(const std::string& queue, const Upsert& upsert);
  Upsert pause_asked(const std::string& queue, bool paused);
  /// `done`: with or without success.
  void pause_done(const std::string& queue, const Upsert& pause, bool done);
  std::size_t delete_asked(const std::string& queue);
  void delete_done(const std::string& queue, std::size_t deletion);

  /// What the engine tells of a queue now.
  void check_info(const std::string& queue, const std::optional<QueueInfo>& info);
  void check_end(const std::vector<QueueInfo>& infos);

 private:
  struct Deletion {
    Timestamp asked;
    std::uint64_t node = 0;           ///< Who was asked.
    std::size_t parallelism = 0;      ///< The change back to 1.
    std::vector<MessageId> canceled;  ///< What it surely held.
    bool acknowledged = false;
  };
  struct Queue {
    std::set<MessageId> ids;
    std::optional<MessageId> last_started;  ///< Of the first attempts, with one slot.
    std::optional<std::pair<std::uint64_t, MessageId>> last_accepted;
    Setting parallelism{1};
    Switch paused;
    std::vector<Deletion> deletions;
    std::uint64_t made_times = 0;  ///< What makes the queue and was asked for until now.
    bool surely_exists = false;
    bool surely_gone = false;
    bool lag_is_unsure = false;
  };
  struct Asked {
    std::string queue;
    std::uint64_t deletions = 0;
  };
  /// Whether `id` has a slot while `beside` starts.
  bool occupies(MessageId id, MessageId beside) const;
  void may_make(Queue& queue);
  void made(Queue& queue, std::uint64_t deletions);
  void mark_deleted(const Queue& queue, MessageId id);
  std::pair<std::uint64_t, std::uint64_t> lag_between(const std::string& name,
                                                      const Queue& queue) const;

  const SimulatedTime& time_;
  Journal& journal_;
  const Lives& lives_;
  MessageModel& messages_;
  const CallbackModel& callbacks_;
  std::map<std::string, Queue> queues_;
  std::map<std::uint64_t, Asked> asked_;  ///< Publishes whose fate is not known.
};

}  // namespace godwit::simulation
