#include "api/receipt_json.h"

#include <string>
#include <utility>

#include "api/answer.h"

namespace godwit {

void write_receipt(JsonWriter& json, const PublishReceipt& receipt) {
  json.begin_object();
  json.member("messageId", receipt.id.to_string());
  if (receipt.deduplicated) json.member("deduplicated", true);
  json.end_object();
}

HttpResponse receipt_answer(int status, const PublishReceipt& receipt) {
  std::string body;
  body.reserve(64);
  JsonWriter json(body);
  write_receipt(json, receipt);
  return json_answer(status, std::move(body));
}

}  // namespace godwit
