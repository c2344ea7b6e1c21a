#include "net/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/assert.h"

namespace godwit {
namespace {

// The last word of the queue, unless it began with what the operating system said.
std::string last_error() {
  const unsigned long first = ERR_peek_error();
  const unsigned long last = ERR_peek_last_error();
  std::string text;
  if (first != 0 && ERR_SYSTEM_ERROR(first)) {
    text = std::strerror(ERR_GET_REASON(first));
  } else if (const char* reason = last == 0 ? nullptr : ERR_reason_error_string(last)) {
    text = reason;
  }
  ERR_clear_error();
  return text;
}

// A socket BIO that sends with MSG_NOSIGNAL: OpenSSL's own one calls write(), and a peer that went
// away would kill the process unless the whole program ignores SIGPIPE.
int bio_socket(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

int bio_destroy(BIO* bio) {
  delete static_cast<int*>(BIO_get_data(bio));
  return 1;
}

int bio_write(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(bio_socket(bio), bytes, size, MSG_NOSIGNAL);
  if (sent < 0) {
    *written = 0;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) BIO_set_retry_write(bio);
    return 0;
  }
  *written = static_cast<std::size_t>(sent);
  return 1;
}

int bio_read(BIO* bio, char* bytes, std::size_t size, std::size_t* read) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = ::recv(bio_socket(bio), bytes, size, 0);
  *read = received > 0 ? static_cast<std::size_t>(received) : 0;
  if (received > 0) return 1;
  if (received == 0) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    BIO_set_retry_read(bio);
  }
  return 0;
}

long bio_control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

BIO_METHOD* bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "quiet socket");
    GODWIT_ASSERT(made != nullptr);
    BIO_meth_set_write_ex(made, bio_write);
    BIO_meth_set_read_ex(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    BIO_meth_set_destroy(made, bio_destroy);
    return made;
  }();
  return method;
}

// The slot of an SSL where its TlsSession is; the SSL shares its ownership.
void free_session_slot(void*, void* slot, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::shared_ptr<TlsSession>*>(slot);
}

int session_slot() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_session_slot);
  return index;
}

int on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* slot = static_cast<std::shared_ptr<TlsSession>*>(SSL_get_ex_data(ssl, session_slot()));
  if (slot == nullptr) return 0;
  (*slot)->put(session);
  return 1;  // The reference is ours now.
}

}  // namespace

void TlsSession::put(SSL_SESSION* session) { SSL_SESSION_free(std::exchange(session_, session)); }

Result<TlsContext> TlsContext::create(const std::string& ca_file) {
  TlsContext made;
  made.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = made.context_.get();
  if (context == nullptr) {
    return fail(ErrorCode::unavailable, "TLS cannot be used: " + last_error());
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Many servers close without saying so; what a response lacks then is seen by its framing.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
  static constexpr unsigned char protocols[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1);

  const char* environment = std::getenv("SSL_CERT_FILE");
  std::string file = ca_file;
  if (file.empty() && environment != nullptr) file = environment;
  if (file.empty()) {
    // Certificates of the system's directory are read one by one, when a chain needs them.
    if (SSL_CTX_set_default_verify_dir(context) != 1) {
      return fail(ErrorCode::unavailable,
                  "the system's certificates cannot be used: " + last_error());
    }
  } else if (SSL_CTX_load_verify_file(context, file.c_str()) != 1) {
    std::string reason = last_error();
    if (reason.empty()) reason = "it holds no certificate";
    return fail(ErrorCode::invalid_argument, "the CA file " + file + " cannot be used: " + reason);
  }
  return made;
}

Result<SslPtr> TlsContext::connection(int socket, const std::string& host, bool host_is_address,
                                      const std::shared_ptr<TlsSession>& session) const {
  SslPtr ssl(SSL_new(context_.get()));
  BIO* bio = BIO_new(bio_method());
  if (ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    return fail(ErrorCode::unavailable, "TLS cannot be used: " + last_error());
  }
  BIO_set_data(bio, new int(socket));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);

  bool prepared = false;
  if (host_is_address) {
    prepared = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) == 1;
  } else {
    // Certificates do not know the final dot of an absolute name.
    const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    prepared = SSL_set1_host(ssl.get(), name.c_str()) == 1 &&
               SSL_set_tlsext_host_name(ssl.get(), name.c_str()) == 1;
  }
  if (!prepared) {
    return fail(ErrorCode::unavailable, "TLS cannot verify the host: " + last_error());
  }
  auto* slot = new std::shared_ptr<TlsSession>(session);
  if (SSL_set_ex_data(ssl.get(), session_slot(), slot) != 1) {
    delete slot;
    return fail(ErrorCode::unavailable, "TLS cannot be used: " + last_error());
  }
  if (session->get() != nullptr) SSL_set_session(ssl.get(), session->get());
  SSL_set_connect_state(ssl.get());
  return ssl;
}

std::string tls_handshake_error(const SSL* ssl) {
  const long verified = SSL_get_verify_result(ssl);
  std::string text = last_error();
  if (verified == X509_V_OK) return text;
  return std::string("certificate verify failed: ") + X509_verify_cert_error_string(verified);
}

}  // namespace godwit
