#include "core/header_json.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/redaction.h"

namespace godwit {
namespace {

bool is_redacted(const Redaction& redaction, std::string_view name) {
  return redaction.all_headers ||
         std::ranges::any_of(redaction.headers, [&](const std::string& redacted_name) {
           return equals_ignore_case(redacted_name, name);
         });
}

}  // namespace

void write_header_object(JsonWriter& json, const Headers& headers, const Redaction& redaction) {
  // Sorting keeps this cheap for any number of headers.
  std::vector<const Header*> sorted;
  sorted.reserve(headers.size());
  for (const Header& header : headers) sorted.push_back(&header);
  // Values of one name keep their order: pointers into one vector compare by it.
  std::ranges::sort(sorted, [](const Header* a, const Header* b) {
    return a->name != b->name ? a->name < b->name : a < b;
  });
  json.begin_object();
  const std::string* open = nullptr;
  for (const Header* header : sorted) {
    if (open == nullptr || *open != header->name) {
      if (open != nullptr) json.end_array();
      json.foreign_key(header->name);
      json.begin_array();
      open = &header->name;
    }
    if (is_redacted(redaction, header->name)) {
      json.string(redacted(header->value));
    } else {
      json.string(header->value);
    }
  }
  if (open != nullptr) json.end_array();
  json.end_object();
}

}  // namespace godwit
