#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "payload.h"

namespace godwit::bench {

/// What every request of a load has in common.
struct RequestShape {
  std::string host;  ///< With the port.
  std::string path;
  std::vector<std::string> headers = {};  ///< Whole lines, without their ends.
  std::size_t body_bytes = Payload::bytes;
  std::uint64_t cycle = 1;
};

/// A request as bytes that are built once and patched for each sending. Wherever `{i}` stands in
/// the path or in a header, a request has its sequence number modulo `cycle`, in as many digits as
/// the largest of them needs: `q{i}` with a cycle of 100 is q00 to q99, and around again.
class RequestTemplate {
 public:
  static constexpr std::string_view mark = "{i}";

  /// `cycle` is at least 1, `body_bytes` at least Payload::bytes.
  explicit RequestTemplate(const RequestShape& shape);

  /// The request number 0 without a payload.
  const std::string& text() const { return text_; }

  /// Makes `request`, a copy of text(), the request of `payload.sequence`.
  void patch(std::string& request, const Payload& payload) const;

 private:
  void append(std::string_view part);

  std::string text_;
  std::uint64_t cycle_;
  std::size_t digits_;
  std::size_t body_at_ = 0;
  std::vector<std::size_t> marks_;  // Where digits begin.
};

}  // namespace godwit::bench
