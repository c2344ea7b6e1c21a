#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace godwit {

/// One `name = value` of a TOML file: the name with its section, the value as a flag would spell
/// it.
struct TomlEntry {
  std::string name;        ///< `delivery.allow`
  std::string value;       ///< Items of an array with commas between.
  std::string where;       ///< `godwit.toml:3`
  bool is_quoted = false;  ///< A string, or an array of them, rather than a number or boolean.
};

/// Reads a configuration file, at most 1 MiB: sections one deep, values of strings, whole numbers,
/// booleans and arrays of strings. Errors: invalid_argument with file and line; not_found.
Result<std::vector<TomlEntry>> read_toml_file(const std::filesystem::path& path);

/// `text` between quotation marks, escaped for TOML.
std::string toml_quoted(std::string_view text);

/// The whole file, without trailing blanks and line breaks when `trimmed`. Errors: not_found with
/// the system's reason; invalid_argument beyond `size_max`.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t size_max,
                              bool trimmed);

}  // namespace godwit
