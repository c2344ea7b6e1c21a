#pragma once
#include "core/json_out.h"
#include "engine/engine.h"
#include "net/http.h"

namespace godwit {

/// What publishing answers: `{"messageId", "deduplicated"?}`.
void write_receipt(JsonWriter& json, const PublishReceipt& receipt);
HttpResponse receipt_answer(int status, const PublishReceipt& receipt);

}  // namespace godwit
