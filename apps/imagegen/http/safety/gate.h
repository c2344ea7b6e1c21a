#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "imagegen/domain/problem.h"
#include "imagegen/http/routing/access.h"
#include "imagegen/http/safety/sessions.h"
#include "net/caller.h"
#include "net/login_limit.h"

namespace godwit::imagegen {

struct GateSettings {
  std::string listen_host = "127.0.0.1";
  std::vector<std::string> hosts;  ///< Further names that people may use for this server.
  TrustedProxies proxies;
  std::string password;             ///< From the environment; empty: the one in the data directory.
  std::filesystem::path directory;  ///< Where `imagegen password` writes.
};

/// Why a request is not let in, and the status that says so.
struct Refusal {
  Problem problem;
  int status = 403;
};

/// Who a request may be from.
struct Entry {
  Caller caller;
  std::string session;  ///< Empty: none.
  bool login_required = false;
  bool logged_in = false;  ///< Or it is not required.
};

/// Decides who comes in.
///
/// - A Host that is not ours is refused: a page elsewhere whose name was made to point here (DNS
///   rebinding) sends its own. Ours are the loopback names, the host of the public URL, the one we
///   listen at, those of the settings, and addresses when we listen beyond loopback.
/// - Who comes by another way than this machine's own has to log in; so has everybody once there is
///   a password. Without a password they do not come in at all.
/// - What changes something needs the session's token in X-CSRF-Token, and an Origin and
///   Sec-Fetch-Site of our own where the browser sends them.
///
/// Threads: the io_context's; passwords are hashed on a thread of its own.
class Gate {
 public:
  static constexpr int logins_waiting_max = 4;

  /// Errors: those of the password file and of scrypt.
  static Result<std::unique_ptr<Gate>> open(GateSettings settings, Sessions sessions,
                                            const Clock& clock);
  ~Gate();

  /// `public_url`: as it counts now.
  std::expected<Entry, Refusal> admit(const HttpRequest& request, Access access,
                                      std::string_view public_url);

  /// Logs in under a new session, which is returned. Refusals: `wrong_password` (401),
  /// `too_many_logins` (429), `password_missing` (403), a failed write (503).
  boost::asio::awaitable<std::expected<std::string, Refusal>> log_in(std::string address,
                                                                     std::string password);
  Sessions& sessions() { return sessions_; }
  bool has_password();

 private:
  Gate(GateSettings settings, Sessions sessions, const Clock& clock);
  bool is_ours(const HostName& host, std::string_view public_url) const;
  bool is_same_origin(const HttpRequest& request, const Caller& caller,
                      std::string_view public_url) const;
  /// The record that counts now; nullopt: there is no password.
  const std::optional<std::string>& record();

  GateSettings settings_;
  Sessions sessions_;
  const Clock& clock_;
  bool beyond_loopback_ = false;
  std::optional<std::string> record_;
  std::optional<std::filesystem::file_time_type> record_time_;  // Of the file that it was read of.
  LoginLimit limit_;
  int logins_waiting_ = 0;
  boost::asio::thread_pool hashing_{1};
};

}  // namespace godwit::imagegen
