#pragma once
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "net/http.h"

namespace godwit {

/// Whether `text` is one or more of the characters that methods and header names are made of.
bool is_token(std::string_view text);

/// Whether `text` may stand as a header's value: no control characters but the tab.
bool is_field_value(std::string_view text);

/// Whether `text` has neither blanks nor control characters.
bool is_visible(std::string_view text);

/// Whether `name` is `lower_case_name` in any case.
bool is_field_name(std::string_view name, std::string_view lower_case_name);

/// `Not Found` for 404; an empty text for a status without a registered phrase.
std::string_view reason_phrase(int status);

/// `{"error":"..."}`.
std::string error_body(std::string_view message);

/// The value of a Date header, spelled anew once a second.
class HttpDate {
 public:
  /// The view lives until the next call.
  std::string_view at(std::time_t now);

 private:
  std::time_t spelled_ = -1;
  std::string text_;
};

/// What the connection decides about a response, beside the response itself.
struct ResponseFraming {
  std::string_view date;
  bool keep_alive = true;
  bool http_1_0 = false;  ///< Keeping the connection must be told, closing it need not.
};

/// Whether a response of this status has a body, and so a Content-Length.
bool status_has_body(int status);

/// Replaces `head` by the status line and the headers, up to the empty line. Content-Length,
/// Connection, Date and Transfer-Encoding are the server's: a response that names them is not
/// asked. False, with `head` unusable, when a header or the status cannot be sent safely: a name
/// that is no token, a value with control characters, a status outside 200 to 999.
bool write_response_head(const HttpResponse& response, const ResponseFraming& framing,
                         std::string& head);

}  // namespace godwit
