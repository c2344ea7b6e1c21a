#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/api.h"
#include "api/authentication.h"
#include "api/bulk_cancel.h"
#include "api/filters.h"
#include "api/json_in.h"
#include "api/listing_json.h"
#include "api/metrics.h"
#include "api/publish_request.h"
#include "api/rate_limits.h"
#include "api/reader_pool.h"
#include "api/route.h"

namespace godwit {

namespace asio = boost::asio;

/// The handlers of every endpoint. api.cpp says who may call what; the handlers stand in one file
/// per resource.
class Api::Impl : public std::enable_shared_from_this<Api::Impl> {
 public:
  Impl(asio::io_context& io, ApiSettings settings, Broker& broker, const Store& store,
       const Clock& clock, const TokenTable& tokens, const AddressPolicy* guard,
       std::function<std::string()> metrics_of_others, std::function<void()> signing_keys_changed,
       std::function<void(std::uint64_t)> records_skipped)
      : settings_(std::move(settings)),
        broker_(broker),
        store_(store),
        clock_(clock),
        authenticator_(tokens),
        rules_{.settings = settings_,
               .guard = guard,
               .find_group =
                   [this](AccountId account, std::string_view name) {
                     return find_url_group(store_, account, name);
                   }},
        metrics_of_others_(std::move(metrics_of_others)),
        signing_keys_changed_(std::move(signing_keys_changed)),
        records_skipped_(std::move(records_skipped)),
        readers_(io, settings_.listing_threads, settings_.listings_waiting_max,
                 reader_priority(settings_)),
        bulk_cancel_(std::make_shared<BulkCancel>(
            io, BulkCancel::Settings{.running_max = settings_.bulk_actions_max}, readers_, broker,
            store, clock)),
        limits_({.messages_per_day = settings_.messages_per_day,
                 .requests_per_second = settings_.requests_per_second}) {}

  asio::awaitable<HttpResponse> handle(HttpRequest request) {
    const auto self = shared_from_this();
    HttpResponse response = co_await answer(std::move(request));
    const auto digit = static_cast<std::size_t>(response.status / 100);
    if (digit < stats_.answers.size()) ++stats_.answers[digit];
    if (response.status == 401) ++stats_.unauthenticated;
    co_return response;
  }

  void set_ready(bool ready);
  void set_sessions(CheckSession check) { check_session_ = std::move(check); }
  void describe_also(std::vector<DescribedRoute> routes) { described_ = std::move(routes); }
  void tokens_changed() { authenticator_.forget(); }
  void stop();

 private:
  /// A request with whom it speaks for.
  struct Call {
    HttpRequest request;
    Route route;
    AccountId account = 0;
    bool by_header = false;
  };

  asio::awaitable<HttpResponse> answer(HttpRequest request);
  std::optional<HttpResponse> limit(const Call& call);
  HttpResponse answer_anybody(const HttpRequest& request, const Route& route) const;

  // publishing.cpp
  asio::awaitable<HttpResponse> publish(Call call);  ///< To `route.queue` too, unless it is empty.
  asio::awaitable<HttpResponse> batch(Call call);
  asio::awaitable<HttpResponse> create_schedule(Call call);
  static PublishRequest publish_request(Call& call);  ///< Moves out of the call.
  Result<PublishOrder> parse_item(Result<BatchItem> item, const Call& call) const;

  // messages.cpp
  HttpResponse get_message(const Call& call);
  asio::awaitable<HttpResponse> cancel_message(Call call);
  asio::awaitable<HttpResponse> cancel_messages(Call call);
  asio::awaitable<HttpResponse> run_message_now(Call call);

  // bulk_actions.cpp
  asio::awaitable<HttpResponse> cancel_by_filter(Call call, CancelSelection selection);
  asio::awaitable<HttpResponse> list_bulk_actions(Call call);
  asio::awaitable<HttpResponse> get_bulk_action(Call call);

  // queues.cpp
  asio::awaitable<HttpResponse> upsert_queue(Call call);
  asio::awaitable<HttpResponse> list_queues(Call call);
  HttpResponse get_queue(const Call& call) const;
  asio::awaitable<HttpResponse> delete_queue(Call call);
  asio::awaitable<HttpResponse> pause_queue(Call call);  ///< Or resume: the endpoint tells.

  // schedules.cpp
  asio::awaitable<HttpResponse> list_schedules(Call call);
  asio::awaitable<HttpResponse> get_schedule(Call call);
  asio::awaitable<HttpResponse> delete_schedule(Call call);
  asio::awaitable<HttpResponse> pause_schedule(Call call);  ///< Or resume.

  // url_groups.cpp
  asio::awaitable<HttpResponse> list_url_groups(Call call);
  asio::awaitable<HttpResponse> get_url_group(Call call);
  asio::awaitable<HttpResponse> set_url_group_headers(Call call);
  asio::awaitable<HttpResponse> delete_url_group(Call call);
  asio::awaitable<HttpResponse> upsert_endpoints(Call call);
  asio::awaitable<HttpResponse> remove_endpoints(Call call);

  // flow_controls.cpp
  asio::awaitable<HttpResponse> list_flow_controls(Call call);
  HttpResponse get_flow_control(const Call& call) const;
  asio::awaitable<HttpResponse> change_flow_control(Call call);  ///< The endpoint tells what.
  HttpResponse get_global_parallelism() const;

  // dead_letters.cpp
  asio::awaitable<HttpResponse> list_dead_letters(Call call);
  asio::awaitable<HttpResponse> get_dead_letter(Call call);
  asio::awaitable<HttpResponse> delete_dead_letter(Call call);
  asio::awaitable<HttpResponse> delete_dead_letters(Call call);
  asio::awaitable<HttpResponse> retry_dead_letter(Call call);
  asio::awaitable<HttpResponse> retry_dead_letters(Call call);
  asio::awaitable<Result<DeadLetterIds>> select_dead_letters(DeadLetterSelection selection);
  Result<DeadLetterSelection> dead_letter_selection(const Call& call) const;

  // logs.cpp
  asio::awaitable<HttpResponse> list_log(Call call);

  // signing_keys.cpp
  HttpResponse get_keys(const Call& call) const;
  asio::awaitable<HttpResponse> rotate_keys(Call call);

  /// The parameters of a bulk request: its query and its body.
  static Result<BodyParameters> all_parameters(const Call& call);

  template <typename T>
  struct Listed {
    T found;
    std::size_t skipped = 0;
  };

  /// Runs read(const ListingSource&) on a reader thread, over a snapshot of now.
  template <typename T, typename Read>
  asio::awaitable<Result<T>> read(Read read) {
    std::move_only_function<Result<Listed<T>>()> work =
        [snapshot = store_.snapshot(), partitions = settings_.partitions,
         scan_max = settings_.listing_scan_max,
         read = std::move(read)]() mutable -> Result<Listed<T>> {
      std::size_t skipped = 0;
      Result<T> found = read(ListingSource{
          .reader = *snapshot, .partitions = partitions, .scan_max = scan_max, .skipped = skipped});
      if (!found) return std::unexpected(std::move(found.error()));
      return Listed<T>{std::move(*found), skipped};
    };
    Result<Listed<T>> listed = co_await readers_.run<Listed<T>>(std::move(work));
    if (!listed) co_return std::unexpected(std::move(listed.error()));
    if (listed->skipped > 0) note_skipped(listed->skipped);
    co_return std::move(listed->found);
  }

  /// Counts records that a listing could not read, and tells of them at most once a minute.
  void note_skipped(std::size_t records);

  const ApiSettings settings_;
  Broker& broker_;
  const Store& store_;
  const Clock& clock_;
  Authenticator authenticator_;
  CheckSession check_session_;
  std::vector<DescribedRoute> described_;
  const PublishRules rules_;
  std::function<std::string()> metrics_of_others_;
  std::function<void()> signing_keys_changed_;
  std::function<void(std::uint64_t)> records_skipped_;
  std::uint64_t skipped_told_ = 0;  ///< Of stats_.listing_records_skipped.
  Timestamp next_skipped_;
  ReaderPool readers_;
  std::shared_ptr<BulkCancel> bulk_cancel_;
  RateLimits limits_;
  std::set<AccountId> rotating_;
  ApiStats stats_;
  bool ready_ = false;
  bool was_ready_ = false;
};

}  // namespace godwit
