#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace godwit::imagegen {

/// A prompt that is to be imported.
struct PromptRow {
  std::string name;
  std::string content;
  friend bool operator==(const PromptRow&, const PromptRow&) = default;
};

enum class PromptFormat {
  csv,  ///< RFC 4180 with a header line that names the columns `name` and `prompt`.
  text  ///< A prompt a line.
};

inline constexpr std::size_t import_size_max = 4UL << 20;  ///< Bytes.
inline constexpr std::size_t import_rows_max = 1'000;
inline constexpr std::size_t prompt_name_length_max = 200;        ///< Characters.
inline constexpr std::size_t prompt_content_length_max = 20'000;  ///< Characters.

/// Reads prompts out of a file that a person has, in UTF-8 with or without a byte order mark.
///
/// CSV: fields are separated by `,` or `;` or tabs, whichever the header line has; quoted fields
/// may hold separators, line ends and doubled quotes; the columns stand in any order and others are
/// ignored. Text: blanks at both ends of a line and empty lines are ignored; a prompt is named by
/// its first words. Names are distinct: in CSV a second one is an error, in text it gets a number.
///
/// Errors: invalid_argument, with the line (from 1) and what to do about it.
Result<std::vector<PromptRow>> import_prompts(PromptFormat format, std::string_view text);

}  // namespace godwit::imagegen
