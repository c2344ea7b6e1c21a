#pragma once
#include <optional>
#include <string>

#include "imagegen/domain/effective.h"
#include "imagegen/generations/generations.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// The state as people see it: with both kinds of finished.
GenerationState shown_state(const Generation& generation, const Summary& summary);

/// The page of the broker's messages with this label; empty: it has none that is known.
std::string console_url(const World& world, const Effective& effective, std::string_view label);

/// What is worked out of the generation's tasks.
Result<GenerationView> view_of(World& world, const Effective& effective, Generation generation,
                               const Summary& summary, std::optional<Sending> sending);

}  // namespace godwit::imagegen
