#include "process/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

namespace godwit {
namespace {

TEST_CASE("a write that cannot be made is an error of its call, and the process goes on") {
  ignore_write_signals();
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  ::close(pipe_ends[0]);
  CHECK(::write(pipe_ends[1], "x", 1) == -1);
  CHECK(errno == EPIPE);
  ::close(pipe_ends[1]);

  std::string name = "/tmp/godwit-process-XXXXXX";
  const int file = ::mkstemp(name.data());
  REQUIRE(file >= 0);
  ::unlink(name.c_str());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit one_byte{1, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &one_byte) == 0);
  const ssize_t first = ::write(file, "x", 1);
  const ssize_t second = ::write(file, "x", 1);
  const int error = errno;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::close(file);
  CHECK(first == 1);
  CHECK(second == -1);
  CHECK(error == EFBIG);
}

}  // namespace
}  // namespace godwit
