#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "imagegen/generations/world.h"

namespace godwit::imagegen {

/// The key with which other programs of this installation may post results (`Authorization: Bearer
/// <key>`): made at first use, sealed in the vault.
Result<std::string> results_key(World& world);
/// Whether the value of an Authorization header has it. False when there is none yet.
bool is_results_key(World& world, std::string_view authorization);

}  // namespace godwit::imagegen
