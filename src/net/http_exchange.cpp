#include "net/http_exchange.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <exception>
#include <utility>

#include "core/assert.h"
#include "core/duration.h"
#include "net/request_head.h"

namespace godwit {

namespace asio = boost::asio;
using Status = ClientConnection::Status;

namespace {

constexpr std::size_t read_buffer_size = 64UL * 1024;
// Up to this a body is copied behind its head: one TLS record, and one buffer is cheaper to send
// than two.
constexpr std::size_t tls_joined_max = 16UL * 1024;
constexpr std::size_t plain_joined_max = 4UL * 1024;
// One exchange does not hold up the loop: after so many reads or writes others have their turn.
constexpr int turns_max = 16;
constexpr std::size_t descriptors_freed = 32;
constexpr std::chrono::milliseconds connect_time_min{1'000};

ResolverSettings resolver_settings(const HttpClientSettings& settings) {
  ResolverSettings result;
  result.time_max = settings.resolve_time_max;
  result.servers = settings.dns_servers;
  return result;
}

Microseconds since(DeadlineWheel::Clock::time_point begin) {
  return std::chrono::duration_cast<Microseconds>(DeadlineWheel::Clock::now() - begin);
}

PeerAddress peer_address(const asio::ip::address& address) {
  PeerAddress peer;
  if (address.is_v4()) {
    std::ranges::copy(address.to_v4().to_bytes(), peer.bytes.begin());
    peer.size = 4;
  } else {
    std::ranges::copy(address.to_v6().to_bytes(), peer.bytes.begin());
    peer.size = 16;
  }
  return peer;
}

}  // namespace

HttpClientCore::HttpClientCore(asio::io_context& io_in, HttpClientSettings settings_in,
                               AddressGuard guard_in)
    : io(io_in),
      settings(std::move(settings_in)),
      guard(std::move(guard_in)),
      wheel(std::make_shared<DeadlineWheel>(io)),
      resolver(io, wheel, resolver_settings(settings)),
      pool(wheel, settings.idle_time_max, settings.idle_connections_max),
      tls(TlsContext::create(settings.ca_file)),
      read_buffer(read_buffer_size) {}

HttpExchange::HttpExchange(HttpClientCore& core, const OutgoingRequest& request,
                           HttpClient::Done done)
    : core_(core),
      request_(request),
      done_(std::move(done)),
      parser_({core.settings.response_head_max, core.settings.response_body_max,
               core.settings.response_body_read_max}) {}

HttpExchange::~HttpExchange() = default;

void HttpExchange::start() {
  place_ = core_.exchanges.insert(core_.exchanges.end(), shared_from_this());
  try {
    begin();
  } catch (const std::exception& exception) {
    // Out of memory, in all likelihood: `done` has been promised.
    if (step_ != Step::finished) {
      fail_with(ErrorCode::unavailable, std::string("the request failed: ") + exception.what());
    }
  }
  starting_ = false;
}

void HttpExchange::begin() {
  begun_ = Steady::now();
  if (core_.stopped) return fail_with(ErrorCode::unavailable, "the client is stopping");
  if (request_.timeout <= std::chrono::milliseconds(0)) {
    return fail_with(ErrorCode::invalid_argument, "a request needs a timeout");
  }
  // Far enough not to be reached, near enough not to overflow.
  const std::chrono::milliseconds timeout =
      std::min<std::chrono::milliseconds>(request_.timeout, std::chrono::hours(24 * 365));
  deadline_ = begun_ + timeout;
  core_.wheel->set(*this, deadline_);
  origin_ = core_.pool.origin(*request_.url);
  resolve();
}

void HttpExchange::resolve() {
  const Url& url = *request_.url;
  if (url.host_is_address) {
    boost::system::error_code error;
    const asio::ip::address address = asio::ip::make_address(url.host, error);
    if (error) return fail_with(ErrorCode::invalid_argument, url.host + " is not an address");
    return vet({address});
  }
  if (const Resolver::Addresses known = core_.resolver.known(url.host)) return vet(*known);
  core_.resolver.lookup(url.host, [weak = weak_from_this()](Result<Resolver::Addresses> found) {
    const auto self = weak.lock();
    if (self == nullptr || self->step_ != Step::resolving) return;
    if (!found) return self->fail_with(found.error().code, found.error().message);
    self->timing_.resolve = since(self->begun_);
    self->vet(**found);
  });
}

void HttpExchange::vet(const std::vector<asio::ip::address>& addresses) {
  std::string refusal;
  candidates_.reserve(addresses.size());
  for (const asio::ip::address& address : addresses) {
    std::optional<std::string> reason =
        core_.guard ? core_.guard(*request_.url, address) : std::nullopt;
    if (!reason) {
      candidates_.push_back(address);
    } else if (refusal.empty()) {
      refusal = std::move(*reason);
    }
  }
  if (candidates_.empty()) {
    return fail_with(ErrorCode::invalid_argument, "destination refused: " + refusal);
  }
  // The address that worked last time goes first; the others keep their order.
  if (origin_->answered && candidates_.size() > 1) {
    const auto best = std::find(candidates_.begin(), candidates_.end(), *origin_->answered);
    if (best != candidates_.end()) std::rotate(candidates_.begin(), best, std::next(best));
  }
  for (const asio::ip::address& address : candidates_) {
    connection_ = core_.pool.take(*origin_, address);
    if (connection_ == nullptr) continue;
    reused_ = true;
    timing_.address = peer_address(address);
    connection_->observe(this);
    return begin_request();
  }
  connect_next();
}

void HttpExchange::connect_next() {
  drop_connection();
  reused_ = false;
  if (candidate_ == candidates_.size()) {
    return fail_with(last_error_.code, std::move(last_error_.message));
  }
  const std::size_t left = candidates_.size() - candidate_;
  const asio::ip::address& address = candidates_[candidate_++];
  step_ = Step::connecting;
  step_begun_ = Steady::now();
  timing_.address = peer_address(address);
  // The first of several must not use up the time of all.
  const std::chrono::milliseconds share =
      core_.settings.connect_time_max / static_cast<std::int64_t>(left);
  limit_step(left == 1
                 ? core_.settings.connect_time_max
                 : std::max(share, std::min(connect_time_min, core_.settings.connect_time_max)));
  const asio::ip::tcp::endpoint peer(address, request_.url->port);
  Status status = Status::failed;
  for (int attempt = 0; attempt < 2; ++attempt) {
    connection_ = std::make_shared<ClientConnection>(core_.io, peer);
    connection_->observe(this);
    status = connection_->connect_begin();
    const bool starved = status == Status::failed && (connection_->failure_code() == EMFILE ||
                                                      connection_->failure_code() == ENFILE);
    if (!starved || !core_.pool.close_oldest(descriptors_freed)) break;
  }
  if (status == Status::want_write) return connection_->wait_writable();
  connected(status == Status::ok ? connection_->connect_end() : status);
}

void HttpExchange::connected(Status status) {
  if (status == Status::want_write) return connection_->wait_writable();
  if (status == Status::failed) {
    last_error_ = {ErrorCode::unavailable, connection_->failure()};
    return connect_next();
  }
  timing_.connect = since(step_begun_);
  ++core_.stats.connections_opened;
  origin_->answered = connection_->peer().address();
  if (!request_.url->https) {
    unlimit_step();
    return begin_request();
  }
  if (!core_.tls) return fail_with(core_.tls.error().code, core_.tls.error().message);
  const Url& url = *request_.url;
  const Result<void> prepared =
      connection_->use_tls(*core_.tls, url.host, url.host_is_address, origin_->session);
  if (!prepared) return fail_with(prepared.error().code, prepared.error().message);
  step_ = Step::handshaking;
  step_begun_ = Steady::now();
  limit_step(core_.settings.tls_time_max);
  handshake();
}

void HttpExchange::handshake() {
  switch (connection_->handshake()) {
    case Status::want_read:
      return connection_->wait_readable();
    case Status::want_write:
      return connection_->wait_writable();
    case Status::ok:
      timing_.tls = since(step_begun_);
      ++core_.stats.tls_handshakes;
      if (connection_->tls_resumed()) ++core_.stats.tls_resumed;
      unlimit_step();
      return begin_request();
    case Status::end:
    case Status::failed:
      return fail_with(ErrorCode::unavailable, connection_->failure());
  }
}

void HttpExchange::begin_request() {
  step_ = Step::sending;
  sent_ = 0;
  sent_at_ = {};
  write_failed_ = false;
  parser_.reset(request_.method == "HEAD");
  std::string& head = connection_->head_buffer();
  head.clear();
  const Result<void> written = append_request_head(head, request_, core_.settings.user_agent);
  if (!written) return fail_with(written.error().code, written.error().message);
  body_ = request_.body;
  if (head.size() + body_.size() <= (connection_->tls() ? tls_joined_max : plain_joined_max)) {
    head.append(body_);
    body_ = {};
  }
  send_more();
}

void HttpExchange::send_more() {
  const std::string_view head = connection_->head_buffer();
  const std::size_t total = head.size() + body_.size();
  for (int turn = 0; sent_ < total; ++turn) {
    if (turn == turns_max) return connection_->wait_writable();
    const ClientConnection::Io io = sent_ < head.size()
                                        ? connection_->write(head.substr(sent_), body_)
                                        : connection_->write({}, body_.substr(sent_ - head.size()));
    sent_ += io.bytes;
    if (io.status == Status::ok) continue;
    // Whatever the peer has to say about it may have arrived before it hung up.
    if (io.status == Status::failed) {
      write_failed_ = true;
      return receive();
    }
    // It may answer before it has taken everything.
    connection_->wait_readable();
    if (io.status == Status::want_write) connection_->wait_writable();
    return;
  }
  if (step_ == Step::sending) {
    step_ = Step::waiting;
    sent_at_ = Steady::now();
  }
  connection_->wait_readable();
}

void HttpExchange::receive() {
  const bool tls = connection_->tls();
  for (int turn = 0; turn < turns_max; ++turn) {
    const ClientConnection::Io io =
        connection_->read(core_.read_buffer.data(), core_.read_buffer.size());
    switch (io.status) {
      case Status::want_read:
        if (write_failed_) return lost(false);
        return connection_->wait_readable();
      case Status::want_write:
        return connection_->wait_writable();
      case Status::end:
        return lost(true);
      case Status::failed:
        return lost(false);
      case Status::ok:
        break;
    }
    if (step_ != Step::receiving) {
      step_ = Step::receiving;
      answered_at_ = Steady::now();
    }
    const std::size_t used = parser_.feed({core_.read_buffer.data(), io.bytes});
    if (parser_.state() == ResponseParser::State::complete) return respond(used < io.bytes);
    if (parser_.state() == ResponseParser::State::failed) {
      return fail_with(ErrorCode::unavailable, "invalid response from " + connection_->peer_name() +
                                                   ": " + parser_.error());
    }
    // Less than was asked for: there is no more yet. TLS may hold back what it has read already.
    if (!tls && io.bytes < core_.read_buffer.size() && !write_failed_) break;
  }
  connection_->wait_readable();
  // What TLS or this turn's limit left behind makes no socket readable again.
  if (tls && step_ != Step::finished) {
    asio::post(core_.io, [weak = weak_from_this(), connection = connection_] {
      const auto self = weak.lock();
      if (self != nullptr && self->connection_ == connection && connection->is_open()) {
        self->on_readable();
      }
    });
  }
}

void HttpExchange::lost(bool in_order) {
  if (in_order && parser_.started()) {
    parser_.finish();
    if (parser_.state() == ResponseParser::State::complete) return respond(true);
  }
  if (reused_ && !retried_ && !parser_.started()) {
    // The peer closed the idle connection while the request was on its way: the one case where it
    // is sent again.
    retried_ = true;
    candidate_ = 0;
    return connect_next();
  }
  std::string message;
  if (in_order || connection_->failure().empty()) {
    message = "connection closed by " + connection_->peer_name();
  } else {
    message = connection_->failure();
  }
  message += parser_.started() ? " before the response was complete" : " before it responded";
  fail_with(ErrorCode::unavailable, std::move(message));
}

void HttpExchange::respond(bool surplus) {
  const bool sent = sent_ == connection_->head_buffer().size() + body_.size();
  if (parser_.reusable() && !surplus && sent && !core_.stopped) {
    connection_->observe(nullptr);
    core_.pool.give(std::move(origin_), std::move(connection_));
  } else {
    drop_connection();
  }
  finish(parser_.take());
}

void HttpExchange::on_readable() {
  switch (step_) {
    case Step::handshaking:
      return handshake();
    case Step::sending:
    case Step::waiting:
    case Step::receiving:
      return receive();
    case Step::resolving:
    case Step::connecting:
    case Step::finished:
      return;
  }
}

void HttpExchange::on_writable() {
  switch (step_) {
    case Step::connecting:
      return connected(connection_->connect_end());
    case Step::handshaking:
      return handshake();
    case Step::sending:
    case Step::waiting:
    case Step::receiving:
      return send_more();
    case Step::resolving:
    case Step::finished:
      return;
  }
}

void HttpExchange::on_deadline() {
  const bool of_step = step_time_.has_value();
  const std::chrono::milliseconds time = of_step ? *step_time_ : request_.timeout;
  std::string message = "timeout after " + format_duration(time) + " while " + what_was_done();
  if (of_step && step_ == Step::connecting) {
    last_error_ = {ErrorCode::unavailable, std::move(message)};
    return connect_next();
  }
  fail_with(ErrorCode::unavailable, std::move(message));
}

std::string HttpExchange::what_was_done() const {
  switch (step_) {
    case Step::resolving:
      return "resolving " + request_.url->host;
    case Step::connecting:
      return "connecting to " + connection_->peer_name();
    case Step::handshaking:
      return "waiting for the TLS handshake with " + connection_->peer_name();
    case Step::sending:
      return "sending the request";
    case Step::waiting:
      return "waiting for the response";
    case Step::receiving:
      return "receiving the response";
    case Step::finished:
      break;
  }
  GODWIT_ASSERT(false);
}

void HttpExchange::limit_step(std::chrono::milliseconds time_max) {
  const Steady::time_point end = Steady::now() + time_max;
  step_time_.reset();
  if (end < deadline_) step_time_ = time_max;
  core_.wheel->set(*this, std::min(end, deadline_));
}

void HttpExchange::unlimit_step() {
  step_time_.reset();
  core_.wheel->set(*this, deadline_);
}

void HttpExchange::drop_connection() {
  if (connection_ == nullptr) return;
  connection_->close();
  connection_.reset();
}

void HttpExchange::abandon(std::string reason) {
  if (step_ == Step::finished) return;
  starting_ = true;  // Its caller is not to be called from in here either.
  fail_with(ErrorCode::unavailable, std::move(reason));
}

void HttpExchange::fail_with(ErrorCode code, std::string message) {
  finish(fail(code, std::move(message)));
}

void HttpExchange::tell_timing(bool complete) {
  const auto between = [](Steady::time_point begin, Steady::time_point end) {
    return std::chrono::duration_cast<Microseconds>(end - begin);
  };
  const Steady::time_point now = Steady::now();
  if (step_ == Step::receiving) {
    // It may answer before it has taken everything.
    timing_.first_byte =
        sent_at_ == Steady::time_point{} ? Microseconds(0) : between(sent_at_, answered_at_);
    if (complete) timing_.body = between(answered_at_, now);
  }
  if (begun_ != Steady::time_point{}) timing_.total = between(begun_, now);
  timing_.reused_connection = reused_;
  *request_.timing = timing_;
}

void HttpExchange::finish(Result<IncomingResponse> result) {
  GODWIT_ASSERT(step_ != Step::finished);
  if (request_.timing != nullptr) tell_timing(result.has_value());
  step_ = Step::finished;
  drop_connection();
  core_.wheel->clear(*this);
  const std::shared_ptr<HttpExchange> self = std::move(*place_);
  core_.exchanges.erase(place_);
  HttpClient::Done done = std::move(done_);
  if (starting_) {
    asio::post(core_.io, [done = std::move(done), result = std::move(result)]() mutable {
      done(std::move(result));
    });
  } else {
    done(std::move(result));
  }
}

}  // namespace godwit
