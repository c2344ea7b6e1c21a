#include <doctest/doctest.h>

#include <set>
#include <string>

#include "imagegen/domain/generation.h"
#include "imagegen/domain/settings.h"
#include "imagegen/domain/task.h"

namespace godwit::imagegen {
namespace {

TEST_CASE("every status and phase is read as it is written") {
  std::set<std::string_view> names;
  for (const TaskStatus status : {TaskStatus::pending, TaskStatus::processing, TaskStatus::done,
                                  TaskStatus::failed, TaskStatus::canceled}) {
    CHECK(parse_task_status(to_string(status)) == status);
    CHECK(names.insert(to_string(status)).second);
  }
  CHECK(names == std::set<std::string_view>{"pending", "processing", "done", "failed", "canceled"});

  names.clear();
  for (const TaskPhase phase :
       {TaskPhase::none, TaskPhase::draft, TaskPhase::queued, TaskPhase::waiting_limit,
        TaskPhase::retry_wait, TaskPhase::generating, TaskPhase::saving, TaskPhase::permanent,
        TaskPhase::exhausted}) {
    CHECK(parse_task_phase(to_string(phase)) == phase);
    CHECK(names.insert(to_string(phase)).second);
  }
  CHECK(to_string(TaskPhase::none).empty());
  CHECK(to_string(TaskPhase::waiting_limit) == "waiting_limit");
}

TEST_CASE("completed is another word for done, and unknown words are none") {
  CHECK(parse_task_status("completed") == TaskStatus::done);
  CHECK(to_string(TaskStatus::done) == "done");
  CHECK_FALSE(parse_task_status("Done"));
  CHECK_FALSE(parse_task_status(""));
  CHECK_FALSE(parse_task_phase("waiting"));
}

TEST_CASE("three statuses are final") {
  CHECK(is_final(TaskStatus::done));
  CHECK(is_final(TaskStatus::failed));
  CHECK(is_final(TaskStatus::canceled));
  CHECK_FALSE(is_final(TaskStatus::pending));
  CHECK_FALSE(is_final(TaskStatus::processing));
}

TEST_CASE("states, modes, policies and choices are read as they are written") {
  for (const GenerationState state :
       {GenerationState::ready, GenerationState::scheduled, GenerationState::sending,
        GenerationState::running, GenerationState::paused, GenerationState::finished,
        GenerationState::finished_with_errors}) {
    CHECK(parse_generation_state(to_string(state)) == state);
  }
  CHECK(to_string(GenerationState::finished_with_errors) == "finished_with_errors");
  CHECK_FALSE(parse_generation_state("done"));
  for (const SeedPolicy policy : {SeedPolicy::none, SeedPolicy::fixed, SeedPolicy::increment}) {
    CHECK(parse_seed_policy(to_string(policy)) == policy);
  }
  CHECK_FALSE(parse_seed_policy("random"));
  for (const Mode mode : {Mode::broker, Mode::local}) CHECK(parse_mode(to_string(mode)) == mode);
  for (const ProviderChoice choice : {ProviderChoice::automatic, ProviderChoice::gemini,
                                      ProviderChoice::openai, ProviderChoice::demo}) {
    CHECK(parse_provider_choice(to_string(choice)) == choice);
  }
  CHECK(to_string(ProviderChoice::automatic) == "auto");
}

}  // namespace
}  // namespace godwit::imagegen
