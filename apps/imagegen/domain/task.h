#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace godwit::imagegen {

/// What a task is to everybody outside. `done` is never left again, except that its image may go.
enum class TaskStatus { pending, processing, done, failed, canceled };

/// Why it is in that status; on the wire by these names, `none` as an empty text.
enum class TaskPhase {
  none,           ///< done, canceled.
  draft,          ///< pending: not sent.
  queued,         ///< pending: the broker (or the local worker) holds it until `due`.
  waiting_limit,  ///< pending: due, held back by the hourly limit or a pause.
  retry_wait,     ///< pending: the last attempt failed for now; the next is at `due`.
  generating,     ///< processing: a call of the webhook runs now.
  saving,         ///< processing: the image is here and is being stored.
  permanent,      ///< failed: another attempt would fail as well.
  exhausted       ///< failed: the attempts are used up.
};

std::string_view to_string(TaskStatus status);
std::string_view to_string(TaskPhase phase);
/// Also reads `completed` as done. nullopt: none of them.
std::optional<TaskStatus> parse_task_status(std::string_view text);
std::optional<TaskPhase> parse_task_phase(std::string_view text);
bool is_final(TaskStatus status);  ///< done, failed, canceled.

/// Why an attempt failed. Never contains keys.
struct TaskError {
  std::string code;     ///< `rate_limited`, `blocked`, `timeout`...: web/ translates it.
  std::string message;  ///< A whole sentence in English.
  std::string detail;   ///< The provider's own text, at most detail_max bytes.
  int http_status = 0;  ///< Of the provider; 0: none came.
  std::string provider;
  Timestamp at{};
  static constexpr std::size_t detail_max = 2'000;
};

struct ImageInfo {
  std::string id;  ///< `img_...`; names its file and its URL.
  std::string mime;
  int width = 0;
  int height = 0;
  std::int64_t bytes = 0;
};

/// The values of the parameters that this task's prompt was made with, in the template's order.
using Variant = std::vector<std::pair<std::string, std::string>>;

/// One image to make.
struct Task {
  std::string id;  ///< `tsk_...`
  std::string generation_id;
  int index = 0;  ///< In its generation, from 0.
  Variant variant;
  std::string prompt;  ///< Resolved, with the style.
  std::optional<std::int64_t> seed;

  TaskStatus status = TaskStatus::pending;
  TaskPhase phase = TaskPhase::draft;
  std::optional<Timestamp> due;          ///< Of the next attempt.
  std::optional<Timestamp> lease_until;  ///< processing: whoever processes it has it until then.
  int attempt = 0;                       ///< Attempts begun since it was sent last.
  int attempts_max = 0;                  ///< 1 + retries.
  int run = 0;             ///< How often it was sent: `<id>-<run>` is its deduplication id.
  std::string message_id;  ///< Of the broker; empty: not sent, or unknown.
  std::optional<TaskError> error;

  std::optional<ImageInfo> image;
  bool starred = false;
  std::optional<Milliseconds> duration;       ///< Of the provider's call.
  std::optional<std::int64_t> cost_microusd;  ///< Millionths of a dollar.

  Timestamp created{};
  std::optional<Timestamp> started;
  std::optional<Timestamp> finished;
  /// Grows with every change of any task: what changed since a reader's last look is what is
  /// greater than it saw.
  std::int64_t revision = 0;
};

struct Summary {
  int pending = 0;
  int processing = 0;
  int done = 0;
  int failed = 0;
  int canceled = 0;
  int total() const { return pending + processing + done + failed + canceled; }
};

}  // namespace godwit::imagegen
