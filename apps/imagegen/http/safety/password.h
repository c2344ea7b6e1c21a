#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace godwit::imagegen {

inline constexpr std::size_t password_length_min = 10;  ///< Characters.
inline constexpr std::size_t password_length_max = 1'000;

/// What is kept of a password: `scrypt:32768:8:1:<salt>:<key>` in base64. Takes about a tenth of a
/// second and 32 MiB, which is the point. `salt` has 16 bytes.
Result<std::string> password_record(std::string_view password, std::string_view salt);

/// Whether `record` was made of `password`. Takes as long. False for a record that cannot be read.
bool password_matches(std::string_view password, std::string_view record);

/// Errors: invalid_argument with the remedy: too short, too long, control characters.
Result<void> check_password(std::string_view password);

/// The record in `directory`/password, which `imagegen password` writes; nullopt: there is none.
/// Errors: unavailable, invalid_argument (the file holds something else).
Result<std::optional<std::string>> load_password_record(const std::filesystem::path& directory);
/// Durable when it returns.
Result<void> save_password_record(const std::filesystem::path& directory, std::string_view record);
Result<void> remove_password_record(const std::filesystem::path& directory);

}  // namespace godwit::imagegen
