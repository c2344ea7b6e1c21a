#include "assets/assets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "core/ascii.h"
#include "core/message.h"

namespace godwit {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Cuts the part before the next `separator` off `rest`.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(part);
}

/// A weight in thousandths: `0.5` is 500. nullopt for what RFC 9110 section 12.4.2 does not know.
std::optional<int> weight_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int digit_worth = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    weight += (c - '0') * digit_worth;
    digit_worth /= 10;
  }
  if (weight > 1000) return std::nullopt;
  return weight;
}

/// The weights that a client gives to the encodings we have; 0: not acceptable.
struct Preferences {
  int brotli = 0;
  int gzip = 0;
  int identity = 0;
};

Preferences read_accept_encoding(std::string_view header) {
  std::optional<int> brotli;
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  while (!header.empty()) {
    std::string_view item = take_part(header, ',');
    const std::string_view coding = take_part(item, ';');
    int weight = 1000;
    while (!item.empty()) {
      std::string_view value = take_part(item, ';');
      const std::string_view name = take_part(value, '=');
      // A weight that cannot be read is as good as none.
      if (equals_ignore_case(name, "q")) weight = weight_of(trimmed(value)).value_or(0);
    }
    if (equals_ignore_case(coding, "br")) {
      brotli = weight;
    } else if (equals_ignore_case(coding, "gzip") || equals_ignore_case(coding, "x-gzip")) {
      gzip = weight;
    } else if (equals_ignore_case(coding, "identity")) {
      identity = weight;
    } else if (coding == "*") {
      any = weight;
    }
  }
  // What goes unnamed is not wanted, but for identity: that is refused only by name, or by `*`.
  return {.brotli = brotli.value_or(any.value_or(0)),
          .gzip = gzip.value_or(any.value_or(0)),
          .identity = identity.value_or(any.value_or(1))};
}

struct Choice {
  std::string_view content;
  std::string_view encoding;     ///< Of the Content-Encoding header; empty: none.
  std::string_view etag_suffix;  ///< Two encodings are two representations.
};

std::optional<Choice> choose(const Asset& asset, std::string_view accept_encoding) {
  const Preferences wanted = read_accept_encoding(accept_encoding);
  struct Candidate {
    int weight;
    Choice choice;
  };
  // Of equal weights the first, which is the smallest.
  const std::array<Candidate, 3> candidates{
      Candidate{asset.brotli.empty() ? 0 : wanted.brotli, {asset.brotli, "br", "-br"}},
      Candidate{asset.gzip.empty() ? 0 : wanted.gzip, {asset.gzip, "gzip", "-gz"}},
      Candidate{wanted.identity, {asset.identity, "", ""}}};
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (candidate.weight > (best == nullptr ? 0 : best->weight)) best = &candidate;
  }
  if (best == nullptr) return std::nullopt;
  return best->choice;
}

/// Whether a list of entity tags, as If-None-Match has it, names this one. The weak comparison.
bool names_etag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    std::string_view item = take_part(list, ',');
    if (item == "*") return true;
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == etag) return true;
  }
  return false;
}

HttpResponse refusal(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = std::move(text);
  return response;
}

}  // namespace

const Asset* AssetSet::find(std::string_view path) const {
  std::string index;
  if (path.ends_with('/')) {
    index = std::string(path) + "index.html";
    path = index;
  }
  const auto found = std::ranges::lower_bound(assets_, path, {}, &Asset::path);
  return found != assets_.end() && found->path == path ? &*found : nullptr;
}

HttpResponse asset_response(const AssetSet& assets, const AssetRequest& request) {
  const Asset* const asset = assets.find(request.path);
  if (asset == nullptr) return refusal(404, "There is no such page.\n");
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = refusal(405, "A page can be read and nothing else.\n");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  const std::optional<Choice> choice = choose(*asset, request.accept_encoding);
  if (!choice) return refusal(406, "The page can be sent as br, gzip or identity.\n");

  HttpResponse response;
  const std::string etag =
      "\"" + std::string(asset->etag) + std::string(choice->etag_suffix) + "\"";
  response.headers = {
      {"Content-Type", std::string(asset->content_type)},
      {"ETag", etag},
      {"Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Vary", "Accept-Encoding"},
      {"X-Content-Type-Options", "nosniff"}};
  if (names_etag(request.if_none_match, etag)) {
    response.status = 304;
    return response;
  }
  if (!choice->encoding.empty()) {
    response.headers.push_back({"Content-Encoding", std::string(choice->encoding)});
  }
  response.body = choice->content;
  return response;
}

}  // namespace godwit
