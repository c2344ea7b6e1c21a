#include "imagegen/domain/unicode.h"

#include <doctest/doctest.h>

namespace godwit::imagegen {
namespace {

TEST_CASE("a search finds in any case of any script") {
  CHECK(folded("Красный КОТ") == folded("красный кот"));
  CHECK(folded("ΣΊΣΥΦΟΣ") == folded("σίσυφος"));
  CHECK(folded("Straße") == folded("STRASSE"));
  CHECK(folded("İ") != folded("J"));
  CHECK(folded("ÀÉ") == folded("a\u0300e\u0301"));  // Composed and not.
  CHECK(folded("Ｃａｔ") == "cat");
}

TEST_CASE("the Russian letter yo is found as people type it, and short i is a letter of its own") {
  CHECK(folded("Ёлка и мёд") == folded("елка и мед"));
  CHECK(folded("чай") != folded("чаи"));
}

TEST_CASE("what is not UTF-8 is compared by its bytes") {
  CHECK(folded("CAT\xff") == "cat\xff");
  CHECK(folded("").empty());
}

TEST_CASE("texts are cut between characters") {
  CHECK(cut_to_size("кот", 6) == "кот");
  CHECK(cut_to_size("кот", 5) == "ко");
  CHECK(cut_to_size("кот", 1).empty());
  CHECK(cut_to_size("🦊🦊", 7) == "🦊");
  CHECK(cut_to_size("abc", 2) == "ab");
  CHECK(cut_to_size("\x80\x80\x80\x80\x80\x80", 4).size() == 4);  // Not UTF-8: anywhere.
  CHECK(first_characters("кот", 2) == "ко");
  CHECK(first_characters("кот", 9) == "кот");
  CHECK(count_characters("кот🦊") == 4);
  CHECK(count_characters("\xff\xfe") == 2);
}

}  // namespace
}  // namespace godwit::imagegen
