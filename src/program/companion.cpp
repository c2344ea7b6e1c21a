#include "program/companion.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>

#include "core/assert.h"

namespace godwit {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;

constexpr int exit_not_executed = 127;  ///< As shells have it.

std::string reason(int number) { return std::generic_category().message(number); }

/// The header that glibc 2.36 declares it in is for C only.
int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

/// What execve() takes: made before the fork, because a child of a process with threads may not
/// allocate.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

std::vector<std::string> with_name(const CompanionCommand& command) {
  std::vector<std::string> words{command.file};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  return words;
}

std::vector<std::string> joined(const CompanionCommand& command) {
  std::vector<std::string> variables;
  variables.reserve(command.environment.size());
  for (const auto& [name, value] : command.environment) {
    variables.emplace_back(name).append("=").append(value);
  }
  return variables;
}

/// In the child, where only what is safe in a signal handler may be called.
[[noreturn]] void become(const char* file, char* const* arguments, char* const* environment,
                         pid_t parent, int input, int output) {
  // The parent may have died before the kernel knew what that means to us.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(exit_not_executed);
  ::setpgid(0, 0);
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0) {
    ::_exit(exit_not_executed);
  }
  // Our sockets and files are not the program's: a port would stay taken when we have ended.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execve(file, arguments, environment);
  ::_exit(exit_not_executed);
}

}  // namespace

class Companion::Impl {
 public:
  Impl(asio::io_context& io, CompanionCommand command, CompanionSettings settings, EventLog& log,
       std::function<void(std::string_view)> line)
      : io_(io),
        command_(std::move(command)),
        settings_(settings),
        log_(log),
        line_(std::move(line)),
        arguments_(with_name(command_)),
        environment_(joined(command_)),
        output_(io),
        death_(io),
        timer_(io),
        restart_delay_(settings.restart_delay_min) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void start() {
    if (stopping_) return;
    began_ = Steady::now();
    if (const Result<void> started = spawn(); !started) {
      log_.write(LogLevel::error, "companion_not_started",
                 {{"program", command_.name}, {"error", started.error().message}});
      return start_again();
    }
    log_.write(LogLevel::info, "companion_started", {{"program", command_.name}, {"pid", pid_}});
    read();
    death_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
      if (!error) ended();
    });
  }

  void stop(Milliseconds patience, std::function<void()> done) {
    stopping_ = true;
    done_ = std::move(done);
    timer_.cancel();
    if (pid_ <= 0) return finish();
    ::kill(pid_, SIGTERM);
    timer_.expires_after(patience);
    timer_.async_wait([this](const error_code& error) {
      if (error || pid_ <= 0) return;
      log_.write(LogLevel::warn, "companion_killed",
                 {{"program", command_.name}, {"why", "it did not end in time"}});
      ::kill(pid_, SIGKILL);
    });
  }

 private:
  Result<void> spawn() {
    if (const Result<void> good = check(command_.file); !good) return good;
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
      return fail(ErrorCode::unavailable, "no pipe: " + reason(errno));
    }
    const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const pid_t parent = ::getpid();
    const pid_t child = input < 0 ? -1 : ::fork();
    if (child == 0) {
      become(command_.file.c_str(), arguments_.get(), environment_.get(), parent, input, pipe[1]);
    }
    const int why = errno;
    ::close(pipe[1]);
    if (input >= 0) ::close(input);
    const int death = child < 0 ? -1 : pidfd_open(child);
    if (death < 0) {
      const int number = child < 0 ? why : errno;
      ::close(pipe[0]);
      if (child > 0) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
      }
      return fail(ErrorCode::unavailable, "no process: " + reason(number));
    }
    pid_ = child;
    output_.assign(pipe[0]);
    output_.non_blocking(true);
    death_.assign(death);
    return {};
  }

  void read() {
    output_.async_read_some(asio::buffer(buffer_),
                            [this](const error_code& error, std::size_t size) {
                              if (error) return;  // What ends is told by ended().
                              take(std::string_view(buffer_.data(), size));
                              read();
                            });
  }

  void take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') partial_ += c;
      if (c == '\n' || partial_.size() == settings_.line_size_max) {
        line_(partial_);
        partial_.clear();
      }
    }
  }

  void ended() {
    int status = 0;
    const pid_t waited = ::waitpid(pid_, &status, 0);
    GODWIT_ASSERT(waited == pid_);
    pid_ = -1;
    // Its last words may still be in the pipe, and a grandchild may hold the other end open.
    error_code error;
    while (!error) {
      const std::size_t size = output_.read_some(asio::buffer(buffer_), error);
      take(std::string_view(buffer_.data(), size));
    }
    if (!partial_.empty()) take("\n");
    output_.close(error);
    death_.close(error);
    if (stopping_) return finish();
    const std::string_view how = WIFSIGNALED(status) ? "signal" : "status";
    log_.write(LogLevel::error, "companion_ended",
               {{"program", command_.name},
                {how, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)},
                {"restart_in_ms", next_delay().count()}});
    start_again();
  }

  /// The least delay after a run that was long enough.
  Milliseconds next_delay() {
    if (Steady::now() - began_ >= settings_.steady_after) {
      restart_delay_ = settings_.restart_delay_min;
    }
    return restart_delay_;
  }

  void start_again() {
    timer_.expires_after(next_delay());
    restart_delay_ = std::min(restart_delay_ * 2, settings_.restart_delay_max);
    timer_.async_wait([this](const error_code& error) {
      if (!error) start();
    });
  }

  void finish() {
    timer_.cancel();
    if (done_) asio::post(io_, std::exchange(done_, nullptr));
  }

  asio::io_context& io_;
  const CompanionCommand command_;
  const CompanionSettings settings_;
  EventLog& log_;
  const std::function<void(std::string_view)> line_;
  Words arguments_;
  Words environment_;

  pid_t pid_ = -1;  ///< Of the running program.
  Steady::time_point began_;
  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor death_;  ///< Readable when the program has ended.
  asio::steady_timer timer_;              ///< For the restart, or for patience.
  Milliseconds restart_delay_;
  std::array<char, 4096> buffer_{};
  std::string partial_;  ///< A line that is not whole yet.
  bool stopping_ = false;
  std::function<void()> done_;
};

Companion::Companion(asio::io_context& io, CompanionCommand command, CompanionSettings settings,
                     EventLog& log, std::function<void(std::string_view)> line)
    : impl_(std::make_unique<Impl>(io, std::move(command), settings, log, std::move(line))) {}

Companion::~Companion() = default;

Result<void> Companion::check(const std::string& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    return fail(ErrorCode::not_found, file + ": " + reason(errno));
  }
  if (!S_ISREG(status.st_mode) || ::access(file.c_str(), X_OK) != 0) {
    return fail(ErrorCode::not_found, file + " is not a program that may be run");
  }
  return {};
}

void Companion::start() { impl_->start(); }

void Companion::stop(Milliseconds patience, std::function<void()> done) {
  impl_->stop(patience, std::move(done));
}

}  // namespace godwit
