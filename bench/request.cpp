#include "request.h"

namespace godwit::bench {
namespace {

constexpr std::string_view line_end = "\r\n";

}  // namespace

RequestTemplate::RequestTemplate(const RequestShape& shape)
    : cycle_(shape.cycle), digits_(std::to_string(shape.cycle - 1).size()) {
  text_ = "POST ";
  append(shape.path);
  text_.append(" HTTP/1.1\r\nHost: ").append(shape.host).append(line_end);
  for (const std::string& header : shape.headers) {
    append(header);
    text_.append(line_end);
  }
  text_ += "Content-Length: " + std::to_string(shape.body_bytes) + "\r\n\r\n";
  body_at_ = text_.size();
  text_.append(shape.body_bytes, 'x');
}

void RequestTemplate::append(std::string_view part) {
  for (;;) {
    const std::size_t at = part.find(mark);
    text_.append(part.substr(0, at));
    if (at == std::string_view::npos) return;
    marks_.push_back(text_.size());
    text_.append(digits_, '0');
    part.remove_prefix(at + mark.size());
  }
}

void RequestTemplate::patch(std::string& request, const Payload& payload) const {
  for (const std::size_t at : marks_) {
    std::uint64_t number = payload.sequence % cycle_;
    for (std::size_t digit = digits_; digit-- > 0; number /= 10) {
      request[at + digit] = static_cast<char>('0' + number % 10);
    }
  }
  write_payload(payload, request.data() + body_at_);
}

}  // namespace godwit::bench
