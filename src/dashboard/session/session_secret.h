#pragma once
#include <filesystem>
#include <string>

#include "core/result.h"

namespace godwit {

/// What the cookies of an installation are signed with: 32 bytes in `directory`/dashboard-secret,
/// readable by its owner only, made when missing and durable when this returns. Errors:
/// unavailable; corrupt when the file holds something else.
Result<std::string> load_session_secret(const std::filesystem::path& directory);

}  // namespace godwit
