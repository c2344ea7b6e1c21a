#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::bench {

/// Prints `message` and leaves with status 1. A measuring tool has no better answer to a surprise.
[[noreturn]] void die(const std::string& message);

/// The same, with the text of errno behind it.
[[noreturn]] void die_errno(const std::string& message);

/// The command line as `--name value` pairs. Every getter consumes its name, so that finish() can
/// refuse what nobody asked for.
class Arguments {
 public:
  Arguments(int argc, char** argv);

  std::string text(std::string_view name, const std::string& fallback);
  /// Every value of a name that may be given several times, in order.
  std::vector<std::string> texts(std::string_view name);
  std::uint64_t number(std::string_view name, std::uint64_t fallback);
  double real(std::string_view name, double fallback);

  /// Dies, naming it, if an argument was not consumed.
  void finish() const;

 private:
  struct Pair {
    std::string name;
    std::string value;
    bool used = false;
  };
  std::vector<Pair> pairs_;
};

}  // namespace godwit::bench
