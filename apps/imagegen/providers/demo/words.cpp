#include "imagegen/providers/demo/words.h"

#include <algorithm>
#include <array>

#include "core/ascii.h"

namespace godwit::imagegen::demo {
namespace {

struct Word {
  std::string_view part;  ///< Lower case.
  bool Hints::* flag = nullptr;
  std::string_view palette = {};
};

constexpr std::array words{
    Word{"sea", &Hints::water},
    Word{"ocean", &Hints::water},
    Word{"lake", &Hints::water},
    Word{"river", &Hints::water},
    Word{"harbo", &Hints::water},
    Word{"coast", &Hints::water},
    Word{"water", &Hints::water},
    Word{"island", &Hints::water},
    Word{"мор", &Hints::water},
    Word{"океан", &Hints::water},
    Word{"озер", &Hints::water},
    Word{"рек", &Hints::water},
    Word{"гаван", &Hints::water},
    Word{"берег", &Hints::water},
    Word{"остров", &Hints::water},
    Word{"вод", &Hints::water},
    Word{"marsh", &Hints::reeds},
    Word{"reed", &Hints::reeds},
    Word{"swamp", &Hints::reeds},
    Word{"болот", &Hints::reeds},
    Word{"камыш", &Hints::reeds},
    Word{"hill", &Hints::hills},
    Word{"field", &Hints::hills},
    Word{"meadow", &Hints::hills},
    Word{"холм", &Hints::hills},
    Word{"пол", &Hints::hills},
    Word{"луг", &Hints::hills},
    Word{"mountain", &Hints::alps},
    Word{"alps", &Hints::alps},
    Word{"peak", &Hints::alps},
    Word{"volcano", &Hints::alps},
    Word{"гор", &Hints::alps},
    Word{"вершин", &Hints::alps},
    Word{"вулкан", &Hints::alps},
    Word{"forest", &Hints::forest},
    Word{"tree", &Hints::forest},
    Word{"wood", &Hints::forest},
    Word{"pine", &Hints::forest},
    Word{"taiga", &Hints::forest},
    Word{"лес", &Hints::forest},
    Word{"дерев", &Hints::forest},
    Word{"сосн", &Hints::forest},
    Word{"тайг", &Hints::forest},
    Word{"fog", &Hints::fog},
    Word{"mist", &Hints::fog},
    Word{"haze", &Hints::fog},
    Word{"туман", &Hints::fog},
    Word{"дымк", &Hints::fog},
    Word{"clear", &Hints::clear},
    Word{"goose", &Hints::birds},
    Word{"geese", &Hints::birds},
    Word{"bird", &Hints::birds},
    Word{"godwit", &Hints::birds},
    Word{"гус", &Hints::birds},
    Word{"птиц", &Hints::birds},
    Word{"веретен", &Hints::birds},
    Word{"snow", &Hints::snow, "winter"},
    Word{"снег", &Hints::snow, "winter"},
    Word{"winter", nullptr, "winter"},
    Word{"frost", nullptr, "winter"},
    Word{"ice", nullptr, "winter"},
    Word{"зим", nullptr, "winter"},
    Word{"мороз", nullptr, "winter"},
    Word{"night", nullptr, "night"},
    Word{"star", nullptr, "night"},
    Word{"ноч", nullptr, "night"},
    Word{"звезд", nullptr, "night"},
    Word{"moon", &Hints::moon, "night"},
    Word{"лун", &Hints::moon, "night"},
    Word{"aurora", nullptr, "aurora"},
    Word{"polar", nullptr, "aurora"},
    Word{"northern", nullptr, "aurora"},
    Word{"сияни", nullptr, "aurora"},
    Word{"полярн", nullptr, "aurora"},
    Word{"sunset", nullptr, "dusk"},
    Word{"dusk", nullptr, "dusk"},
    Word{"evening", nullptr, "dusk"},
    Word{"закат", nullptr, "dusk"},
    Word{"вечер", nullptr, "dusk"},
    Word{"сумер", nullptr, "dusk"},
    Word{"sunrise", nullptr, "dawn"},
    Word{"dawn", nullptr, "dawn"},
    Word{"рассвет", nullptr, "dawn"},
    Word{"восход", nullptr, "dawn"},
    Word{"morning", nullptr, "morning"},
    Word{"утр", nullptr, "morning"},
    Word{"утрен", nullptr, "rose"},
    Word{"day", nullptr, "morning"},
    Word{"blue", nullptr, "morning"},
    Word{"голуб", nullptr, "morning"},
    Word{"синий", nullptr, "morning"},
    Word{"autumn", nullptr, "autumn"},
    Word{"fall ", nullptr, "autumn"},
    Word{"desert", nullptr, "autumn"},
    Word{"осен", nullptr, "autumn"},
    Word{"пустын", nullptr, "autumn"},
    Word{"жёлт", nullptr, "autumn"},
    Word{"желт", nullptr, "autumn"},
    Word{"yellow", nullptr, "autumn"},
    Word{"gold", nullptr, "copper"},
    Word{"copper", nullptr, "copper"},
    Word{"orange", nullptr, "copper"},
    Word{"золот", nullptr, "copper"},
    Word{"медн", nullptr, "copper"},
    Word{"оранж", nullptr, "copper"},
    Word{"green", nullptr, "jade"},
    Word{"spring", nullptr, "jade"},
    Word{"summer", nullptr, "jade"},
    Word{"jungle", nullptr, "jade"},
    Word{"зел", nullptr, "jade"},
    Word{"весн", nullptr, "jade"},
    Word{"лет", nullptr, "jade"},
    Word{"purple", nullptr, "lavender"},
    Word{"violet", nullptr, "lavender"},
    Word{"lavender", nullptr, "lavender"},
    Word{"фиолет", nullptr, "lavender"},
    Word{"лаванд", nullptr, "lavender"},
    Word{"сирен", nullptr, "lavender"},
    Word{"pink", nullptr, "rose"},
    Word{"rose", nullptr, "rose"},
    Word{"роз", nullptr, "rose"},
    Word{"red", nullptr, "dusk"},
    Word{"красн", nullptr, "dusk"},
    Word{"ink", nullptr, "ink"},
    Word{"sumi", nullptr, "ink"},
    Word{"print", nullptr, "ink"},
    Word{"japan", nullptr, "ink"},
    Word{"monochrome", nullptr, "ink"},
    Word{"туш", nullptr, "ink"},
    Word{"гравюр", nullptr, "ink"},
    Word{"япон", nullptr, "ink"},
};

/// Lower case for ASCII and Russian, which is what `words` has.
std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead == 0xd0 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      if (next >= 0x90 && next <= 0xaf) {
        // A to Pe stay in the block of their lead byte, Er to Ya move into the next one.
        const bool second_half = next >= 0xa0;
        out += second_half ? '\xd1' : '\xd0';
        out += static_cast<char>(second_half ? next - 0x20 : next + 0x20);
        ++i;
        continue;
      }
    }
    out += ascii::to_lower(text[i]);
  }
  return out;
}

/// Whether `at` begins a word: inside of one, `sea` is also a part of `research`.
bool begins_word(std::string_view text, std::size_t at) {
  if (at == 0) return true;
  const char before = text[at - 1];
  return ascii::is_ascii(before) && !ascii::is_letter(before) && !ascii::is_digit(before);
}

bool has_word(std::string_view text, std::string_view part) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) {
    if (begins_word(text, at)) return true;
  }
  return false;
}

/// Bytes of the character at the beginning of `text`; 0 when it is not UTF-8.
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xc2 ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                           : lead < 0xf5 ? 4
                                         : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(size > 1 ? text[1] : 0);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : size;
}

}  // namespace

Hints hints_of(std::string_view prompt) {
  const std::string text = folded(prompt);
  Hints hints;
  for (const Word& word : words) {
    if (!has_word(text, word.part)) continue;
    if (word.flag != nullptr) hints.*word.flag = true;
    if (!word.palette.empty()) hints.palettes.push_back(word.palette);
  }
  return hints;
}

std::string caption_of(std::string_view prompt, std::size_t length_max) {
  std::string out;
  std::size_t length = 0;
  bool blank = false;
  while (!prompt.empty()) {
    const std::size_t size = character_size(prompt);
    const std::string_view character = prompt.substr(0, std::max<std::size_t>(size, 1));
    prompt.remove_prefix(character.size());
    if (size == 0) continue;
    if (size == 1 && (character[0] == ' ' || ascii::is_control(character[0]))) {
      blank = !out.empty();
      continue;
    }
    if (length + (blank ? 1 : 0) >= length_max) return out + "…";
    if (blank) {
      out += ' ';
      ++length;
    }
    blank = false;
    out += character;
    ++length;
  }
  return out;
}

}  // namespace godwit::imagegen::demo
