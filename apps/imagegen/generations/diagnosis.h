#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "imagegen/domain/problem.h"
#include "imagegen/domain/task.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

enum class BrokerKind { unknown, godwit, qstash };

struct BrokerState {
  bool configured = false;
  std::optional<bool> reachable;
  BrokerKind kind = BrokerKind::unknown;
  std::string version;
  std::string url;
  std::string console_url;
  std::optional<Timestamp> checked;
  std::optional<Problem> problem;
};

struct CheckResult {
  bool ok = false;
  std::optional<Problem> problem;
  std::string detail;
  Milliseconds duration{};
};

enum class LegState { waiting, ok, failed };
struct CallbackTest {
  struct Leg {
    std::string name;  ///< `publish`, `delivery`, `signature`
    LegState state = LegState::waiting;
    std::optional<Milliseconds> duration;
    std::optional<Problem> problem;
  };
  std::string id;
  std::vector<Leg> legs;
  bool finished() const;
  bool ok() const;
};

struct TaskDebug {
  std::string broker_state;  ///< Empty: the broker does not know the message.
  std::string broker_detail;
  std::vector<WebhookCall> webhook_log;
  std::optional<Timestamp> lease_until;
  bool lease_lapsed = false;
};

struct DiagnosticCheck {
  std::string id;     ///< As in contract.ts.
  std::string state;  ///< `ok`, `warning`, `failed`, `skipped`
  std::string detail;
  std::optional<Problem> problem;
  Milliseconds duration{};
};
struct RateLimitTrouble {
  std::string generation_id;
  std::string name;
  int count = 0;
  std::string quota;
  Timestamp at{};
  int suggested_rate_limit = 1;
};
struct Diagnosis {
  std::vector<DiagnosticCheck> checks;
  std::vector<std::pair<Task, TaskDebug>> stuck;
  std::vector<RateLimitTrouble> rate_limits;
  std::vector<WebhookCall> webhook_log;
};

/// The seed's troubleshooting chapter as software: is the broker there, is the token accepted, does
/// a message come back to us, are keys accepted, what is stuck and why.
///
/// Threads: the io_context's.
class Diagnostics {
 public:
  explicit Diagnostics(World& world);
  ~Diagnostics();

  /// Looks at the broker now and every half minute; state() answers from memory.
  void start();
  void stop();
  BrokerState state() const;
  /// Forgets what was learned: settings changed.
  void settings_changed();

  /// With `value`, that one is tried instead of what is set.
  boost::asio::awaitable<CheckResult> check(Secret what, std::optional<std::string> value);

  /// Sends one real message that comes back to the webhook; its legs fill up. not_found: unknown or
  /// older than an hour.
  boost::asio::awaitable<Outcome<CallbackTest>> test_callback();
  Outcome<CallbackTest> callback_test(std::string_view id) const;
  /// The webhook got a message of a test; called by Processing's handler through World or http/.
  void callback_arrived(std::string_view id, const std::optional<Problem>& signature_problem);

  boost::asio::awaitable<Outcome<TaskDebug>> debug(std::string task_id);
  boost::asio::awaitable<Outcome<Diagnosis>> diagnose();
  /// The same as a text without secrets and without prompts.
  boost::asio::awaitable<Outcome<std::string>> report();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
