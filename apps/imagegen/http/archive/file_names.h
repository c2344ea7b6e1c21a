#pragma once
#include <string>
#include <string_view>

namespace godwit::imagegen {

/// A part of a file's name that people can read and every system can write: letters and digits of
/// any script in lower case as they are written, `-` for all between them, at most `size_max`
/// bytes. `image` when nothing is left.
std::string slug(std::string_view text, std::size_t size_max);

/// `png`, `jpg`, `webp`; `bin` for others.
std::string_view extension_of(std::string_view mime);

/// `0007-a-red-fox.png`: sorted by name is sorted by number. `number` counts from 1.
std::string image_file_name(int number, std::string_view prompt, std::string_view mime);

/// The Content-Disposition of a download, for new and old browsers.
std::string attachment(std::string_view file_name);

}  // namespace godwit::imagegen
