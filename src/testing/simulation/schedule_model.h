#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/cron.h"
#include "testing/simulation/lives.h"
#include "testing/simulation/message_model.h"

namespace godwit::simulation {

/// The promises about schedules: each time that the rule names makes at most one message for each
/// URL, and exactly one if the node lived through it; after a restart at most one late; none
/// while paused, and none of a schedule that was deleted or overwritten.
class ScheduleModel {
 public:
  ScheduleModel(const SimulatedTime& time, Journal& journal, const Lives& lives)
      : time_(time), journal_(journal), lives_(lives) {}

  /// Whether a run that was missed while no node lived is made up for.
  void set_run_missed(bool run_missed) { run_missed_ = run_missed; }

  /// The rule of a new definition and the number of its messages' label.
  struct Put {
    std::string id;
    std::string cron;
    bool with_seconds = false;
    std::string url;          ///< Empty: a group. Else every run must make a message.
    bool may_vanish = false;  ///< Its messages can be cancelled before they are seen.
  };
  std::uint64_t put_asked(const Put& put);
  void put_done(std::uint64_t version);
  std::uint64_t delete_asked(const std::string& id);
  void delete_done(const std::string& id, std::uint64_t deletion);
  std::uint64_t pause_asked(const std::string& id, bool paused);
  /// `done`: with success.
  void pause_done(const std::string& id, std::uint64_t pause, bool paused, bool done);

  std::vector<std::string> ids() const;
  /// The first attempt of a message that a schedule made.
  void first_started(const Message& message, std::uint64_t version);
  void check_end();

 private:
  struct Definition {
    std::string id;
    Cron cron;
    bool is_every = false;
    std::string url;
    bool may_vanish = false;
    Timestamp asked;
    std::optional<Timestamp> acknowledged;
    std::optional<Timestamp> over_asked;  ///< Overwritten or deleted.
    std::optional<Timestamp> over;        ///< ... and that was acknowledged.
    /// The times that made messages for a URL, late ones by the time that they stand for.
    std::set<std::pair<std::string, Timestamp>> runs;
  };
  struct Pause {
    Timestamp asked;
    std::optional<Timestamp> acknowledged;
    std::optional<Timestamp> resume_asked;
    std::optional<Timestamp> resume_acknowledged;
  };
  struct Named {
    std::vector<std::uint64_t> versions;
    std::vector<Pause> pauses;
  };
  void ends(const std::string& id);
  std::optional<Timestamp> last_fire(const Definition& definition, Timestamp until) const;
  void check_every(Definition& definition, const Message& message);
  void check_complete(const Definition& definition);
  bool is_paused(const std::string& id, Timestamp time) const;
  bool may_be_paused(const Named& named, Timestamp time) const;

  const SimulatedTime& time_;
  Journal& journal_;
  const Lives& lives_;
  std::map<std::uint64_t, Definition> definitions_;
  std::map<std::string, Named> named_;
  std::uint64_t versions_ = 0;
  bool run_missed_ = true;
};

}  // namespace godwit::simulation
