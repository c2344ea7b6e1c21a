#include "imagegen/domain/unicode.h"

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/ascii.h"
#include "core/assert.h"

namespace godwit::imagegen {
namespace {

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

}  // namespace

Character first_character(std::string_view text) {
  if (text.empty()) return {};
  ucs4_t code = 0;
  const int size = u8_mbtoucr(&code, bytes_of(text), text.size());
  if (size <= 0) return {};
  return {code, static_cast<std::size_t>(size)};
}

bool is_letter(std::uint32_t code) {
  return uc_is_general_category_withtable(code, UC_CATEGORY_MASK_L);
}
bool is_digit(std::uint32_t code) {
  return uc_is_general_category_withtable(code, UC_CATEGORY_MASK_Nd);
}
bool is_mark(std::uint32_t code) {
  return uc_is_general_category_withtable(code, UC_CATEGORY_MASK_M);
}
bool is_blank(std::uint32_t code) {
  return uc_is_general_category_withtable(code, UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_Cc);
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(std::max<std::size_t>(first_character(text).size, 1));
    ++count;
  }
  return count;
}

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t size = 0;
  for (; count > 0 && size < text.size(); --count) {
    size += std::max<std::size_t>(first_character(text.substr(size)).size, 1);
  }
  return text.substr(0, size);
}

std::string_view cut_to_size(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  // A character has at most three bytes behind its first.
  std::size_t end = size;
  for (int back = 0; back < 3 && end > 0; ++back) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80U) break;
    --end;
  }
  if ((static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) end = size;  // Not UTF-8.
  return text.substr(0, end);
}

std::string folded(std::string_view text) {
  std::string result;
  if (u8_check(bytes_of(text), text.size()) == nullptr) {
    std::size_t size = 0;
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> bytes(
        u8_casefold(bytes_of(text), text.size(), nullptr, UNINORM_NFKC, nullptr, &size),
        &std::free);
    GODWIT_ASSERT(bytes != nullptr || size == 0);  // Out of memory.
    result.assign(reinterpret_cast<const char*>(bytes.get()), size);
  } else {
    result.resize(text.size());
    std::transform(text.begin(), text.end(), result.begin(), ascii::to_lower);
  }
  replace_all(result, "\u0451", "\u0435");
  return result;
}

}  // namespace godwit::imagegen
