#include "core/message_change.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/redaction.h"

namespace godwit {
namespace {

/// The beginning of `text`; no character of UTF-8 is cut in two.
std::string beginning(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) return std::string(text);
  std::size_t size = size_max;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
  };
  for (int i = 0; i < 3 && size > 0 && continues(size); ++i) --size;
  return std::string(text.substr(0, size));
}

/// nullopt: there is no such header.
std::optional<std::string> joined(const Headers& headers, std::string_view name) {
  std::optional<std::string> values;
  for (const Header& header : headers) {
    if (!equals_ignore_case(header.name, name)) continue;
    if (values) {
      *values += ", ";
    } else {
      values.emplace();
    }
    *values += header.value;
  }
  return values;
}

class Changes {
 public:
  void add(MessageChange::What what, std::string_view name, std::optional<std::string> before,
           std::optional<std::string> after, std::size_t size_max) {
    if (before == after) return;
    MessageChange change{.what = what, .name = std::string(name), .before = {}, .after = {}};
    if (before) change.before = beginning(*before, size_max);
    if (after) change.after = beginning(*after, size_max);
    const std::size_t size = change.name.size() + (change.before ? change.before->size() : 0) +
                             (change.after ? change.after->size() : 0);
    if (size > left_) return;
    left_ -= size;
    all_.push_back(std::move(change));
  }
  std::vector<MessageChange> take() { return std::move(all_); }

 private:
  std::vector<MessageChange> all_;
  std::size_t left_ = changes_size_max;
};

std::string shown_body(const Message& message) {
  return message.redaction.body ? redacted(message.body) : message.body;
}

}  // namespace

std::vector<MessageChange> changes_between(const Message& before, const Message& after) {
  using What = MessageChange::What;
  Changes changes;
  changes.add(What::url, {}, before.url, after.url, changed_value_max);
  changes.add(What::method, {}, std::string(to_string(before.method)),
              std::string(to_string(after.method)), changed_value_max);
  if (before.body != after.body) {
    changes.add(What::body, {}, shown_body(before), shown_body(after), changed_body_max);
  }
  if (before.headers == after.headers) return changes.take();
  const Headers old_ones = redact_headers(before.headers, before.redaction);
  const Headers new_ones = redact_headers(after.headers, after.redaction);
  std::vector<std::string_view> seen;
  for (const Headers* headers : {&old_ones, &new_ones}) {
    for (const Header& header : *headers) {
      bool is_new = true;
      for (const std::string_view name : seen) {
        is_new = is_new && !equals_ignore_case(name, header.name);
      }
      if (!is_new) continue;
      seen.push_back(header.name);
      changes.add(What::header, header.name, joined(old_ones, header.name),
                  joined(new_ones, header.name), changed_value_max);
    }
  }
  return changes.take();
}

}  // namespace godwit
