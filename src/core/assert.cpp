#include "core/assert.h"

#include <cstdio>
#include <cstdlib>

namespace godwit {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "godwit: assertion failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace godwit
