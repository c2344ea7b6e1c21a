#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "imagegen/generations/diagnosis.h"
#include "imagegen/generations/signing_keys.h"

namespace godwit::imagegen {

/// Diagnostics' inside: diagnosis.cpp watches the broker and tests the way back to us, checks.cpp
/// runs the checks, report.cpp writes them down.
class Diagnostics::Impl : public std::enable_shared_from_this<Diagnostics::Impl> {
 public:
  explicit Impl(World& world);

  void start();
  void stop();
  BrokerState state() const;
  void settings_changed();

  boost::asio::awaitable<CheckResult> check(Secret what, std::optional<std::string> value);
  boost::asio::awaitable<Outcome<CallbackTest>> test_callback();
  Outcome<CallbackTest> callback_test(std::string_view id) const;
  void callback_arrived(const std::string& id, const std::optional<Problem>& signature_problem);
  boost::asio::awaitable<Outcome<TaskDebug>> debug(std::string task_id);
  boost::asio::awaitable<Outcome<Diagnosis>> diagnose();
  boost::asio::awaitable<Outcome<std::string>> report();

 private:
  struct Test {
    CallbackTest shown;
    Timestamp began{};
    Timestamp published{};
  };

  static boost::asio::awaitable<void> watch(std::shared_ptr<Impl> self);
  /// Asks the broker who it is, and remembers the answer.
  boost::asio::awaitable<void> look();
  void drop_old_tests();
  /// The legs that nothing was heard of for too long have failed.
  CallbackTest shown(const Test& test) const;

  boost::asio::awaitable<DiagnosticCheck> check_broker(const Effective& effective);
  boost::asio::awaitable<DiagnosticCheck> check_signing_keys(const Effective& effective);
  boost::asio::awaitable<DiagnosticCheck> check_callback(const Effective& effective);
  boost::asio::awaitable<DiagnosticCheck> check_flow_control(const Effective& effective);
  boost::asio::awaitable<DiagnosticCheck> check_key(const Effective& effective, Secret which);
  DiagnosticCheck check_clock() const;
  DiagnosticCheck check_storage() const;
  DiagnosticCheck check_model(const Effective& effective) const;
  DiagnosticCheck check_token(const Effective& effective) const;
  Result<std::vector<RateLimitTrouble>> rate_limit_troubles() const;
  boost::asio::awaitable<CheckResult> check_token_value(BrokerAccess access);

  World& world_;
  SigningKeys keys_;
  boost::asio::steady_timer tick_;
  BrokerState state_;
  std::optional<Milliseconds> clock_difference_;  ///< The broker's clock minus ours.
  std::map<std::string, Test, std::less<>> tests_;
  std::uint64_t settings_version_ = 0;
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace godwit::imagegen
