#include "imagegen/domain/task.h"

#include "imagegen/domain/names.h"

namespace godwit::imagegen {
namespace {

// `completed` stands last: it is read, never written.
constexpr std::array statuses{
    Named{TaskStatus::pending, "pending"},   Named{TaskStatus::processing, "processing"},
    Named{TaskStatus::done, "done"},         Named{TaskStatus::failed, "failed"},
    Named{TaskStatus::canceled, "canceled"}, Named{TaskStatus::done, "completed"}};

constexpr std::array phases{Named{TaskPhase::none, ""},
                            Named{TaskPhase::draft, "draft"},
                            Named{TaskPhase::queued, "queued"},
                            Named{TaskPhase::waiting_limit, "waiting_limit"},
                            Named{TaskPhase::retry_wait, "retry_wait"},
                            Named{TaskPhase::generating, "generating"},
                            Named{TaskPhase::saving, "saving"},
                            Named{TaskPhase::permanent, "permanent"},
                            Named{TaskPhase::exhausted, "exhausted"}};

}  // namespace

std::string_view to_string(TaskStatus status) { return name_of(statuses, status); }
std::string_view to_string(TaskPhase phase) { return name_of(phases, phase); }

std::optional<TaskStatus> parse_task_status(std::string_view text) {
  return value_of(statuses, text);
}
std::optional<TaskPhase> parse_task_phase(std::string_view text) { return value_of(phases, text); }

bool is_final(TaskStatus status) {
  return status == TaskStatus::done || status == TaskStatus::failed ||
         status == TaskStatus::canceled;
}

}  // namespace godwit::imagegen
