#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "core/redaction.h"

namespace {

using namespace godwit;

void check_redaction(std::string_view text) {
  const Result<Redaction> redaction = parse_redaction(text);
  if (!redaction) {
    GODWIT_ASSERT(redaction.error().code == ErrorCode::invalid_argument);
    GODWIT_ASSERT(redaction.error().message.size() < 200);
    return;
  }
  GODWIT_ASSERT(redaction->headers.size() <= redacted_headers_max);

  // Written again, it is read as the same.
  std::string written = redaction->body ? "body" : "";
  if (redaction->all_headers) written += ",headers";
  for (const std::string& name : redaction->headers) written += " header[" + name + "]";
  const Result<Redaction> again = parse_redaction(written);
  GODWIT_ASSERT(again.has_value() && *again == *redaction);

  // Named headers are hidden, others are shown only if not all are to be hidden.
  Headers headers{{"Not A Name", "secret"}};
  for (const std::string& name : redaction->headers) headers.push_back({name, "secret"});
  const Headers shown = redact_headers(headers, *redaction);
  GODWIT_ASSERT(shown.size() == headers.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const bool hidden = i > 0 || redaction->all_headers;
    GODWIT_ASSERT(shown[i].name == headers[i].name);
    GODWIT_ASSERT(shown[i].value == (hidden ? redacted("secret") : "secret"));
  }
}

void check_labels(std::string_view text) {
  const Result<std::vector<std::string>> labels = parse_labels(text);
  if (!labels) {
    GODWIT_ASSERT(labels.error().code == ErrorCode::invalid_argument);
    return;
  }
  GODWIT_ASSERT(labels->size() <= labels_max);
  std::string written;
  for (const std::string& label : *labels) {
    GODWIT_ASSERT(!label.empty() && label.size() <= label_length_max);
    GODWIT_ASSERT(label.find(',') == std::string::npos);
    GODWIT_ASSERT(label.front() != ' ' && label.back() != ' ');
    GODWIT_ASSERT(std::count(labels->begin(), labels->end(), label) == 1);
    written += label + " , ";
  }
  const Result<std::vector<std::string>> again = parse_labels(written);
  GODWIT_ASSERT(again.has_value() && *again == *labels);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_redaction(text);
  check_labels(text);
  return 0;
}
