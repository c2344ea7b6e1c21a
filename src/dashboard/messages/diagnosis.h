#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/message.h"

namespace godwit {

/// contract.ts's Diagnosis: why an attempt failed, as a code that pages put into words.
struct Diagnosis {
  std::string_view code;  ///< Static.
  std::vector<std::pair<std::string_view, std::string>> params = {};
};

/// What an attempt brought back, as far as it tells why it failed.
struct FailedAttempt {
  int status = 0;            ///< 0: no response.
  std::string_view error;    ///< Why there is none.
  const Headers& headers;    ///< Of the response.
  std::string_view url;      ///< Of the message.
  std::string_view address;  ///< That was connected to; empty: none.
};

/// Pure. Never without a code: `unknown` when nothing is known to fit.
Diagnosis diagnose(const FailedAttempt& attempt);

}  // namespace godwit
