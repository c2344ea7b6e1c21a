#pragma once
#include <rocksdb/env.h>

#include <filesystem>

#include "core/result.h"

namespace godwit {

/// Creates the directory and what is missing above it, durably, readable for its owner only.
/// Errors: unavailable.
Result<void> prepare_store_directory(const std::filesystem::path& directory);

/// Reads the file FORMAT of the directory, or writes it if no database is there yet. It is read
/// before anything else is touched, so that a program too old for a database leaves it as it was:
///
///     godwit <version>\n
///
/// Errors: corrupt when it is missing beside a database, unreadable, or of a newer version;
/// unavailable.
Result<void> check_store_format(rocksdb::Env& env, const std::filesystem::path& directory);

}  // namespace godwit
