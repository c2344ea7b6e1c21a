#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit::imagegen {

/// One character of a text in UTF-8. `size` is 0 where the text ends or is not UTF-8.
struct Character {
  std::uint32_t code = 0;
  std::size_t size = 0;
};

/// The character at the beginning of `text`.
Character first_character(std::string_view text);

bool is_letter(std::uint32_t code);  ///< Of any script.
bool is_digit(std::uint32_t code);   ///< A decimal digit of any script.
bool is_mark(std::uint32_t code);    ///< Combines with the letter before it: an accent, a vowel.
bool is_blank(std::uint32_t code);   ///< A space or a control character.

/// Characters; each byte that is not UTF-8 counts as one.
std::size_t count_characters(std::string_view text);

/// The first `count` characters.
std::string_view first_characters(std::string_view text, std::size_t count);

/// The longest beginning of `text` of at most `size` bytes that cuts no character in two.
std::string_view cut_to_size(std::string_view text, std::size_t size);

/// `text` as searches compare it: the same for texts that differ in case, in how letters with marks
/// are composed (NFKC), or in the Russian letter yo written as ye. What is not UTF-8 stays, in
/// ASCII's lower case.
std::string folded(std::string_view text);

}  // namespace godwit::imagegen
