#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/json_out.h"
#include "core/message.h"

namespace godwit {

/// Something that goes on after its request was answered: contract.ts's Action. Actions end with
/// the process; what they did so far is done.
struct DashboardAction {
  enum class State : std::uint8_t { running, done, failed };
  std::string id;
  AccountId account = 0;
  State state = State::running;
  std::size_t done = 0;
  std::optional<std::size_t> total{};
  std::string error{};
};

/// Those that run, and the newest that have ended. Threads: the io_context's.
class DashboardActions {
 public:
  static constexpr std::size_t running_max = 16;  ///< In all accounts.
  static constexpr std::size_t kept_max = 200;

  /// nullptr: as many as may run already.
  std::shared_ptr<DashboardAction> begin(AccountId account);
  std::shared_ptr<const DashboardAction> find(AccountId account, std::string_view id) const;
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

 private:
  std::map<std::uint64_t, std::shared_ptr<DashboardAction>> actions_;
  std::uint64_t next_ = 1;
  bool stopped_ = false;
};

std::string action_json(const DashboardAction& action);

}  // namespace godwit
