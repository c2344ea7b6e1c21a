#pragma once
#include <string>
#include <string_view>

#include "core/time.h"
#include "imagegen/providers/image_provider.h"
#include "net/http_client.h"

// OpenAI's call that draws, as pure functions: POST <base>/images/generations. The picture comes
// back in base64; a refusal is HTTP 400 with `moderation_blocked`.
namespace godwit::imagegen::openai {

/// The body. Sizes and ratios are OpenAI's nearest; a seed it does not take.
std::string images_body(const ImageRequest& request);

ImageOutcome read_images(const IncomingResponse& response, std::string_view model, Timestamp now);

}  // namespace godwit::imagegen::openai
