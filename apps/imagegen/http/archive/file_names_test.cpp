#include "imagegen/http/archive/file_names.h"

#include <doctest/doctest.h>

#include "imagegen/http/archive/archive_tickets.h"
#include "imagegen/http/archive/csv.h"

namespace godwit::imagegen {

TEST_CASE("file names are readable and safe") {
  CHECK(image_file_name(7, "A red fox, at dawn!", "image/png") == "0007-a-red-fox-at-dawn.png");
  CHECK(image_file_name(12'345, "Рыжая лиса", "image/webp") == "12345-Рыжая-лиса.webp");
  CHECK(image_file_name(1, "../../etc/passwd", "image/jpeg") == "0001-etc-passwd.jpg");
  CHECK(image_file_name(1, "***", "text/html") == "0001-image.bin");
  CHECK(slug("ёжик ёжик", 8) == "ёжик");
  CHECK(slug(std::string("a\0b\nc", 5), 20) == "a-b-c");
  CHECK(slug("\xff\xfe", 20) == "image");
}

TEST_CASE("downloads are named for old and new browsers") {
  CHECK(attachment("0001-лиса.png") ==
        "attachment; filename=\"0001-________.png\"; "
        "filename*=UTF-8''0001-%D0%BB%D0%B8%D1%81%D0%B0.png");
  CHECK(attachment("a\"b\r\n.zip").find_first_of("\r\n") == std::string::npos);
}

TEST_CASE("records are quoted, and formulas are disarmed") {
  const auto csv = [](const std::vector<std::string>& fields) {
    std::string out;
    append_csv(out, fields);
    return out;
  };
  CHECK(csv({"a", "", "b c"}) == "a,,b c\r\n");
  CHECK(csv({"a,b", "say \"no\"", "x\ny"}) == "\"a,b\",\"say \"\"no\"\"\",\"x\ny\"\r\n");
  for (const char* formula :
       {"=1+1", "+A1", "-A1", "@SUM(A1)", " =1", "\t=1", "|calc", "=cmd|'/c calc'!A0"}) {
    INFO(formula);
    CHECK(csv({formula}).starts_with("\"'"));
  }
  CHECK(csv({"-5", "+3.14", "42"}) == "-5,+3.14,42\r\n");
  CHECK(csv({"plain = text"}) == "plain = text\r\n");
}

TEST_CASE("a ticket is good once, for an hour") {
  ArchiveTickets tickets;
  const Timestamp now = from_unix_ms(1'000'000'000'000);
  const std::string one = tickets.add({"img_1"}, now);
  const std::string two = tickets.add({"img_2"}, now);
  CHECK(one != two);
  CHECK(tickets.take(one, now) == std::vector<std::string>{"img_1"});
  CHECK_FALSE(tickets.take(one, now));
  CHECK_FALSE(tickets.take(two, now + ArchiveTickets::lifetime));
  CHECK_FALSE(tickets.take("nothing", now));

  const std::string oldest = tickets.add({"img_3"}, now);
  for (std::size_t i = 0; i < ArchiveTickets::tickets_max; ++i) tickets.add({"img_4"}, now);
  CHECK_FALSE(tickets.take(oldest, now));
}

}  // namespace godwit::imagegen
