#pragma once

namespace godwit {

/// Prints the failed condition and its place to standard error and aborts. Never returns.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace godwit

/// For what cannot happen unless the code is wrong. Stays on in release builds: stopping and
/// recovering from disk is safer than going on from a state nobody thought of.
#define GODWIT_ASSERT(condition) \
  ((condition) ? (void)0 : ::godwit::assertion_failed(#condition, __FILE__, __LINE__))
