#pragma once
#include <memory>

#include "store/store.h"

namespace godwit {

/// Everything in memory, for `--ephemeral` and tests: "durable" at once, gone with the process.
/// commit() applies the batch and runs `done` before it returns. A snapshot costs nothing until the
/// next commit, which copies the spaces that it changes.
std::unique_ptr<Store> make_memory_store();

}  // namespace godwit
