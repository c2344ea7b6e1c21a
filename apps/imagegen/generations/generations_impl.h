#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imagegen/generations/generations.h"
#include "imagegen/generations/local_worker.h"
#include "imagegen/generations/problems.h"
#include "imagegen/generations/reconciler.h"
#include "imagegen/generations/records.h"
#include "imagegen/generations/sending.h"

namespace godwit::imagegen {

/// Generations' inside: generations.cpp has what people do with whole generations, task_actions.cpp
/// what they do with tasks, background.cpp what goes on by itself.
class Generations::Impl : public std::enable_shared_from_this<Generations::Impl> {
 public:
  explicit Impl(World& world);

  void start();
  void stop();

  Outcome<GenerationView> create(const GenerationRequest& request);
  Outcome<std::vector<GenerationView>> list(std::string_view search, std::string_view state);
  Outcome<GenerationView> view(std::string_view id);
  Outcome<GenerationView> duplicate(std::string_view id, std::string_view name);
  boost::asio::awaitable<Outcome<int>> remove(std::string id);
  Outcome<GenerationView> start_generation(std::string_view id, Mode mode);
  boost::asio::awaitable<Outcome<GenerationView>> stop_generation(std::string id);
  boost::asio::awaitable<Outcome<GenerationView>> pause(std::string id);
  boost::asio::awaitable<Outcome<GenerationView>> resume(std::string id);
  Outcome<GenerationView> retry_failed(std::string_view id);
  boost::asio::awaitable<Outcome<GenerationView>> replan(std::string id, int rate_limit);
  boost::asio::awaitable<Outcome<GenerationView>> clear(std::string id, ClearWhat what);
  boost::asio::awaitable<Outcome<GenerationView>> reconcile(std::string id);
  Outcome<Task> retry_task(std::string_view id);
  boost::asio::awaitable<Outcome<Task>> cancel_task(std::string id);
  Outcome<Task> fail_task(std::string_view id);
  boost::asio::awaitable<Outcome<void>> remove_task(std::string id);

  World& world() { return world_; }

 private:
  /// One change of a generation at a time, where it waits for the broker in between.
  class Busy;

  struct Launch {
    std::vector<std::string> task_ids;  ///< Pending ones.
    Planning planning{};
    Mode mode = Mode::broker;
  };
  Outcome<Effective> effective_now();
  Outcome<Generation> load(std::string_view id);
  /// Whether `generation` may be started: token, key, addresses. W1, W2, W4.
  Outcome<Mode> check_launch(const Effective& effective, const Generation& generation, Mode mode);
  /// Plans and sends, the generation's new state with it.
  Outcome<void> launch(const Effective& effective, Generation generation, Launch launch);
  void send(const std::string& id, Mode mode);
  /// Takes back what is under way: held or withdrawn. One transaction with `generation`.
  Outcome<std::vector<std::string>> take_back(Generation generation, bool hold);
  boost::asio::awaitable<void> cancel_label(std::string label);
  boost::asio::awaitable<void> cancel_messages(std::vector<std::string> message_ids);
  boost::asio::awaitable<void> remove_images(std::vector<std::string> image_ids);
  boost::asio::awaitable<Outcome<void>> stop_tasks(Generation generation);

  static boost::asio::awaitable<void> run(std::shared_ptr<Impl> self);
  void take_up();
  void start_scheduled();
  Milliseconds next_look() const;
  void log_error(const Result<void>& result, std::string_view step);

  World& world_;
  Sender sender_;
  LocalWorker local_;
  Reconciler reconciler_;
  boost::asio::steady_timer tick_;
  std::set<std::string, std::less<>> busy_;
  bool running_ = false;
  bool stopped_ = false;
};

class Generations::Impl::Busy {
 public:
  Busy(std::shared_ptr<Impl> impl, std::string id)
      : impl_(std::move(impl)), id_(std::move(id)), free_(impl_->busy_.insert(id_).second) {}
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    if (free_) impl_->busy_.erase(id_);
  }

  bool free() const { return free_; }
  static Problem problem() {
    return {.code = "busy",
            .message = "Another change of this generation is under way; try again in a moment."};
  }

 private:
  std::shared_ptr<Impl> impl_;
  std::string id_;
  bool free_;
};

}  // namespace godwit::imagegen
