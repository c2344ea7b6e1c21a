#include <doctest/doctest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>
#include <optional>
#include <set>

#include "imagegen/providers/demo/faults.h"
#include "imagegen/providers/providers.h"
#include "testing/until.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

ImageRequest request_for(std::string prompt, std::optional<std::int64_t> seed = 1) {
  ImageRequest request;
  request.model = demo_model;
  request.prompt = std::move(prompt);
  request.size = "512";
  request.seed = seed;
  return request;
}

ImageOutcome run(asio::io_context& io, ImageProvider& provider, ImageRequest request) {
  std::optional<ImageOutcome> outcome;
  asio::co_spawn(io, provider.generate(std::move(request)),
                 [&](const std::exception_ptr& exception, ImageOutcome made) {
                   if (exception) std::rethrow_exception(exception);
                   outcome = std::move(made);
                 });
  run_until(io, [&] { return outcome.has_value(); });
  return std::move(*outcome);
}

DemoSettings quick() {
  DemoSettings settings;
  settings.latency = milliseconds(0);
  return settings;
}

TEST_CASE("the demo draws the same picture for the same prompt and seed") {
  asio::io_context io{1};
  const auto demo = make_demo(io, quick());
  const ImageOutcome first = run(io, *demo, request_for("a goose"));
  REQUIRE(std::holds_alternative<ImageMade>(first));
  CHECK(std::get<ImageMade>(first).mime == "image/webp");
  const ImageOutcome again = run(io, *demo, request_for("a goose"));
  CHECK(std::get<ImageMade>(again).bytes == std::get<ImageMade>(first).bytes);
  const ImageOutcome other = run(io, *demo, request_for("a goose", 2));
  CHECK(std::get<ImageMade>(other).bytes != std::get<ImageMade>(first).bytes);
}

TEST_CASE("without a seed the demo draws another picture each time, as real models do") {
  asio::io_context io{1};
  std::set<std::string> pictures;
  for (int i = 0; i < 3; ++i) {
    // Providers come and go with the settings; the count stays.
    const auto demo = make_demo(io, quick());
    const ImageOutcome made = run(io, *demo, request_for("a goose", std::nullopt));
    pictures.insert(std::get<ImageMade>(made).bytes);
  }
  CHECK(pictures.size() == 3);
}

TEST_CASE("the demo's errors are temporary, limits and refusals, as often as they were asked for") {
  DemoSettings settings = quick();
  settings.temporary_error_percent = 100;
  asio::io_context io{1};
  ImageOutcome outcome = run(io, *make_demo(io, settings), request_for("a"));
  REQUIRE(std::holds_alternative<ImageRetry>(outcome));
  CHECK(std::get<ImageRetry>(outcome).error.code == "unavailable");
  CHECK(std::get<ImageRetry>(outcome).error.http_status == 503);
  CHECK(std::get<ImageRetry>(outcome).error.provider == "demo");

  settings = quick();
  settings.rate_limit_error_percent = 100;
  outcome = run(io, *make_demo(io, settings), request_for("a"));
  REQUIRE(std::holds_alternative<ImageRetry>(outcome));
  CHECK(std::get<ImageRetry>(outcome).error.code == "rate_limited");
  CHECK(std::get<ImageRetry>(outcome).after == milliseconds(5'000));
  CHECK_FALSE(std::get<ImageRetry>(outcome).quota.empty());

  settings = quick();
  settings.permanent_error_percent = 100;
  outcome = run(io, *make_demo(io, settings), request_for("a"));
  REQUIRE(std::holds_alternative<ImageRefused>(outcome));
  CHECK(std::get<ImageRefused>(outcome).error.code == "blocked");
}

TEST_CASE("which calls of the demo fail is told by picture and number, in the share that was set") {
  DemoSettings settings;
  settings.permanent_error_percent = 10;
  settings.rate_limit_error_percent = 20;
  settings.temporary_error_percent = 30;
  int permanent = 0;
  int limits = 0;
  int temporary = 0;
  for (std::uint64_t picture = 0; picture < 10'000; ++picture) {
    const auto fault = demo::fault_of(picture, 0, settings);
    CHECK(fault == demo::fault_of(picture, 0, settings));
    if (fault == demo::Fault::permanent) {
      ++permanent;
      CHECK(demo::fault_of(picture, 1, settings) == demo::Fault::permanent);
    }
    limits += fault == demo::Fault::rate_limit ? 1 : 0;
    temporary += fault == demo::Fault::temporary ? 1 : 0;
  }
  CHECK(permanent == doctest::Approx(1'000).epsilon(0.12));
  CHECK(limits == doctest::Approx(1'800).epsilon(0.12));
  CHECK(temporary == doctest::Approx(2'700).epsilon(0.12));

  // A temporary fault passes: some later call succeeds.
  settings.permanent_error_percent = 0;
  for (std::uint64_t picture = 0; picture < 100; ++picture) {
    std::uint64_t call = 0;
    while (call < 100 && demo::fault_of(picture, call, settings)) ++call;
    CHECK(call < 100);
  }
}

TEST_CASE("the count of a picture's calls is bounded") {
  demo::CallCounts counts;
  CHECK(counts.next(7) == 0);
  CHECK(counts.next(7) == 1);
  CHECK(counts.next(8) == 0);
  for (std::uint64_t i = 100; i < 100 + demo::CallCounts::pictures_max; ++i) (void)counts.next(i);
  CHECK(counts.next(7) == 0);
}

TEST_CASE("a latency above the time limit is a timeout") {
  DemoSettings settings;
  settings.latency = std::chrono::hours(1);
  asio::io_context io{1};
  ImageRequest request = request_for("a");
  request.timeout = milliseconds(5);
  const ImageOutcome outcome = run(io, *make_demo(io, settings), std::move(request));
  REQUIRE(std::holds_alternative<ImageRetry>(outcome));
  CHECK(std::get<ImageRetry>(outcome).error.code == "timeout");
}

TEST_CASE("calls of the demo outlive it, and may be cancelled or left behind") {
  DemoSettings settings;
  settings.latency = std::chrono::hours(1);
  int ended = 0;
  bool made = false;
  {
    asio::io_context io{1};
    asio::cancellation_signal signal;
    auto demo = make_demo(io, settings);
    asio::co_spawn(
        io, demo->generate(request_for("cancelled")),
        asio::bind_cancellation_slot(signal.slot(),
                                     [&](const std::exception_ptr& exception, const ImageOutcome&) {
                                       CHECK(exception != nullptr);
                                       ++ended;
                                     }));
    auto quick_demo = make_demo(io, quick());
    asio::co_spawn(io, quick_demo->generate(request_for("outlives")),
                   [&](const std::exception_ptr& exception, const ImageOutcome& outcome) {
                     CHECK(exception == nullptr);
                     made = std::holds_alternative<ImageMade>(outcome);
                     ++ended;
                   });
    io.poll();
    demo.reset();
    quick_demo.reset();
    signal.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return ended == 2; });
    CHECK(made);

    // Left behind: one waits, others are being drawn while the loop is destroyed.
    for (int i = 0; i < 4; ++i) {
      auto left = make_demo(io, i == 0 ? settings : quick());
      asio::co_spawn(io, left->generate(request_for("left", i)), asio::detached);
    }
    io.restart();
    io.run_for(milliseconds(1));
  }
}

TEST_CASE("the demo needs no key") {
  asio::io_context io{1};
  std::optional<Result<std::string>> checked;
  const auto demo = make_demo(io, {});
  asio::co_spawn(io, demo->check(), [&](const std::exception_ptr&, Result<std::string> result) {
    checked = std::move(result);
  });
  run_until(io, [&] { return checked.has_value(); });
  CHECK(checked->has_value());
}

}  // namespace
}  // namespace godwit::imagegen
