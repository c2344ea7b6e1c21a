#include "net/http_client.h"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "net/http_exchange.h"

namespace godwit {

namespace asio = boost::asio;

class HttpClient::Impl {
 public:
  Impl(asio::io_context& io, HttpClientSettings settings, AddressGuard guard)
      : core_(io, std::move(settings), std::move(guard)) {}

  ~Impl() { stop(); }

  std::weak_ptr<HttpExchange> start(const OutgoingRequest& request, Done done) {
    const auto exchange = std::make_shared<HttpExchange>(core_, request, std::move(done));
    exchange->start();
    return exchange;
  }

  void stop() {
    core_.stopped = true;
    while (!core_.exchanges.empty()) {
      const std::shared_ptr<HttpExchange> exchange = core_.exchanges.front();
      exchange->abandon("the client is stopping");
    }
    core_.resolver.stop();
    core_.pool.close_all();
    core_.wheel->stop();
  }

  HttpClientStats stats() const {
    HttpClientStats stats = core_.stats;
    stats.connections_idle = core_.pool.idle_count();
    return stats;
  }

 private:
  HttpClientCore core_;
};

Result<void> HttpClient::check(const HttpClientSettings& settings) {
  const Result<TlsContext> tls = TlsContext::create(settings.ca_file);
  if (!tls) return std::unexpected(tls.error());
  return {};
}

HttpClient::HttpClient(asio::io_context& io, HttpClientSettings settings, AddressGuard guard)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(guard))) {}

HttpClient::~HttpClient() { impl_->stop(); }

void HttpClient::send(OutgoingRequest request, Done done) {
  impl_->start(request, std::move(done));
}

asio::awaitable<Result<IncomingResponse>> HttpClient::send(OutgoingRequest request) {
  const std::shared_ptr<Impl> impl = impl_;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(Result<IncomingResponse>)>(
      [impl](auto handler, const OutgoingRequest* outgoing) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        const auto executor = asio::get_associated_executor(handler);
        const std::weak_ptr<HttpExchange> exchange = impl->start(
            *outgoing, [handler = std::move(handler), slot, executor](auto result) mutable {
              if (slot.is_connected()) slot.clear();
              asio::dispatch(executor,
                             [handler = std::move(handler), result = std::move(result)]() mutable {
                               std::move(handler)(std::move(result));
                             });
            });
        if (!slot.is_connected()) return;
        slot.assign([exchange](asio::cancellation_type) {
          if (const auto under_way = exchange.lock()) under_way->abandon("cancelled");
        });
      },
      asio::use_awaitable, &request);
}

void HttpClient::stop() { impl_->stop(); }

HttpClientStats HttpClient::stats() const { return impl_->stats(); }

}  // namespace godwit
