#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "imagegen/domain/problem.h"

namespace godwit::imagegen {

/// A named list of values for `{{name}}` in prompts.
struct Parameter {
  std::string id;  ///< `par_...`
  std::string name;
  std::vector<std::string> values;
  Timestamp created{};
  Timestamp updated{};
};

struct Prompt {
  std::string id;  ///< `prm_...`
  std::string name;
  std::string content;
  int version = 1;
  Timestamp created{};
  Timestamp updated{};
};
struct PromptVersion {
  int version = 1;
  std::string content;
  Timestamp created{};
};

/// `ready`: nothing is on its way: never started, or stopped. The two kinds of finished are not
/// stored: summary and `finished` tell.
enum class GenerationState {
  ready,
  scheduled,  ///< Waits for `start_at`.
  sending,    ///< Tasks are being handed to the broker.
  running,
  paused,
  finished,
  finished_with_errors
};
std::string_view to_string(GenerationState state);
std::optional<GenerationState> parse_generation_state(std::string_view text);

enum class SeedPolicy { none, fixed, increment };
std::string_view to_string(SeedPolicy policy);
std::optional<SeedPolicy> parse_seed_policy(std::string_view text);

enum class Mode { broker, local };
std::string_view to_string(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);

struct GenerationOptions {
  int rate_limit = 60;  ///< Images an hour, 1..rate_limit_max.
  std::string model;
  std::string aspect_ratio;  ///< Empty: the model's own.
  std::string size;
  std::string quality;
  int images_per_variant = 1;
  SeedPolicy seed_policy = SeedPolicy::none;
  std::int64_t seed = 0;
  std::string negative_prompt;
  std::string style;
  int retries = 3;
  static constexpr int rate_limit_max = 3'600;
};

/// A batch of images. Prompts and parameters are copies of what they were at its creation.
struct Generation {
  std::string id;  ///< `gen_...`
  std::string name;
  GenerationState state = GenerationState::ready;
  Mode mode = Mode::broker;
  std::string prompt_id;  ///< Empty: its prompts were written in the form.
  std::vector<std::string> prompts;
  std::vector<Parameter> parameters;  ///< Those that the prompts use.
  GenerationOptions options;
  std::optional<Problem> problem;  ///< Why it does not go on.
  /// The hourly limit that its calls count in: `imagegen:<provider>:<key fingerprint>`; empty until
  /// it is started. Generations with the same key share one limit.
  std::string limit_key;
  std::optional<Timestamp> start_at;
  Timestamp created{};
  std::optional<Timestamp> started;
  std::optional<Timestamp> finished;

  std::string label() const { return "imagegen:" + id; }
};

/// A named filling of the form that makes generations.
struct Template {
  std::string id;  ///< `tpl_...`
  std::string name;
  std::string request_json;  ///< A part of contract.ts's GenerationRequest.
  Timestamp created{};
};

}  // namespace godwit::imagegen
