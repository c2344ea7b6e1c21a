#include "dashboard/routing/body_json.h"

#include "dashboard/routing/answer.h"

namespace godwit {
namespace {

/// At most so many bytes, and no character in two.
std::string_view whole_characters(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

/// What was cut inside a character is text all the same.
std::string_view without_cut_character(std::string_view text, bool cut) {
  constexpr std::size_t character_max = 4;
  if (!cut) return text;
  for (std::size_t back = 1; back < character_max && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    if (byte >= 0xf8) return text;  // Of no character.
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

}  // namespace

void write_body(JsonWriter& json, const ShownBody& body) {
  const std::string_view text = without_cut_character(body.kept, body.kept.size() < body.bytes);
  const bool is_text = !body.redacted && is_utf8(text);
  json.begin_object();
  json.member("bytes", body.bytes);
  json.member("kept", body.redacted ? std::size_t{0} : body.kept.size());
  json.member("redacted", body.redacted);
  write_text_or_null(json, "contentType", body.content_type);
  json.key("text");
  if (is_text) {
    json.string(whole_characters(text, shown_body_max));
  } else {
    json.raw("null");
  }
  json.key("base64");
  if (!is_text && !body.redacted) {
    json.base64(body.kept.substr(0, shown_body_max));
  } else {
    json.raw("null");
  }
  json.end_object();
}

}  // namespace godwit
