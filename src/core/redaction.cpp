#include "core/redaction.h"

#include <algorithm>

#include "core/ascii.h"
#include "core/quoted.h"
#include "core/signature.h"

namespace godwit {
namespace {

/// What RFC 9110 calls a token, and allows as the name of a header.
bool is_header_name(std::string_view name) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || marks.find(c) != std::string_view::npos;
  });
}

/// The name in `header[Name]` or `headers[Name]`; empty for anything else.
std::string_view header_name_in(std::string_view field) {
  const std::size_t open = field.find('[');
  if (open == std::string_view::npos || !field.ends_with(']')) return {};
  const std::string_view kind = field.substr(0, open);
  if (!equals_ignore_case(kind, "header") && !equals_ignore_case(kind, "headers")) return {};
  const std::string_view name = field.substr(open + 1, field.size() - open - 2);
  return is_header_name(name) ? name : std::string_view();
}

bool contains_ignore_case(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](const std::string& known) { return equals_ignore_case(known, name); });
}

}  // namespace

Result<Redaction> parse_redaction(std::string_view text) {
  constexpr std::string_view separators = ", \t";
  Redaction redaction;
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return redaction;
    text.remove_prefix(begin);
    const std::string_view field = text.substr(0, text.find_first_of(separators));
    text.remove_prefix(field.size());

    if (equals_ignore_case(field, "body")) {
      redaction.body = true;
    } else if (equals_ignore_case(field, "header") || equals_ignore_case(field, "headers")) {
      redaction.all_headers = true;
    } else if (const std::string_view name = header_name_in(field); !name.empty()) {
      if (contains_ignore_case(redaction.headers, name)) continue;
      if (redaction.headers.size() == redacted_headers_max) {
        return fail(ErrorCode::invalid_argument,
                    "more than " + std::to_string(redacted_headers_max) + " headers");
      }
      redaction.headers.emplace_back(name);
    } else {
      return fail(ErrorCode::invalid_argument, "unknown field " + quoted(field));
    }
  }
}

std::string redacted(std::string_view value) { return "REDACTED:" + hex_encode(sha256(value)); }

Headers redact_headers(const Headers& headers, const Redaction& redaction) {
  Headers shown = headers;
  if (!redaction.all_headers && redaction.headers.empty()) return shown;
  for (Header& header : shown) {
    if (redaction.all_headers || contains_ignore_case(redaction.headers, header.name)) {
      header.value = redacted(header.value);
    }
  }
  return shown;
}

Result<std::vector<std::string>> parse_labels(std::string_view text) {
  std::vector<std::string> labels;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view label = ascii::trim(text.substr(0, comma));
    if (std::any_of(label.begin(), label.end(), ascii::is_control)) {
      return fail(ErrorCode::invalid_argument, "a label contains a control character");
    }
    if (label.size() > label_length_max) {
      return fail(ErrorCode::invalid_argument,
                  "a label is longer than " + std::to_string(label_length_max) + " bytes");
    }
    if (!label.empty() && std::find(labels.begin(), labels.end(), label) == labels.end()) {
      if (labels.size() == labels_max) {
        return fail(ErrorCode::invalid_argument,
                    "more than " + std::to_string(labels_max) + " labels");
      }
      labels.emplace_back(label);
    }
    if (comma == std::string_view::npos) return labels;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace godwit
