#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "testing/simulation/lives.h"
#include "testing/simulation/message_model.h"

namespace godwit::simulation {

/// The promises about flow control: never more attempts started in a window than the rate, never
/// more under way than the parallelism, none while paused; in order of becoming due where nothing
/// else holds messages back.
///
/// Keys are fixed, with one configuration for the whole run and exact checks, or loose, with
/// changes, pins and resets; those are held to what no change can excuse.
class FlowModel {
 public:
  struct Rules {
    Milliseconds forgotten_after{0};
    bool in_order = false;  ///< Nothing but the key holds messages back, and nobody crashes.
  };
  FlowModel(const SimulatedTime& time, Journal& journal, const MessageModel& messages, Dice& dice);
  void set_rules(const Rules& rules) { rules_ = rules; }

  const std::string& some_key() { return names_[dice_.below(names_.size())]; }
  const std::string& some_fixed_key();
  const std::string& some_loose_key();
  /// What a message of this key asks for now. Loose keys change their mind now and then.
  FlowControl asked_by_message(const std::string& key);

  /// A change that was asked for and is not answered.
  struct Change {
    std::string key;
    std::optional<std::uint64_t> pause;
    std::optional<std::size_t> parallelism;
    std::uint64_t number = 0;  ///< 0: it changed nothing.
  };
  /// A message that asks for `control` is published.
  Change publish_asked(const FlowControl& control);
  Change change_asked(const std::string& key, const FlowControlChange& change);
  /// `info`: what the engine tells of the key now.
  void change_done(const Change& asked, const FlowControlChange& change,
                   const std::optional<FlowControlInfo>& info);
  void done(const Change& asked);
  /// A message was acknowledged that nothing but its key holds back.
  void waits(MessageId id, const std::string& key);

  /// `decided`: when the engine started the attempt, which is what counts in a window.
  void started(const Message& message, bool first, std::optional<Timestamp> decided,
               const std::optional<FlowControlInfo>& info);
  void answered(const Message& message, Timestamp decided);
  void crashed();
  void check_end(const std::vector<FlowControlInfo>& infos);

 private:
  static constexpr int unlimited = 1'000'000;
  struct Key {
    bool fixed = false;
    FlowControl control;
    Switch paused;
    std::multiset<Timestamp> in_flight;  ///< When they were decided.
    std::set<MessageId> waiting;         ///< Accepted and never started, without a queue.
    /// Those of them that another one, due later, overtook: when that one started.
    std::map<MessageId, Timestamp> overtaken;
    // Fixed keys.
    std::optional<Timestamp> window;
    int window_count = 0;
    Timestamp used;
    // Loose keys.
    Setting parallelism{unlimited};
    bool used_by_message = false;  ///< `control` is in force, and was asked for.
    int rate_max = 0;              ///< Of all that were asked for; 0: none was.
    Milliseconds period_min{0};
    std::vector<Timestamp> starts;
    std::vector<Timestamp> changes;
    std::set<std::uint64_t> unanswered;
    std::uint64_t last_change = 0;
    std::optional<int> pinned_parallelism;
    std::optional<Timestamp> parallelism_reset;
    bool unsure = false;  ///< A crash took an answer: nobody knows the configuration.
  };
  FlowControl draw(const std::string& key);
  static void allow(Key& key, int rate, Milliseconds period);
  void add_change(Key& key, Change& change);
  void set_parallelism(Key& key, Change& change, int parallelism);
  void check_fixed(const Message& message, Key& key, Timestamp decided,
                   const std::optional<FlowControlInfo>& info);
  void check_loose(const Message& message, Key& key, Timestamp decided);
  void check_order(const Message& message, Key& key, Timestamp decided);

  const SimulatedTime& time_;
  Journal& journal_;
  const MessageModel& messages_;
  Dice& dice_;
  Rules rules_;
  std::map<std::string, Key> keys_;
  std::vector<std::string> names_;  ///< The fixed ones first.
  std::size_t fixed_count_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace godwit::simulation
