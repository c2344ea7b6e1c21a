#pragma once
#include <map>
#include <string>
#include <vector>

#include "testing/simulation/world.h"

namespace godwit::simulation {

/// A client that does one thing at a time, drawn by chance, and tells the models what it asked for
/// and what it was answered. client.cpp: messages; client_resources.cpp: what has a name.
class Client {
 public:
  explicit Client(World& world) : world_(world) {}

  /// One thing. A node lives.
  void act();
  /// Takes away what would keep the world from coming to rest: schedules and pauses.
  void calm_down();
  /// Answers to calm_down() that are still awaited.
  std::size_t unanswered() const { return unanswered_; }
  void crashed();

  std::vector<DeadLetterEntry> dead_letters();
  std::size_t published() const { return static_cast<std::size_t>(publishes_); }
  void check_end();

 private:
  // Messages.
  Message draw_message();
  void draw_limits(Message& message);
  Callback draw_callback(int depth);
  void publish();
  void publish_burst();
  void publish_all();
  void cancel();
  void cancel_all();
  void run_now();
  void read();
  void retry_dead_letter(const DeadLetterEntry& entry);
  void handle_dead_letter();
  std::optional<MessageId> some_message();

  // What has a name.
  void change_queue();
  void upsert_queue(const std::string& queue, std::optional<int> parallelism,
                    std::optional<bool> paused);
  void delete_queue(const std::string& queue);
  void pause_queue(const std::string& queue, bool paused);
  void change_flow();
  void change_flow(const std::string& key, const FlowControlChange& change);
  void change_schedule();
  void put_schedule(const std::string& id);
  void delete_schedule(const std::string& id);
  void pause_schedule(const std::string& id, bool paused);
  void change_group();
  void check_group(const std::string& name);

  std::string some_queue() { return fmt::format("queue{}", world_.dice.below(3)); }
  std::string some_group() { return fmt::format("group{}", world_.dice.below(2)); }

  struct Fan {
    std::size_t size = 0;
    bool acknowledged = false;
  };
  struct Group {
    std::vector<GroupEndpoint> endpoints;
    std::size_t unanswered = 0;
    bool unsure = false;
  };

  World& world_;
  /// Each queue keeps its parallelism: then no change excuses anything.
  const bool queues_are_steady_ = world_.dice.one_in(2);
  const bool backs_off_long_ = world_.dice.one_in(20);
  std::uint64_t publishes_ = 0;
  std::uint64_t fans_asked_ = 0;
  std::map<std::uint64_t, Fan> fans_;
  std::map<std::string, Group> groups_;
  std::map<std::uint64_t, std::vector<Timestamp>> deduplicated_;
  std::size_t unanswered_ = 0;
};

}  // namespace godwit::simulation
