#pragma once
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "core/result.h"

namespace godwit {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;

/// The last session that a server gave, to resume with the next connection. Lives longer than the
/// connections that write it.
class TlsSession {
 public:
  TlsSession() = default;
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession() { SSL_SESSION_free(session_); }

  /// Takes ownership.
  void put(SSL_SESSION* session);
  SSL_SESSION* get() const { return session_; }

 private:
  SSL_SESSION* session_ = nullptr;
};

/// How this client speaks TLS: version 1.2 or later, the chain verified against the trusted
/// certificates and the name or address against the certificate, ALPN http/1.1, sessions resumed.
class TlsContext {
 public:
  /// `ca_file` as in HttpClientSettings. Errors: invalid_argument when it cannot be read or has no
  /// certificate.
  static Result<TlsContext> create(const std::string& ca_file);

  /// A connection to `host` over the non-blocking `socket`, which it does not own. Sessions go to
  /// and come from `session`. Writes never raise SIGPIPE. Errors: unavailable.
  Result<SslPtr> connection(int socket, const std::string& host, bool host_is_address,
                            const std::shared_ptr<TlsSession>& session) const;

 private:
  struct ContextFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, ContextFree> context_;
};

/// Why the handshake failed (`certificate verify failed: self-signed certificate`, `wrong version
/// number`), from the connection and the thread's error queue, which is emptied. Empty when the
/// peer just closed.
std::string tls_handshake_error(const SSL* ssl);

}  // namespace godwit
