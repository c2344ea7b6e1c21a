#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "process/event_log.h"

namespace godwit {

/// A program and what it is started with.
struct CompanionCommand {
  std::string name;  ///< In the log: `imagegen`.
  std::string file;  ///< A path; the search path is not looked at.
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  ///< All of it.
};

struct CompanionSettings {
  Milliseconds restart_delay_min{500};  ///< Doubles with each end up to:
  Milliseconds restart_delay_max{30'000};
  Milliseconds steady_after{60'000};  ///< A run this long makes the next delay the least again.
  std::size_t line_size_max = std::size_t{16} * 1024;  ///< Longer lines come in pieces.
};

/// Another program that runs as long as this one does: started again when it ends, and never
/// outliving us: the kernel kills it when the thread that called start() ends. It has a process
/// group of its own, so that Ctrl-C in a terminal reaches it through us; its standard input is
/// empty, its standard error is ours, and no other open file of ours gets to it.
///
/// Threads: all on the io_context. Lifetime: the io_context and the log outlive it. The destructor
/// kills the program.
class Companion {
 public:
  /// `line` gets each line that the program writes to its standard output, without its end.
  Companion(boost::asio::io_context& io, CompanionCommand command, CompanionSettings settings,
            EventLog& log, std::function<void(std::string_view line)> line);
  ~Companion();

  /// Whether `file` is a program that could be started. Errors: not_found, with the reason.
  static Result<void> check(const std::string& file);

  /// Starts the program, and again whenever it ends. A start that fails counts as an end.
  void start();

  /// SIGTERM now, SIGKILL after `patience`; `done` runs on the io_context once it has ended.
  void stop(Milliseconds patience, std::function<void()> done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit
