#include "imagegen/domain/generation.h"

#include "imagegen/domain/names.h"

namespace godwit::imagegen {
namespace {

constexpr std::array states{Named{GenerationState::ready, "ready"},
                            Named{GenerationState::scheduled, "scheduled"},
                            Named{GenerationState::sending, "sending"},
                            Named{GenerationState::running, "running"},
                            Named{GenerationState::paused, "paused"},
                            Named{GenerationState::finished, "finished"},
                            Named{GenerationState::finished_with_errors, "finished_with_errors"}};

constexpr std::array seed_policies{Named{SeedPolicy::none, "none"},
                                   Named{SeedPolicy::fixed, "fixed"},
                                   Named{SeedPolicy::increment, "increment"}};

constexpr std::array modes{Named{Mode::broker, "broker"}, Named{Mode::local, "local"}};

}  // namespace

std::string_view to_string(GenerationState state) { return name_of(states, state); }
std::optional<GenerationState> parse_generation_state(std::string_view text) {
  return value_of(states, text);
}

std::string_view to_string(SeedPolicy policy) { return name_of(seed_policies, policy); }
std::optional<SeedPolicy> parse_seed_policy(std::string_view text) {
  return value_of(seed_policies, text);
}

std::string_view to_string(Mode mode) { return name_of(modes, mode); }
std::optional<Mode> parse_mode(std::string_view text) { return value_of(modes, text); }

}  // namespace godwit::imagegen
