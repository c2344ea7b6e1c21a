#pragma once
#include <simdjson.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imagegen/domain/problem.h"

namespace godwit::imagegen {

/// Bounds of a text in characters.
struct TextLimits {
  std::size_t least = 0;
  std::size_t most = 0;
  bool lines = false;  ///< Line breaks and tabs may be in it; other control characters never may.
};

/// The members of one object of a request. Each reading function takes a member if it is there and
/// leaves the target as it is otherwise; the first thing that is wrong becomes the request's
/// problem, with the member's path as its field (`broker.url`, `values[2]`). Members that nobody
/// asked for are wrong too, so that a slip of the pen is not taken for a default.
///
/// Lifetime: that of the document; only read_body() makes one.
class JsonMembers {
 public:
  JsonMembers(simdjson::dom::object object, std::string path, std::optional<Problem>& problem)
      : object_(object), path_(std::move(path)), problem_(problem) {}

  bool has(std::string_view name);      ///< There, maybe null.
  bool is_null(std::string_view name);  ///< There, and null.
  /// The next functions are for members that must be there.
  JsonMembers& need(std::string_view name);

  bool text(std::string_view name, std::string& target, TextLimits limits);
  /// Without the blanks around it.
  bool trimmed(std::string_view name, std::string& target, TextLimits limits);
  bool integer(std::string_view name, int& target, int least, int most);
  bool integer(std::string_view name, std::int64_t& target, std::int64_t least, std::int64_t most);
  bool boolean(std::string_view name, bool& target);
  bool texts(std::string_view name, std::vector<std::string>& target, std::size_t least,
             std::size_t most, TextLimits limits);
  /// One of a few words.
  bool choice(std::string_view name, std::string& target,
              std::initializer_list<std::string_view> choices);
  /// nullopt: it is not there.
  std::optional<JsonMembers> object(std::string_view name);
  /// The member as it stands, spelled anew without blanks.
  bool json(std::string_view name, std::string& target, std::size_t size_max);

  /// Call it last: complains about members that nobody asked for.
  void end();

  void refuse(std::string_view name, std::string message);
  bool failed() const { return problem_.has_value(); }

 private:
  std::optional<simdjson::dom::element> find(std::string_view name);
  std::string field(std::string_view name) const;
  bool check_text(const std::string& field, std::string_view text, TextLimits limits);

  simdjson::dom::object object_;
  std::string path_;  // Empty, or with a point at its end.
  std::optional<Problem>& problem_;
  std::vector<std::string> known_;
};

/// A request's JSON body: its memory.
class JsonBody {
 public:
  /// Errors: 400 `invalid` unless it is a JSON object; no body at all is `{}`.
  static Outcome<JsonBody> parse(std::string_view body);
  simdjson::dom::object object() const { return object_; }

 private:
  std::shared_ptr<simdjson::dom::parser> parser_ = std::make_shared<simdjson::dom::parser>();
  simdjson::dom::object object_;
};

/// Reads a T out of a request's body: `fill(JsonMembers&, T&)`.
template <typename T, typename Fill>
Outcome<T> read_body(std::string_view body, Fill fill) {
  Outcome<JsonBody> json = JsonBody::parse(body);
  if (!json) return std::unexpected(std::move(json.error()));
  std::optional<Problem> problem;
  JsonMembers members(json->object(), {}, problem);
  T value;
  fill(members, value);
  if (!problem) members.end();
  if (problem) return std::unexpected(std::move(*problem));
  return value;
}

}  // namespace godwit::imagegen
