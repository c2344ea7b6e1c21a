#include "imagegen/http/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <utility>

#include "imagegen/http/resources/resources.h"
#include "imagegen/http/services.h"
#include "imagegen/http/wire/answer.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

constexpr std::string_view no_pages =
    "ImageGenService is running, but this build has no pages in it. Build them with "
    "tools/build-web and build the program again; its interface at /api works all the same.\n";

void protect(HttpResponse& response) {
  const auto set = [&](std::string_view name, std::string_view value) {
    std::erase_if(response.headers,
                  [&](const Header& each) { return equals_ignore_case(each.name, name); });
    response.headers.push_back({std::string(name), std::string(value)});
  };
  set("Content-Security-Policy", content_security_policy);
  set("X-Content-Type-Options", "nosniff");
  set("Referrer-Policy", "no-referrer");
  set("Cross-Origin-Opener-Policy", "same-origin");
  set("Cross-Origin-Resource-Policy", "same-origin");
}

bool is_of_the_interface(std::string_view path) {
  return path == "/api" || path.starts_with("/api/") || path.starts_with("/images/");
}

HttpResponse too_large(std::size_t size_max) {
  const Problem problem{
      .code = "too_large",
      .message = fmt::format("The request is too large: it may have {} bytes.", size_max),
      .params = {{"bytes", std::to_string(size_max)}}};
  return problem_answer(problem, 413);
}

}  // namespace

class Site::Impl {
 public:
  Impl(World& world, Generations& generations, Processing& processing, Diagnostics& diagnostics,
       std::unique_ptr<Gate> gate, SiteSettings settings)
      : world_(world),
        diagnostics_(diagnostics),
        gate_(std::move(gate)),
        settings_(std::move(settings)),
        readers_(static_cast<std::size_t>(std::max(settings_.archive_readers, 1))),
        status_(world, diagnostics),
        events_(world, generations, settings_.events,
                [this] {
                  status_.forget();
                  return status_.json();
                }),
        router_(all_routes()),
        services_{.world = world,
                  .generations = generations,
                  .processing = processing,
                  .diagnostics = diagnostics,
                  .gate = *gate_,
                  .events = events_,
                  .status = status_,
                  .tickets = tickets_,
                  .counters = counters_,
                  .readers = readers_,
                  .router = router_,
                  .version = settings_.version,
                  .settings_changed = [this] { settings_changed(); }} {}

  ~Impl() {
    events_.stop();
    readers_.join();
  }

  asio::awaitable<HttpResponse> handle(HttpRequest request) {
    ++counters_.requests;
    Answered answered{request.method, request.target.substr(0, request.target.find('?')), 0};
    HttpResponse response;
    std::exception_ptr failure;
    try {
      response = co_await answer(std::move(request));
    } catch (const std::bad_alloc&) {
      response = internal_error(answered, "out of memory");
    } catch (const std::exception& exception) {
      // A cancelled connection ends in an exception too: nobody reads the answer then.
      response = internal_error(answered, exception.what());
    }
    protect(response);
    answered.status = response.status;
    if (response.status >= 500) ++counters_.failures;
    if (on_answered_) on_answered_(answered);
    co_return response;
  }

  void changed(const std::string& generation_id, const std::string& task_id) {
    events_.changed(generation_id, task_id);
  }
  void on_answered(std::function<void(const Answered&)> answered) {
    on_answered_ = std::move(answered);
  }
  void stop() { events_.stop(); }

 private:
  void settings_changed() {
    public_url_.reset();
    diagnostics_.settings_changed();
    status_.forget();
    events_.status_changed();
  }

  /// Kept between changes: it is looked at with every request.
  const std::string& public_url() {
    if (!public_url_) {
      const Result<Effective> effective = current(world_);
      // Without it only its own host is unknown; the next request asks again.
      if (!effective) return no_url_;
      public_url_ = effective->public_url.value;
    }
    return *public_url_;
  }

  HttpResponse internal_error(const Answered& answered, const std::string& why) {
    world_.log("request_failed",
               fmt::format("method={} path={} error={}", answered.method, answered.path, why));
    const Problem problem{.code = "internal",
                          .message = "The application failed; its log says more. Try again."};
    return problem_answer(problem, 500);
  }

  asio::awaitable<HttpResponse> answer(HttpRequest request) {
    const std::size_t query_at = std::min(request.target.find('?'), request.target.size());
    const std::string path = request.target.substr(0, query_at);
    Match match = router_.match(request.method, path);
    if (match.route == nullptr) co_return unrouted(request, path, match);

    const Route& route = *match.route;
    auto entry = gate_->admit(request, route.access, public_url());
    if (!entry) co_return problem_answer(entry.error().problem, entry.error().status);
    if (request.body.size() > route.body_max) co_return too_large(route.body_max);
    Outcome<QueryString> query = QueryString::parse(
        std::string_view(request.target).substr(std::min(query_at + 1, request.target.size())));
    if (!query) co_return problem_answer(query.error());

    Call call;
    call.names = std::move(match.names);
    call.query = std::move(*query);
    call.entry = std::move(*entry);
    const std::string method = request.method;
    call.request = std::move(request);
    HttpResponse response;
    if (const PlainHandler* const plain = std::get_if<PlainHandler>(&route.handler)) {
      response = (*plain)(services_, call);
    } else {
      response = co_await std::get<WaitingHandler>(route.handler)(services_, std::move(call));
    }
    // People look at the status right after they did something.
    if (method != "GET" && method != "HEAD") status_.forget();
    if (response.status >= 500 && route.access != Access::broker) tell_failure(route, response);
    co_return response;
  }

  /// A write that failed is answered, and told to whoever reads the log.
  void tell_failure(const Route& route, const HttpResponse& response) {
    constexpr std::size_t shown_max = 500;
    world_.log("request_failed",
               fmt::format("method={} path={} status={} answer={}", route.method, route.path,
                           response.status, response.body.substr(0, shown_max)));
  }

  HttpResponse unrouted(const HttpRequest& request, const std::string& path, const Match& match) {
    if (!match.allowed.empty()) {
      const Problem problem{.code = "method_not_allowed",
                            .message = fmt::format("{} is served with: {}.", path, match.allowed)};
      HttpResponse response = problem_answer(problem, 405);
      response.headers.push_back({"Allow", match.allowed});
      return response;
    }
    if (is_of_the_interface(path)) return unknown_path(path);
    return page(request, path);
  }

  static HttpResponse unknown_path(const std::string& path) {
    const Problem problem{.code = "not_found",
                          .message = fmt::format("There is nothing at {}; /openapi.json lists what "
                                                 "there is.",
                                                 path.substr(0, 200))};
    return problem_answer(problem, 404);
  }

  /// A file of the pages; any other address that a browser opens is a page's own, and gets the
  /// index, which finds it.
  HttpResponse page(const HttpRequest& request, const std::string& path) {
    AssetRequest wanted{.method = request.method,
                        .path = path,
                        .accept_encoding = header_value(request.headers, "Accept-Encoding"),
                        .if_none_match = header_value(request.headers, "If-None-Match")};
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads && settings_.pages.find(path) == nullptr) {
      const bool is_navigation =
          header_value(request.headers, "Accept").find("text/html") != std::string_view::npos;
      if (settings_.pages.all().empty()) {
        return is_navigation || path == "/" ? text_answer(std::string(no_pages))
                                            : unknown_path(path);
      }
      if (!is_navigation) return unknown_path(path);
      wanted.path = "/index.html";
    }
    return asset_response(settings_.pages, wanted);
  }

  World& world_;
  Diagnostics& diagnostics_;
  std::unique_ptr<Gate> gate_;
  SiteSettings settings_;
  asio::thread_pool readers_;
  StatusBoard status_;
  EventStream events_;
  ArchiveTickets tickets_;
  Counters counters_;
  Router router_;
  Services services_;
  std::optional<std::string> public_url_;
  const std::string no_url_;
  std::function<void(const Answered&)> on_answered_;
};

Site::Site(World& world, Generations& generations, Processing& processing, Diagnostics& diagnostics,
           std::unique_ptr<Gate> gate, SiteSettings settings)
    : impl_(std::make_unique<Impl>(world, generations, processing, diagnostics, std::move(gate),
                                   std::move(settings))) {}
Site::~Site() = default;
asio::awaitable<HttpResponse> Site::handle(HttpRequest request) {
  return impl_->handle(std::move(request));
}
void Site::changed(const std::string& generation_id, const std::string& task_id) {
  impl_->changed(generation_id, task_id);
}
void Site::on_answered(std::function<void(const Answered&)> answered) {
  impl_->on_answered(std::move(answered));
}
void Site::stop() { impl_->stop(); }

}  // namespace godwit::imagegen
