#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"

namespace godwit {

struct RequestLimits {
  std::size_t head_size_max =
      std::size_t{64} * 1024;  ///< Also of all chunk extensions and trailers of a body.
  std::size_t body_size_max = 100u << 20;
};

inline constexpr std::size_t request_fields_max = 256;  ///< Header fields; beyond: 431.

/// How the request is refused. The message is for people and holds no bytes of the client.
struct RequestError {
  int status = 0;
  std::string message;
  friend bool operator==(const RequestError&, const RequestError&) = default;
};

/// The memory that request bodies may take, shared by the connections of one server.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t bytes_max) : max_(bytes_max) {}

  /// False, and nothing taken, if there is less left.
  bool take(std::size_t bytes) {
    if (bytes > max_ - taken_) return false;
    taken_ += bytes;
    return true;
  }
  void give_back(std::size_t bytes) { taken_ -= bytes; }

  std::size_t max() const { return max_; }
  std::size_t taken() const { return taken_; }

 private:
  std::size_t max_;
  std::size_t taken_ = 0;
};

/// Reads the requests of one connection out of its bytes, one after the other. Strict: what RFC
/// 9112 lets a recipient repair, and what two recipients could repair differently, is refused. How
/// the bytes were cut into pieces never changes what is read.
class RequestParser {
 public:
  enum class Phase : std::uint8_t {
    between,   ///< Nothing of the next request was consumed.
    head,      ///< Some lines of its head were.
    body,      ///< The head is complete, the body is not.
    complete,  ///< request() is whole: take it, answer, then next().
    failed     ///< error() says why; the connection can be read no further.
  };

  /// `budget` outlives the parser.
  RequestParser(RequestLimits limits, BodyBudget& budget);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Reads a prefix of `input` and returns its length; offer the rest again, with more behind it.
  /// Stops at the end of a request. Consumes nothing in `complete` and `failed`.
  std::size_t feed(std::string_view input);

  Phase phase() const { return phase_; }
  const RequestError& error() const { return error_; }

  /// The complete request, to move from. Its remote_address is empty.
  HttpRequest& request() { return request_; }

  /// Whether the client lets the connection live after this request. Known from `body` on.
  bool keep_alive() const { return keep_alive_; }
  bool is_http_1_0() const { return http_1_0_; }
  bool is_head_method() const { return head_method_; }

  /// True once for a request whose body waits for `100 Continue`.
  bool take_expectation();

  /// Bytes of body and framing consumed for this request.
  std::uint64_t body_bytes_consumed() const { return body_bytes_consumed_; }

  /// Refuses the request for a reason that is not in its bytes, and gives back what it holds.
  void fail(int status, std::string message);

  /// Forgets a complete request, gives back the memory of its body, and is ready for the next.
  void next();

 private:
  enum class State : std::uint8_t {
    request_line,
    fields,
    sized_body,
    chunk_size,
    chunk_extension,
    chunk_size_lf,
    chunk_data,
    chunk_data_cr,
    chunk_data_lf,
    trailer_line,
    trailer_name,
    trailer_value,
    trailer_lf,
    end_lf,
  };

  std::size_t feed_line(std::string_view input);
  std::size_t feed_body(std::string_view input);
  void read_request_line(std::string_view line);
  void read_field(std::string_view line);
  void read_content_length(std::string_view value);
  void read_transfer_encoding(std::string_view value);
  void read_connection(std::string_view value);
  void finish_head();
  void read_framing(char c);
  void read_chunk_digit(int digit);
  void begin_chunk_data();
  void append_body(std::string_view piece);

  RequestLimits limits_;
  BodyBudget& budget_;

  Phase phase_ = Phase::between;
  State state_ = State::request_line;
  HttpRequest request_;
  RequestError error_;

  std::size_t scanned_ = 0;    ///< Of the bytes offered again: those known to hold no line feed.
  std::size_t head_size_ = 0;  ///< Bytes of the head consumed.
  std::size_t host_count_ = 0;
  std::uint64_t content_length_ = 0;
  std::uint64_t remaining_ = 0;   ///< Of the body, or of the chunk.
  std::size_t framing_size_ = 0;  ///< Bytes of chunk extensions and trailers.
  std::uint64_t body_bytes_consumed_ = 0;
  std::size_t body_reserved_ = 0;  ///< Taken from the budget.
  int chunk_digits_ = 0;
  bool empty_line_skipped_ = false;
  bool http_1_0_ = false;
  bool head_method_ = false;
  bool keep_alive_ = false;
  bool connection_close_ = false;
  bool connection_keep_alive_ = false;
  bool has_content_length_ = false;
  bool chunked_ = false;
  bool expects_continue_ = false;
  bool expectation_unknown_ = false;
};

}  // namespace godwit
