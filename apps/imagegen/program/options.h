#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/settings.h"
#include "core/result.h"
#include "core/time.h"
#include "imagegen/domain/settings.h"

namespace godwit::imagegen {

/// What the process is started with. Everything else is set in the pages.
struct Options {
  std::string listen = "127.0.0.1:8081";
  std::string data_dir = "imagegen-data";
  std::string models_file;
  std::string password;
  std::vector<std::string> hosts;
  std::vector<std::string> trusted_proxies;
  Milliseconds drain_time{30'000};
  std::string log_level = "info";
  std::string log_format = "logfmt";
  std::string ca;

  std::uint64_t connections_max = 2'000;
  std::uint64_t connections_per_address_max = 500;
  Bytes bodies_in_memory_max{256u << 20};
  std::uint64_t event_clients_max = 100;
  Bytes provider_answer_max{64u << 20};

  Environment environment;  ///< QSTASH_*, VERCEL_URL, the provider keys, IMAGEGEN_PUBLIC_URL.
  std::string qstash_dev_port;
};

/// Where an option's value lives, which is also its type.
using OptionField = std::variant<bool*, std::uint64_t*, Bytes*, Milliseconds*, std::string*,
                                 std::vector<std::string>*>;

/// One row of the table that flags, variables and help are made of.
struct Option {
  std::string_view variable;  ///< `IMAGEGEN_LISTEN`; flags are made of ours: `--listen`.
  OptionField (*field)(Options&);
  std::string_view help;
  bool secret = false;            ///< Shown as stars; flags and `_FILE` name a file that holds it.
  std::string_view choices = {};  ///< With commas between; empty: any.
  std::uint64_t least = 0;        ///< Of counts and sizes.
};

std::span<const Option> options_table();
/// `--listen`; `--password-file` of a secret; empty for variables that are not ours.
std::string flag_of(const Option& option);
std::string format_value(const Option& option, const Options& options);

struct LoadedOptions {
  Options options;
  std::vector<std::string>
      origins;  ///< As options_table(): `--listen`, `IMAGEGEN_LISTEN`, `default`.
};

/// Flags over variables over defaults. An empty variable counts as unset. Every variable has a twin
/// with `_FILE` at its end that names a file with the value. Errors: invalid_argument, every
/// problem on a line of its own: the option, what is wrong, the remedy, and where it was said.
Result<LoadedOptions> load_options(
    const std::vector<std::string>& arguments,
    const std::vector<std::pair<std::string, std::string>>& environment);

/// Every option with its spellings, default and meaning.
std::string describe_options();
/// Every option with its value and where it comes from; secrets as stars.
std::string print_options(const LoadedOptions& loaded);

}  // namespace godwit::imagegen
