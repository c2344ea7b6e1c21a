#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "imagegen/providers/demo/faults.h"
#include "imagegen/providers/demo/picture.h"
#include "imagegen/providers/demo/random.h"
#include "imagegen/providers/providers.h"
#include "imagegen/providers/shared/outcome.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr Answerer who{"demo", "The demo", 0};

/// Pictures that wait for the thread that draws. Each takes a tenth of a second.
constexpr int waiting_max = 256;

/// The thread that draws and the count of calls, one for each io_context. They belong to that and
/// not to a provider: a picture that is finished while all is being taken down still finds the loop
/// it goes back to, and a new provider goes on counting.
class Studio final : public asio::execution_context::service {
 public:
  using key_type = Studio;
  static inline asio::execution_context::id id;

  explicit Studio(asio::execution_context& context)
      : service(context), thread_(std::make_unique<asio::thread_pool>(1)) {}

  asio::thread_pool::executor_type executor() { return thread_->get_executor(); }

  int waiting = 0;
  demo::CallCounts calls;

 private:
  // Called when the loop is destroyed, before anything that its calls hold is.
  void shutdown() override {
    thread_->stop();
    thread_->join();
    thread_.reset();
  }

  std::unique_ptr<asio::thread_pool> thread_;
};

/// Counts a drawing for as long as it lives.
class Place {
 public:
  explicit Place(Studio& studio) : studio_(studio) { ++studio_.waiting; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --studio_.waiting; }

 private:
  Studio& studio_;
};

asio::awaitable<void> wait_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<Result<std::string>> draw_there(demo::Wish wish) { co_return demo::draw(wish); }

ImageOutcome failed_as(demo::Fault fault) {
  Answerer answerer = who;
  switch (fault) {
    case demo::Fault::permanent:
      answerer.http_status = 400;
      return image_refused(answerer, "The demo refuses this prompt, as its settings tell it to.",
                           "permanentErrorPercent");
    case demo::Fault::rate_limit: {
      answerer.http_status = 429;
      ImageRetry retry = image_retry(
          answerer, "rate_limited",
          "Rate limit exceeded: DemoRequestsPerMinute. The demo's settings tell it to say so.",
          "rateLimitErrorPercent", std::chrono::milliseconds(5'000));
      retry.quota = "DemoRequestsPerMinute";
      return retry;
    }
    case demo::Fault::temporary:
      break;
  }
  answerer.http_status = 503;
  return image_retry(answerer, "unavailable", "The demo fails for now, as its settings tell it to.",
                     "temporaryErrorPercent");
}

std::uint64_t picture_of(const ImageRequest& request) {
  std::uint64_t hash = demo::hash_of(request.prompt);
  hash = demo::hash_of(request.negative_prompt, demo::hash_of("|", hash));
  return demo::stirred(hash + demo::stirred(static_cast<std::uint64_t>(request.seed.value_or(-1))));
}

asio::awaitable<ImageOutcome> make(Studio& studio, DemoSettings settings, ImageRequest request) {
  const std::uint64_t picture = picture_of(request);
  const std::uint64_t call = studio.calls.next(picture);
  const auto latency = settings.latency;

  co_await wait_for(std::min(latency, request.timeout));
  if (latency >= request.timeout) {
    co_return image_retry(who, "timeout", "The demo did not answer in time.",
                          "its latency is set above the time limit of a picture");
  }
  if (const std::optional<demo::Fault> fault = demo::fault_of(picture, call, settings)) {
    co_return failed_as(*fault);
  }
  if (studio.waiting >= waiting_max) {
    co_return image_retry(who, "unavailable", "The demo has too many pictures to draw.");
  }

  demo::Wish wish;
  wish.prompt = std::move(request.prompt);
  wish.negative_prompt = std::move(request.negative_prompt);
  wish.aspect_ratio = std::move(request.aspect_ratio);
  wish.size = std::move(request.size);
  // Without a seed, each picture of a prompt is another one, as with real models.
  wish.variation = request.seed ? demo::stirred(static_cast<std::uint64_t>(*request.seed)) : call;
  const Place place(studio);
  Result<std::string> bytes =
      co_await asio::co_spawn(studio.executor(), draw_there(std::move(wish)), asio::use_awaitable);
  if (!bytes) {
    co_return image_retry(who, "unavailable", "The demo could not draw the picture.",
                          bytes.error().message);
  }
  co_return ImageMade{std::move(*bytes), "image/webp", ""};
}

class Demo final : public ImageProvider {
 public:
  Demo(Studio& studio, DemoSettings settings) : studio_(studio), settings_(settings) {}

  asio::awaitable<ImageOutcome> generate(ImageRequest request) override {
    return make(studio_, settings_, std::move(request));
  }
  asio::awaitable<Result<std::string>> check() override { return checked(); }

 private:
  static asio::awaitable<Result<std::string>> checked() {
    co_return std::string("1 model, no key needed");
  }

  Studio& studio_;
  const DemoSettings settings_;
};

}  // namespace

std::unique_ptr<ImageProvider> make_demo(boost::asio::io_context& io, DemoSettings settings) {
  return std::make_unique<Demo>(asio::use_service<Studio>(io), settings);
}

}  // namespace godwit::imagegen
