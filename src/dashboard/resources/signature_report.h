#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "engine/engine.h"

namespace godwit {

/// One thing that a receiver of a delivery looks at.
struct SignatureCheck {
  std::string_view code;        ///< contract.ts: 'form', 'algorithm', ...
  std::optional<bool> ok = {};  ///< nullopt: it could not be checked; an earlier one failed.
  std::string_view key = {};    ///< Of 'signature': 'current', 'next', or empty.
  std::string expected = {};    ///< Empty: there is nothing to tell.
  std::string found = {};
};

/// contract.ts's SignatureReport.
struct SignatureReport {
  bool valid = false;
  std::string header;  ///< JSON, pretty; empty: it cannot be read.
  std::string claims;
  std::vector<SignatureCheck> checks;  ///< All of them, always in the contract's order.
};

/// What is asked about: an Upstash-Signature with what came along. `url` empty: not told.
struct SignatureQuestion {
  std::string_view signature;
  std::string_view body;
  std::string_view url;
};

/// Looks at a signature as verify_signature() does, and goes on where that stops. `valid` is that
/// function's verdict with either key and no leeway. Pure.
SignatureReport check_signature(const SignatureQuestion& question, const SigningKeys& keys,
                                Timestamp now);

}  // namespace godwit
