#include "dashboard/events/event_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "dashboard/routing/answer.h"
#include "net/body_source.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds overview_interval{1'000};
constexpr std::chrono::milliseconds rows_interval{250};
constexpr std::chrono::milliseconds comment_interval{15'000};

std::string event_text(std::string_view name, std::string_view json) {
  return fmt::format("event: {}\ndata: {}\n\n", name, json);
}

}  // namespace

class DashboardEvents::Impl : public std::enable_shared_from_this<DashboardEvents::Impl> {
 public:
  explicit Impl(const DashboardServices& services) : services_(services) {}

  asio::awaitable<HttpResponse> open(DashboardCall call);
  void keep_only(const std::vector<KnownToken>& tokens);
  void stop();

  const DashboardServices& services_;
  MakeOverview make_overview_;
  MakeTail make_tail_;

 private:
  class Stream;
  std::size_t open_streams();

  std::vector<std::weak_ptr<Stream>> streams_;
  bool stopped_ = false;
};

/// What one page hears. It is asked for the next piece when the piece before was sent, so a page
/// that reads slowly hears less often and nothing waits for it.
class DashboardEvents::Impl::Stream final : public BodySource {
 public:
  Stream(std::shared_ptr<Impl> owner, const DashboardCall& call, std::unique_ptr<LiveTail> tail)
      : owner_(std::move(owner)),
        account_(call.caller.account),
        token_id_(call.token_id),
        tail_(std::move(tail)),
        timer_(owner_->services_.io),
        next_overview_(Steady::now()),
        next_rows_(next_overview_),
        next_comment_(next_overview_) {}

  asio::awaitable<Result<std::optional<std::string>>> next() override {
    while (!stopped_) {
      const auto now = Steady::now();
      std::string piece;
      if (now >= next_overview_) {
        next_overview_ = now + overview_interval;
        if (owner_->make_overview_) {
          const Result<std::string> made = co_await owner_->make_overview_(account_);
          if (made) piece += event_text("overview", *made);
        }
      }
      if (tail_ && now >= next_rows_) {
        next_rows_ = now + rows_interval;
        if (const std::optional<std::string> rows = tail_->take()) {
          piece += event_text("rows", *rows);
        }
      }
      if (!piece.empty()) co_return piece;
      if (stopped_) break;
      // A comment, which keeps proxies from thinking that the connection is dead.
      if (now >= next_comment_) {
        next_comment_ = now + comment_interval;
        co_return std::string(": still here\n\n");
      }
      timer_.expires_at(tail_ ? std::min(next_overview_, next_rows_) : next_overview_);
      boost::system::error_code woken;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      // The page has gone: the server cancelled the wait, and wants next() to return.
      if (woken && !stopped_) co_return fail(ErrorCode::unavailable, "the page has gone");
    }
    co_return std::nullopt;
  }

  const std::string& token_id() const { return token_id_; }

  void stop() override {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  std::shared_ptr<Impl> owner_;
  AccountId account_;
  std::string token_id_;
  std::unique_ptr<LiveTail> tail_;
  asio::steady_timer timer_;
  Steady::time_point next_overview_;
  Steady::time_point next_rows_;
  Steady::time_point next_comment_;
  bool stopped_ = false;
};

std::size_t DashboardEvents::Impl::open_streams() {
  std::erase_if(streams_, [](const std::weak_ptr<Stream>& each) { return each.expired(); });
  return streams_.size();
}

asio::awaitable<HttpResponse> DashboardEvents::Impl::open(DashboardCall call) {
  if (stopped_ || open_streams() >= services_.settings.event_streams_max) {
    co_return dashboard_problem(
        {.status = 503,
         .code = "too_many_streams",
         .message = "As many pages listen as the setting dashboard.event_streams_max allows. "
                    "Close some."});
  }
  std::unique_ptr<LiveTail> tail;
  const std::string* const wants_tail = call.query.find("tail");
  if (wants_tail != nullptr && *wants_tail == "1" && make_tail_) {
    Result<std::unique_ptr<LiveTail>> made = make_tail_(call);
    if (!made) co_return dashboard_problem(made.error());
    tail = std::move(*made);
  }
  auto stream = std::make_shared<Stream>(shared_from_this(), call, std::move(tail));
  streams_.push_back(stream);
  HttpResponse response;
  // X-Accel-Buffering: a proxy must not keep events back.
  response.headers = {{.name = "Content-Type", .value = "text/event-stream"},
                      {.name = "Cache-Control", .value = "no-store"},
                      {.name = "X-Accel-Buffering", .value = "no"}};
  response.stream = std::move(stream);
  co_return response;
}

void DashboardEvents::Impl::keep_only(const std::vector<KnownToken>& tokens) {
  for (const std::weak_ptr<Stream>& each : streams_) {
    const auto stream = each.lock();
    if (stream && std::ranges::find(tokens, stream->token_id(), &KnownToken::id) == tokens.end()) {
      stream->stop();
    }
  }
}

void DashboardEvents::Impl::stop() {
  stopped_ = true;
  for (const std::weak_ptr<Stream>& each : std::exchange(streams_, {})) {
    if (const auto stream = each.lock()) stream->stop();
  }
}

DashboardEvents::DashboardEvents(const DashboardServices& services)
    : impl_(std::make_shared<Impl>(services)) {}
DashboardEvents::~DashboardEvents() { impl_->stop(); }
void DashboardEvents::set_overview(MakeOverview make) { impl_->make_overview_ = std::move(make); }
void DashboardEvents::set_tail(MakeTail make) { impl_->make_tail_ = std::move(make); }
void DashboardEvents::keep_only(const std::vector<KnownToken>& tokens) { impl_->keep_only(tokens); }
void DashboardEvents::stop() { impl_->stop(); }

void DashboardEvents::add_routes(DashboardRouter& router) {
  router.add({.method = "GET",
              .path = "/admin/v1/events",
              .access = DashboardAccess::read,
              .summary = "Server-sent events: the overview, and rows as they are written",
              .handle = [impl = impl_](DashboardCall call) -> asio::awaitable<HttpResponse> {
                return impl->open(std::move(call));
              }});
}

}  // namespace godwit
