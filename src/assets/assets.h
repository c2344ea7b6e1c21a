#pragma once
#include <span>
#include <string_view>

#include "net/http.h"

namespace godwit {

/// A file that lies in the executable, in the encodings that make it smaller. All views are into
/// the executable and never end.
struct Asset {
  std::string_view path;          ///< As in a URL: `/assets/index-4f1c9a.js`.
  std::string_view content_type;  ///< With its charset.
  std::string_view identity;
  std::string_view gzip;    ///< Empty where compression gains nothing.
  std::string_view brotli;  ///< Likewise.
  std::string_view etag;    ///< Of the content, without quotes and encoding.
  bool immutable = false;   ///< The name has a hash in it: another content has another name.
};

/// The files of one application. A value: copies see the same files. Made by the function that
/// godwit_embed_assets (cmake/assets.cmake) generates.
class AssetSet {
 public:
  /// `sorted` by path; it outlives the set.
  explicit AssetSet(std::span<const Asset> sorted) : assets_(sorted) {}

  /// nullptr: there is none. A path that ends with a slash means the index.html behind it.
  const Asset* find(std::string_view path) const;
  std::span<const Asset> all() const { return assets_; }

 private:
  std::span<const Asset> assets_;
};

/// What of a request decides about a file; absent headers are empty.
struct AssetRequest {
  std::string_view method;
  std::string_view path;  ///< Without the query, not decoded.
  std::string_view accept_encoding;
  std::string_view if_none_match;
};

/// Answers a request for a file: 200 in the best encoding that the client takes, 304 when it has
/// this very content, 404, 405 for another method than GET and HEAD, 406 when it refuses every
/// encoding there is. Hashed files may be cached for a year, others are asked for each time. All
/// answers say `nosniff`; a Content-Security-Policy is the caller's. The body is there for HEAD
/// too: the server leaves it out.
HttpResponse asset_response(const AssetSet& assets, const AssetRequest& request);

}  // namespace godwit
