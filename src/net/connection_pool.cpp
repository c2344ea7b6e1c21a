#include "net/connection_pool.h"

#include <algorithm>
#include <utility>

#include "core/assert.h"

namespace godwit {

using Steady = DeadlineWheel::Clock;

namespace {
constexpr std::chrono::minutes origin_age_max{10};
constexpr std::size_t spare_max = 256;
constexpr std::size_t buffer_kept_max = 16UL * 1024;
}  // namespace

ConnectionPool::ConnectionPool(std::shared_ptr<DeadlineWheel> wheel,
                               std::chrono::milliseconds idle_time_max, std::size_t idle_max)
    : wheel_(std::move(wheel)), idle_time_max_(idle_time_max), idle_max_(idle_max) {}

ConnectionPool::~ConnectionPool() { close_all(); }

std::shared_ptr<ConnectionPool::Origin> ConnectionPool::origin(const Url& url) {
  Origins& origins = url.https ? tls_origins_ : plain_origins_;
  auto found = origins.find(std::string_view(url.authority));
  if (found == origins.end()) {
    if (plain_origins_.size() + tls_origins_.size() >= origins_max) forget_origins();
    found = origins.emplace(url.authority, std::make_shared<Origin>()).first;
    found->second->used = Steady::now();
  }
  return found->second;
}

// What is in use stays, so the limit can be exceeded by as many origins as have connections.
void ConnectionPool::forget_origins() {
  const Steady::time_point now = Steady::now();
  for (const Steady::duration age_max : {Steady::duration(origin_age_max), Steady::duration(0)}) {
    for (Origins* origins : {&plain_origins_, &tls_origins_}) {
      std::erase_if(*origins, [&](const auto& entry) {
        const std::shared_ptr<Origin>& origin = entry.second;
        return origin.use_count() == 1 && origin->idle.empty() && now - origin->used >= age_max;
      });
    }
    if (plain_origins_.size() + tls_origins_.size() < origins_max) return;
  }
}

std::shared_ptr<ClientConnection> ConnectionPool::take(Origin& origin,
                                                       const boost::asio::ip::address& address) {
  for (std::size_t i = origin.idle.size(); i > 0; --i) {
    const std::list<Idle>::iterator place = origin.idle[i - 1];
    if (place->connection->peer().address() == address) return remove(place);
  }
  return nullptr;
}

void ConnectionPool::give(std::shared_ptr<Origin> origin,
                          std::shared_ptr<ClientConnection> connection) {
  if (idle_max_ == 0) return connection->close();
  if (idle_.size() >= idle_max_) close_oldest(1);
  if (connection->head_buffer().capacity() > buffer_kept_max)
    std::string().swap(connection->head_buffer());
  const Steady::time_point now = Steady::now();
  if (spare_.empty()) {
    idle_.emplace_back();
  } else {
    idle_.splice(idle_.end(), spare_, spare_.begin());
  }
  const auto place = std::prev(idle_.end());
  place->pool = this;
  place->origin = std::move(origin);
  place->connection = std::move(connection);
  place->since = now;
  place->place = place;
  place->origin->used = now;
  place->origin->idle.push_back(place);
  place->connection->observe(&*place);
  place->connection->wait_readable();
  if (idle_.size() == 1) wheel_->set(*this, now + idle_time_max_);
}

std::shared_ptr<ClientConnection> ConnectionPool::remove(std::list<Idle>::iterator place) {
  auto& siblings = place->origin->idle;
  // Mostly the newest: search from the back.
  const auto found = std::find(siblings.rbegin(), siblings.rend(), place);
  GODWIT_ASSERT(found != siblings.rend());
  siblings.erase(std::next(found).base());
  place->origin.reset();
  place->connection->observe(nullptr);
  std::shared_ptr<ClientConnection> connection = std::move(place->connection);
  if (spare_.size() < spare_max) {
    spare_.splice(spare_.begin(), idle_, place);
  } else {
    idle_.erase(place);
  }
  return connection;
}

// An idle peer has nothing to say: bytes nobody asked for, or the end. With TLS it may be a
// session ticket, which reading takes care of.
void ConnectionPool::Idle::on_readable() {
  char byte = 0;
  const ClientConnection::Io io = connection->read(&byte, 1);
  if (io.status == ClientConnection::Status::want_read) return connection->wait_readable();
  pool->remove(place)->close();
}

void ConnectionPool::on_deadline() {
  const Steady::time_point now = Steady::now();
  while (!idle_.empty() && idle_.front().since + idle_time_max_ <= now) {
    remove(idle_.begin())->close();
  }
  if (!idle_.empty()) wheel_->set(*this, idle_.front().since + idle_time_max_);
}

bool ConnectionPool::close_oldest(std::size_t count) {
  const bool any = !idle_.empty();
  for (; count > 0 && !idle_.empty(); --count) remove(idle_.begin())->close();
  return any;
}

void ConnectionPool::close_all() {
  close_oldest(idle_.size());
  wheel_->clear(*this);
}

}  // namespace godwit
