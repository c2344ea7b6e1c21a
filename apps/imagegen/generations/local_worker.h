#pragma once
#include <memory>
#include <string>

#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// Works on the tasks of generations in local mode, in this process: the same due times, limits,
/// attempts and waits as with a broker. At most `parallel_max` at a time. Threads: the
/// io_context's.
class LocalWorker {
 public:
  static constexpr int parallel_max = 4;

  explicit LocalWorker(World& world);
  ~LocalWorker();

  /// Takes up what the generation has under way. Calling it again is harmless.
  void work_on(const std::string& generation_id);
  /// Takes no more; attempts under way end.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
