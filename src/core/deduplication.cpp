#include "core/deduplication.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "core/ascii.h"
#include "core/sha256.h"

namespace godwit {
namespace {

/// What a key is made of, so that no explicit id can imitate a content.
enum class Origin : std::uint8_t { id = 1, content = 2 };

void update_number(Sha256& hash, std::uint64_t number) {
  std::array<char, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  hash.update({bytes.data(), bytes.size()});
}

void update_field(Sha256& hash, std::string_view field) {
  update_number(hash, field.size());
  hash.update(field);
}

Sha256 begin(Origin origin, AccountId account) {
  Sha256 hash;
  update_number(hash, static_cast<std::uint64_t>(origin));
  update_number(hash, account);
  return hash;
}

DeduplicationKey end(Sha256& hash) {
  const Sha256::Digest digest = hash.finish();
  DeduplicationKey key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

}  // namespace

DeduplicationKey deduplication_key_of_id(AccountId account, std::string_view id) {
  Sha256 hash = begin(Origin::id, account);
  update_field(hash, id);
  return end(hash);
}

DeduplicationKey deduplication_key_of_content(const Message& message) {
  struct Field {
    std::string name;
    std::size_t position;
    std::string_view value;
  };
  std::vector<Field> fields;
  fields.reserve(message.headers.size());
  for (const Header& header : message.headers) {
    std::string name = header.name;
    std::transform(name.begin(), name.end(), name.begin(), ascii::to_lower);
    fields.push_back({std::move(name), fields.size(), header.value});
  }
  // The order of one header's values means something, that of different headers does not.
  std::sort(fields.begin(), fields.end(), [](const Field& a, const Field& b) {
    return std::tie(a.name, a.position) < std::tie(b.name, b.position);
  });

  Sha256 hash = begin(Origin::content, message.account);
  update_field(hash, message.url);
  update_field(hash, message.body);
  update_number(hash, fields.size());
  for (const Field& field : fields) {
    update_field(hash, field.name);
    update_field(hash, field.value);
  }
  return end(hash);
}

}  // namespace godwit
