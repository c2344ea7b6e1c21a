#pragma once
#include <string>
#include <string_view>

#include "core/time.h"
#include "imagegen/domain/model_catalog.h"
#include "imagegen/providers/image_provider.h"
#include "net/http_client.h"

// Gemini's two calls that draw, as pure functions:
//
//     POST <base>/v1beta/models/<model>:generateContent     models that talk and draw
//     POST <base>/v1beta/models/<model>:predict             Imagen, switched off in August 2026
//
// Answers are JSON with the picture in base64. A 200 without a picture is common, and errors carry
// what to wait in their `details`.
namespace godwit::imagegen::gemini {

struct WireRequest {
  std::string path;  ///< From the base URL on.
  std::string body;
};

/// `model`: what the catalog knows about request.model, or nullptr.
WireRequest build_request(const ImageRequest& request, const ImageModel* model);

/// What the answer means. `kind` is that of the model asked; `replacement` names the one to use
/// instead when it is gone, or is empty.
struct Asked {
  std::string_view model;
  ProviderKind kind = ProviderKind::gemini;
  std::string_view replacement;
};
ImageOutcome read_response(const IncomingResponse& response, const Asked& asked, Timestamp now);

/// Of `GET /v1beta/models`: `12 models`. Errors as ImageProvider::check().
Result<std::string> read_models(const IncomingResponse& response, Timestamp now);

}  // namespace godwit::imagegen::gemini
