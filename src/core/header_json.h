#pragma once
#include "core/json_out.h"
#include "core/message.h"

namespace godwit {

/// Writes `headers` as QStash shows them: one object of arrays, `{"Content-Type":["text/plain"]}`,
/// names in order and the values of one name in theirs. Names that differ in case are different.
/// What `redaction` names is shown as `REDACTED:<sha256>`.
void write_header_object(JsonWriter& json, const Headers& headers, const Redaction& redaction = {});

}  // namespace godwit
