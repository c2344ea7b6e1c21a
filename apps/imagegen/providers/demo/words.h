#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace godwit::imagegen::demo {

/// What words of a prompt ask for. A part of a word is enough: `mountain`, `mountains`.
struct Hints {
  std::vector<std::string_view> palettes;  ///< Names of those that fit.
  bool water = false, hills = false, alps = false, forest = false, fog = false, clear = false;
  bool birds = false, snow = false, moon = false, reeds = false;
};
Hints hints_of(std::string_view prompt);

/// A line for the label: blanks and line ends become single blanks, what is past `length_max`
/// characters an ellipsis, what is not UTF-8 goes.
std::string caption_of(std::string_view prompt, std::size_t length_max);

}  // namespace godwit::imagegen::demo
