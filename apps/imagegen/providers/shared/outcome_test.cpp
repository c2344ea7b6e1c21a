#include "imagegen/providers/shared/outcome.h"

#include <doctest/doctest.h>

#include <string>

namespace godwit::imagegen {
namespace {

TEST_CASE("a key is taken out of everything that is told") {
  const std::string key = "AIzaSecret";
  ImageRetry retry;
  retry.error.message = "key AIzaSecret";
  retry.error.detail = "AIzaSecretAIzaSecret, twice";
  retry.quota = "of AIzaSecret";
  ImageOutcome outcome = retry;
  hide(outcome, key);
  const auto& hidden = std::get<ImageRetry>(outcome);
  CHECK(hidden.error.message == "key [key]");
  CHECK(hidden.error.detail == "[key][key], twice");
  CHECK(hidden.quota == "of [key]");

  outcome = ImageMade{"AIzaSecret", "image/png", "says AIzaSecret"};
  hide(outcome, key);
  CHECK(std::get<ImageMade>(outcome).caption == "says [key]");
  CHECK(std::get<ImageMade>(outcome).bytes == "AIzaSecret");

  std::string text = "nothing";
  hide(text, "");
  hide(text, "not");
  CHECK(text == "nothing");
}

TEST_CASE("the first bytes tell what a picture is") {
  CHECK(image_mime("\x89PNG\r\n\x1a\n...") == "image/png");
  CHECK(image_mime("\xff\xd8\xff\xe0") == "image/jpeg");
  CHECK(image_mime("RIFF1234WEBPVP8 ") == "image/webp");
  for (const char* other : {"", "\x89PNG", "\xff\xd8", "RIFF1234WEBP", "RIFF1234WAVEfmt ", "GIF89a",
                            "<svg>", "\x89png\r\n\x1a\n"}) {
    CHECK(image_mime(other).empty());
  }
}

TEST_CASE("texts are cut between characters, and have no blanks at their ends") {
  CHECK(shortened(" a\n", 10) == "a");
  CHECK(shortened("яя", 3) == "я");
  CHECK(shortened("яя", 4) == "яя");
  CHECK(shortened("a bc", 2) == "a");
  CHECK(shortened(" \n", 5).empty());
  CHECK(shortened("\x80\x80\x80", 2).empty());
}

TEST_CASE("what the network lost is a timeout, an outage or a request that cannot be sent") {
  const Answerer who{"gemini", "Gemini", 0};
  ImageOutcome outcome =
      image_lost(who, {ErrorCode::unavailable, "timeout after 2m while waiting for the response"});
  CHECK(std::get<ImageRetry>(outcome).error.code == "timeout");
  CHECK(std::get<ImageRetry>(outcome).error.http_status == 0);
  CHECK_FALSE(std::get<ImageRetry>(outcome).error.detail.empty());
  outcome = image_lost(who, {ErrorCode::unavailable, "connection refused by 127.0.0.1:9"});
  CHECK(std::get<ImageRetry>(outcome).error.code == "unavailable");
  CHECK(std::get<ImageRetry>(outcome).error.detail == "connection refused by 127.0.0.1:9");
  outcome = image_lost(who, {ErrorCode::invalid_argument, "address refused"});
  CHECK(std::get<ImageFailed>(outcome).error.code == "bad_request");
}

}  // namespace
}  // namespace godwit::imagegen
