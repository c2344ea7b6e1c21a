#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_client.h"

namespace godwit {

/// What a response may cost; see HttpClientSettings.
struct ResponseLimits {
  std::size_t head_max = 64UL * 1024;     ///< Status line and headers, and once more for trailers.
  std::size_t body_max = 1u << 20;        ///< Kept.
  std::size_t body_read_max = 16u << 20;  ///< Read; beyond, the response ends where it is.
};

/// Reads one HTTP/1.x response from bytes as they come, in whatever pieces.
///
///     interim head (1xx)* -> head -> body: none | Content-Length | chunked + trailers | until the
///     connection closes
///
/// Strict where two readers could see two responses: Content-Length with Transfer-Encoding, a
/// Transfer-Encoding other than exactly `chunked`, unequal Content-Lengths, folded header lines and
/// blanks before the colon are errors. A head whose lines end in bare LF is read, as other clients
/// do, but the connection is not used again.
class ResponseParser {
 public:
  enum class State : std::uint8_t { incomplete, complete, failed };
  static constexpr int interim_max = 8;  ///< 1xx responses that are skipped; one more is an error.
  static constexpr std::size_t headers_max = 1'000;

  explicit ResponseParser(ResponseLimits limits);

  /// Forgets everything and expects a response; `head_only` for the answer to HEAD.
  void reset(bool head_only);

  /// Takes bytes and returns how many belonged to the response: fewer than given only once it is
  /// complete or has failed.
  std::size_t feed(std::string_view bytes);
  /// The peer closed the connection. Completes a body that lasts until then; anything else fails.
  void finish();

  State state() const { return state_; }
  /// Some byte of it has come.
  bool started() const { return started_; }
  /// Why it failed, for people: `unequal Content-Length headers`.
  const std::string& error() const { return error_; }
  /// Another request may follow on the connection. Only when complete.
  bool reusable() const { return reusable_; }
  /// The response; only when complete, once.
  IncomingResponse take();

 private:
  enum class Step : std::uint8_t {
    head,
    body_sized,
    body_until_close,
    chunk_size,
    chunk_data,
    chunk_end,
    trailers,
  };

  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  std::size_t feed_line(std::string_view bytes);
  void accept_line(std::string_view line);
  void accept_head(std::string_view head);
  bool accept_status_line(std::string_view line);
  bool accept_header(std::string_view line);
  void choose_body();
  void accept_chunk_size(std::string_view line);
  void keep(std::string_view data);
  void complete(bool reusable);
  void cut();
  void fail_with(std::string reason);

  ResponseLimits limits_;
  State state_ = State::incomplete;
  Step step_ = Step::head;
  bool started_ = false;
  bool head_only_ = false;
  bool reusable_ = false;
  bool keep_alive_ = false;  // Says the peer.
  bool close_ = false;       // Says the peer, louder.
  bool bare_lf_ = false;
  bool version_1_0_ = false;
  bool chunked_ = false;
  bool sized_ = false;
  int interims_ = 0;
  std::uint64_t left_ = 0;    // Of the sized body or of the chunk.
  std::size_t read_ = 0;      // Body bytes that came.
  std::size_t framing_ = 0;   // Bytes of chunk lines and trailers that came.
  std::size_t searched_ = 0;  // Of pending_, for the end of the head.
  std::string pending_;       // A head or line that is not whole yet.
  IncomingResponse response_;
  std::string error_;
};

}  // namespace godwit
