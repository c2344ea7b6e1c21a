#pragma once
#include <compare>
#include <map>
#include <set>

#include "testing/simulation/message_model.h"

namespace godwit::simulation {

/// The promise about callbacks: each ending of an attempt makes exactly one when the message asks
/// for it, and each dead letter exactly one failure callback; a cancelled message makes none. They
/// tell the truth, and survive crashes with the ending that they tell about.
class CallbackModel {
 public:
  CallbackModel(Journal& journal, const MessageModel& messages)
      : journal_(journal), messages_(messages) {}

  /// The first attempt of a message that may be a callback.
  void first_started(const Message& message);
  /// Any attempt of any message: one whose callback was seen must not be repeated.
  void started(MessageId id, int retried);
  /// Its retry makes one more message that looks like the callback.
  void dead_letter_retry_asked(const Message& message);
  /// Whether all callbacks that the endings of `id` made until now have ended.
  bool all_ended(MessageId id, const Known& known) const;
  void check_end();

 private:
  struct Told {
    MessageId source;
    int retried = 0;
    bool failure = false;
    friend auto operator<=>(const Told&, const Told&) = default;
  };
  struct Made {
    std::set<MessageId> ids;
    std::size_t allowed = 1;
  };
  static std::optional<Told> parse(const Message& message);
  bool has_ended(const Told& told) const;

  Journal& journal_;
  const MessageModel& messages_;
  std::map<Told, Made> made_;
};

}  // namespace godwit::simulation
