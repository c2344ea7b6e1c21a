#include "imagegen/storage/secret_vault.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "config/durable_file.h"
#include "core/assert.h"
#include "core/signature.h"
#include "imagegen/storage/descriptor.h"

// A sealed value:
//
//     1 byte version (1) | 12 bytes nonce, random | ciphertext | 16 bytes tag
//
// The associated data is `imagegen secret 1:` and the value's name, so that one value cannot be put
// in another's place. A random nonce is safe for 2^32 values under one key; people set a few.

namespace godwit::imagegen {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr char version = 1;
constexpr std::string_view key_name = "secret.key";
constexpr std::string_view value_prefix = "sealed.";

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// A cipher of the key and nonce that was told the name. Cannot fail: sizes are right, and OpenSSL
/// without AES-GCM would not have come this far.
Context start(bool sealing, std::string_view key, std::string_view nonce, std::string_view name) {
  Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  GODWIT_ASSERT(context != nullptr);
  GODWIT_ASSERT(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                                  bytes_of(nonce), sealing ? 1 : 0) == 1);
  const std::string data = "imagegen secret 1:" + std::string(name);
  int size = 0;
  GODWIT_ASSERT(EVP_CipherUpdate(context.get(), nullptr, &size, bytes_of(data),
                                 static_cast<int>(data.size())) == 1);
  return context;
}

std::string seal(std::string_view key, std::string_view name, std::string_view value) {
  const std::string nonce = random_bytes(nonce_size);
  const Context context = start(true, key, nonce, name);
  std::string sealed(value.size(), '\0');
  int size = 0;
  GODWIT_ASSERT(EVP_CipherUpdate(context.get(), bytes_of(sealed), &size, bytes_of(value),
                                 static_cast<int>(value.size())) == 1);
  // GCM is a stream: everything came out above.
  std::array<unsigned char, tag_size> rest{};
  GODWIT_ASSERT(EVP_CipherFinal_ex(context.get(), rest.data(), &size) == 1 && size == 0);
  std::string tag(tag_size, '\0');
  GODWIT_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_size),
                                    tag.data()) == 1);
  return std::string(1, version) + nonce + sealed + tag;
}

/// nullopt: not sealed with this key under this name, or changed since.
std::optional<std::string> unseal(std::string_view key, std::string_view name,
                                  std::string_view sealed) {
  if (sealed.size() < 1 + nonce_size + tag_size || sealed.front() != version) return std::nullopt;
  sealed.remove_prefix(1);
  const std::string_view nonce = sealed.substr(0, nonce_size);
  std::string tag(sealed.substr(sealed.size() - tag_size));
  const std::string_view hidden = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);

  const Context context = start(false, key, nonce, name);
  std::string value(hidden.size(), '\0');
  int size = 0;
  GODWIT_ASSERT(EVP_CipherUpdate(context.get(), bytes_of(value), &size, bytes_of(hidden),
                                 static_cast<int>(hidden.size())) == 1);
  GODWIT_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_size),
                                    tag.data()) == 1);
  std::array<unsigned char, tag_size> rest{};
  if (EVP_CipherFinal_ex(context.get(), rest.data(), &size) != 1) {
    OPENSSL_cleanse(value.data(), value.size());
    return std::nullopt;
  }
  return value;
}

std::unexpected<Error> refuse_key_file(std::string_view what, const std::string& path) {
  return fail(ErrorCode::unavailable, "cannot " + std::string(what) + " the key file " + path +
                                          ": " + std::strerror(errno));
}

/// The key in the file; nullopt: there is no file.
Result<std::optional<std::string>> read_key(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) return std::optional<std::string>();
    return refuse_key_file("read", path);
  }
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return refuse_key_file("read", path);
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorCode::invalid_argument,
                "others may read the key file " + path + ": run chmod 600 on it");
  }
  std::string key(key_size + 1, '\0');  // One more, to notice a longer file.
  const Result<std::size_t> size = read_some(file, key);
  if (!size) return refuse_key_file("read", path);
  if (*size != key_size) {
    return fail(ErrorCode::invalid_argument,
                path +
                    " is no key of 32 bytes: restore it from a backup, or remove it and set the "
                    "keys of the settings again");
  }
  key.resize(key_size);
  return key;
}

/// Makes the file, whole and durable, unless another process was quicker.
Result<void> make_key(const std::string& directory, const std::string& path) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return refuse_key_file("make", path);
  std::string key = random_bytes(key_size);
  const bool written = write_whole(file, key) && ::fsync(file.get()) == 0;
  OPENSSL_cleanse(key.data(), key.size());
  if (!written) return refuse_key_file("write", path);
  // Unlike a rename, this never replaces a key that secrets are sealed with.
  if (::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST)
    return refuse_key_file("make", path);
  ::unlink(temporary.c_str());
  if (!sync_directory(directory)) return refuse_key_file("make", path);
  return {};
}

}  // namespace

class SecretVault::Impl {
 public:
  Impl(Storage& storage, std::string key) : storage_(storage), key_(std::move(key)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { OPENSSL_cleanse(key_.data(), key_.size()); }

  Result<std::optional<std::string>> open(std::string_view name) {
    Result<std::optional<std::string>> sealed = storage_.value(stored_name(name));
    if (!sealed || !*sealed) return sealed;
    std::optional<std::string> value = unseal(key_, name, **sealed);
    if (!value) {
      return fail(ErrorCode::corrupt,
                  "the saved " + std::string(name) + " was sealed with another key than that in " +
                      std::string(key_name) +
                      ", or was changed: set it again, or restore the key file from a backup");
    }
    return value;
  }

  Result<void> seal_value(std::string_view name, std::optional<std::string_view> value) {
    if (!value) return storage_.set_value(stored_name(name), std::nullopt);
    if (value->size() > value_size_max) {
      return fail(ErrorCode::invalid_argument, "the " + std::string(name) + " is longer than " +
                                                   std::to_string(value_size_max) +
                                                   " bytes: is it the right text?");
    }
    return storage_.set_value(stored_name(name), seal(key_, name, *value));
  }

 private:
  static constexpr std::size_t value_size_max = 65'536;

  static std::string stored_name(std::string_view name) {
    return std::string(value_prefix) + std::string(name);
  }

  Storage& storage_;
  std::string key_;
};

SecretVault::SecretVault(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SecretVault::SecretVault(SecretVault&&) noexcept = default;
SecretVault& SecretVault::operator=(SecretVault&&) noexcept = default;
SecretVault::~SecretVault() = default;

Result<SecretVault> SecretVault::open(const std::string& directory, Storage& storage) {
  if (Result<void> made = make_directory(directory); !made) return std::unexpected(made.error());
  const std::string path = directory + "/" + std::string(key_name);
  Result<std::optional<std::string>> key = read_key(path);
  if (key && !*key) {
    if (Result<void> made = make_key(directory, path); !made) return std::unexpected(made.error());
    key = read_key(path);
    if (key && !*key) return fail(ErrorCode::unavailable, "somebody removes " + path);
  }
  if (!key) return std::unexpected(key.error());
  return SecretVault(std::make_unique<Impl>(storage, std::move(**key)));
}

Result<Secrets> SecretVault::secrets() {
  Secrets secrets;
  const std::array<std::pair<Secret, std::string*>, 3> places{
      std::pair{Secret::qstash_token, &secrets.qstash_token},
      std::pair{Secret::openai_api_key, &secrets.openai_api_key},
      std::pair{Secret::gemini_api_key, &secrets.gemini_api_key}};
  for (const auto& [which, place] : places) {
    Result<std::optional<std::string>> value = impl_->open(to_string(which));
    if (!value) return std::unexpected(value.error());
    *place = std::move(*value).value_or(std::string());
  }
  return secrets;
}

Result<void> SecretVault::set(Secret which, std::optional<std::string_view> value) {
  return impl_->seal_value(to_string(which), value);
}

Result<std::optional<std::string>> SecretVault::open_value(std::string_view name) {
  return impl_->open(name);
}

Result<void> SecretVault::seal_value(std::string_view name, std::optional<std::string_view> value) {
  return impl_->seal_value(name, value);
}

}  // namespace godwit::imagegen
