#include "imagegen/program/log_fields.h"

#include <doctest/doctest.h>

namespace godwit::imagegen {
namespace {

std::string spelled(std::string_view text) {
  std::string out;
  for (const LogField& field : log_fields(text)) {
    out += "[" + std::string(field.key) + "|" + field.value + "]";
  }
  return out;
}

}  // namespace

TEST_CASE("what the parts tell becomes fields of the log") {
  CHECK(spelled("task=tsk_1 status=503") == "[task|tsk_1][status|503]");
  CHECK(spelled("error=the disk is full: a=b next_key=x") ==
        "[error|the disk is full:][a|b][next_key|x]");
  CHECK(spelled("error=url https://x.example/?Q=1 is wrong") ==
        "[error|url https://x.example/?Q=1 is wrong]");
  CHECK(spelled("just words key=") == "[about|just words][key|]");
  CHECK(spelled("").empty());
}

}  // namespace godwit::imagegen
