#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "core/assert.h"

namespace godwit {

/// A key with its certificate, made when a test asks for it.
class TestCertificate {
 public:
  struct Options {
    std::string common_name = "localhost";
    std::string alternative_names = "DNS:localhost,IP:127.0.0.1";  ///< Empty: none.
    bool authority = false;
    long begins_in_s = -3'600;
    long ends_in_s = 3'600;
  };

  /// Signed by `issuer`, or by itself when there is none.
  static TestCertificate make(const Options& options, const TestCertificate* issuer = nullptr) {
    TestCertificate made;
    made.key_.reset(EVP_EC_gen("P-256"));
    made.certificate_.reset(X509_new());
    X509* certificate = made.certificate_.get();
    GODWIT_ASSERT(made.key_ != nullptr && certificate != nullptr);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), options.begins_in_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), options.ends_in_s);
    X509_set_pubkey(certificate, made.key_.get());
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(options.common_name.c_str()),
                               -1, -1, 0);
    X509* signer = issuer == nullptr ? certificate : issuer->certificate_.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
    const auto extend = [&](int kind, const std::string& value) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
      GODWIT_ASSERT(extension != nullptr);
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    };
    extend(NID_basic_constraints, options.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!options.alternative_names.empty()) {
      extend(NID_subject_alt_name, options.alternative_names);
    }
    EVP_PKEY* signing_key = issuer == nullptr ? made.key_.get() : issuer->key_.get();
    GODWIT_ASSERT(X509_sign(certificate, signing_key, EVP_sha256()) > 0);
    return made;
  }

  std::string pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate_.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }

  void write_pem(const std::string& path) const { std::ofstream(path) << pem(); }

  /// What a server with this certificate accepts connections with.
  std::unique_ptr<boost::asio::ssl::context> server_context() const {
    auto context =
        std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_use_certificate(native, certificate_.get());
    SSL_CTX_use_PrivateKey(native, key_.get());
    static constexpr unsigned char id[] = "test";
    SSL_CTX_set_session_id_context(native, id, sizeof id - 1);
    SSL_CTX_set_alpn_select_cb(
        native,
        [](SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
           unsigned int offered_size, void*) {
          static constexpr unsigned char known[] = "\x02h2\x08http/1.1";
          return SSL_select_next_proto(const_cast<unsigned char**>(chosen), size, known,
                                       sizeof known - 1, offered,
                                       offered_size) == OPENSSL_NPN_NEGOTIATED
                     ? SSL_TLSEXT_ERR_OK
                     : SSL_TLSEXT_ERR_ALERT_FATAL;
        },
        nullptr);
    return context;
  }

 private:
  struct KeyFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  struct CertificateFree {
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  std::unique_ptr<EVP_PKEY, KeyFree> key_;
  std::unique_ptr<X509, CertificateFree> certificate_;
};

}  // namespace godwit
