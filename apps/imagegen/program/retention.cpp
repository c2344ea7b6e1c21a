#include "imagegen/program/retention.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace godwit::imagegen {
namespace asio = boost::asio;

class Retention::Impl : public std::enable_shared_from_this<Retention::Impl> {
 public:
  explicit Impl(World& world) : world_(world), timer_(world.io) {}

  void start() { asio::co_spawn(world_.io, loop(shared_from_this()), asio::detached); }
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  static asio::awaitable<void> loop(std::shared_ptr<Impl> self) {
    while (!self->stopped_) {
      const Result<int> removed = co_await Retention::run(self->world_);
      if (!removed) {
        self->world_.log("retention_failed", fmt::format("error={}", removed.error().message));
      } else if (*removed > 0) {
        self->world_.log("images_expired", fmt::format("count={}", *removed));
      }
      if (self->stopped_) co_return;
      self->timer_.expires_after(interval);
      boost::system::error_code woken;
      co_await self->timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
  }

  World& world_;
  asio::steady_timer timer_;
  bool stopped_ = false;
};

asio::awaitable<Result<int>> Retention::run(World& world) {
  int count = 0;
  while (true) {
    const Result<AppSettings> settings = world.storage.settings();
    if (!settings) co_return std::unexpected(settings.error());
    if (!settings->retention_days) co_return count;
    const Timestamp before = world.clock.now() - std::chrono::days(*settings->retention_days);
    const Result<std::vector<std::string>> ids = world.storage.images_before(before, batch_max);
    if (!ids) co_return std::unexpected(ids.error());
    if (ids->empty()) co_return count;
    for (const std::string& id : *ids) {
      const Result<std::optional<Task>> task = world.storage.task_of_image(id);
      if (!task) co_return std::unexpected(task.error());
      if (const Result<void> removed = world.storage.remove_image(id); !removed) {
        co_return std::unexpected(removed.error());
      }
      if (*task) world.changed((*task)->generation_id, (*task)->id);
      if (const Result<void> removed = co_await world.files.remove(id); !removed) {
        co_return std::unexpected(removed.error());
      }
      ++count;
    }
  }
}

Retention::Retention(World& world) : impl_(std::make_shared<Impl>(world)) {}
Retention::~Retention() { impl_->stop(); }
void Retention::start() { impl_->start(); }
void Retention::stop() { impl_->stop(); }

}  // namespace godwit::imagegen
