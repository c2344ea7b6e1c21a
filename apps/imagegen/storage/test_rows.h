#pragma once
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "imagegen/domain/generation.h"
#include "imagegen/domain/task.h"
#include "imagegen/storage/storage.h"

namespace godwit::imagegen {

/// What tests put into a database. Times count from here.
inline constexpr Timestamp test_start = from_unix_ms(1'790'000'000'000);

/// The value of a Result that must have one.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline Generation test_generation(const std::string& number) {
  Generation generation;
  generation.id = "gen_" + number;
  generation.name = "Generation " + number;
  generation.prompt_id = "prm_1";
  generation.prompts = {"a {{style}} cat"};
  generation.options.model = "demo";
  generation.limit_key = "imagegen:demo";
  generation.created = test_start;
  return generation;
}

inline std::vector<Task> test_tasks(const Generation& generation, int count) {
  std::vector<Task> tasks;
  for (int i = 0; i < count; ++i) {
    Task task;
    task.id = "tsk_" + generation.id.substr(4) + "_" + std::to_string(i);
    task.generation_id = generation.id;
    task.index = i;
    task.variant = {{"style", i % 2 == 0 ? "pencil" : "oil"}};
    task.prompt = "a " + task.variant.front().second + " cat number " + std::to_string(i);
    task.attempts_max = 4;
    task.created = test_start;
    tasks.push_back(std::move(task));
  }
  return tasks;
}

/// Makes the task done, with an image.
inline void finish(Task& task, Timestamp at) {
  task.status = TaskStatus::done;
  task.phase = TaskPhase::none;
  task.due.reset();
  task.lease_until.reset();
  task.finished = at;
  task.duration = Milliseconds(1'500);
  task.cost_microusd = 39'000;
  task.image = ImageInfo{.id = "img_" + task.id.substr(4),
                         .mime = "image/png",
                         .width = 1024,
                         .height = 768,
                         .bytes = 100'000};
}

}  // namespace godwit::imagegen
