#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/json_out.h"
#include "imagegen/domain/prompt_import.h"
#include "imagegen/domain/unicode.h"

namespace {

std::string quoted_field(std::string_view text) {
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

}  // namespace

/// What is accepted keeps the limits, and written as CSV gives the same rows again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace godwit;
  using namespace godwit::imagegen;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const PromptFormat format : {PromptFormat::csv, PromptFormat::text}) {
    const Result<std::vector<PromptRow>> rows = import_prompts(format, text);
    if (!rows) {
      GODWIT_ASSERT(rows.error().code == ErrorCode::invalid_argument);
      GODWIT_ASSERT(is_utf8(rows.error().message));
      continue;
    }
    GODWIT_ASSERT(!rows->empty() && rows->size() <= import_rows_max);
    std::set<std::string_view> names;
    std::string csv = "prompt;name\n";
    for (const PromptRow& row : *rows) {
      GODWIT_ASSERT(is_utf8(row.name) && is_utf8(row.content));
      GODWIT_ASSERT(!row.name.empty() && !row.content.empty());
      GODWIT_ASSERT(count_characters(row.name) <= prompt_name_length_max);
      GODWIT_ASSERT(names.insert(row.name).second);
      csv += quoted_field(row.content) + ";" + quoted_field(row.name) + "\n";
    }
    const Result<std::vector<PromptRow>> again = import_prompts(PromptFormat::csv, csv);
    GODWIT_ASSERT(again && *again == *rows);
  }
  return 0;
}
