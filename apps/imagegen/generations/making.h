#pragma once
#include <vector>

#include "imagegen/generations/generations.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// What would be made of `request`, with what deserves a warning. Errors: what create() would
/// refuse, but for unknown parameters, which it lists.
Outcome<Preview> preview_of(World& world, const GenerationRequest& request);

struct Made {
  Generation generation;
  std::vector<Task> tasks;
};
/// Copies of prompts and parameters, and a task for each image. Nothing is stored.
Outcome<Made> make_generation(World& world, const GenerationRequest& request);
/// The same again, of the copies that `original` keeps.
Made copy_generation(World& world, const Generation& original, std::string_view name);

}  // namespace godwit::imagegen
