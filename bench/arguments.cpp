#include "arguments.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace godwit::bench {
namespace {

template <typename Number>
Number parse(std::string_view name, const std::string& value) {
  Number number{};
  const char* end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || rest != end) {
    die("--" + std::string(name) + ": not a number: " + value);
  }
  return number;
}

}  // namespace

void die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

void die_errno(const std::string& message) { die(message + ": " + std::strerror(errno)); }

Arguments::Arguments(int argc, char** argv) {
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (!name.starts_with("--") || i + 1 >= argc) {
      die("expected --name value, not: " + std::string(name));
    }
    pairs_.push_back({.name = std::string(name.substr(2)), .value = argv[i + 1]});
  }
}

std::vector<std::string> Arguments::texts(std::string_view name) {
  std::vector<std::string> values;
  for (Pair& pair : pairs_) {
    if (pair.name != name) continue;
    pair.used = true;
    values.push_back(pair.value);
  }
  return values;
}

std::string Arguments::text(std::string_view name, const std::string& fallback) {
  const std::vector<std::string> values = texts(name);
  return values.empty() ? fallback : values.back();
}

std::uint64_t Arguments::number(std::string_view name, std::uint64_t fallback) {
  const std::string value = text(name, "");
  return value.empty() ? fallback : parse<std::uint64_t>(name, value);
}

double Arguments::real(std::string_view name, double fallback) {
  const std::string value = text(name, "");
  return value.empty() ? fallback : parse<double>(name, value);
}

void Arguments::finish() const {
  for (const Pair& pair : pairs_) {
    if (!pair.used) die("unknown argument: --" + pair.name);
  }
}

}  // namespace godwit::bench
