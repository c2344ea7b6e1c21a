#pragma once
#include <string_view>

#include "imagegen/generations/generations.h"
#include "imagegen/http/wire/json_in.h"

namespace godwit::imagegen {

/// contract.ts's GenerationRequest. Errors: 400 with the member.
Outcome<GenerationRequest> read_generation_request(std::string_view body,
                                                   const GenerationOptions& defaults);

/// The same, of a form that is not filled in yet: it needs no name.
Outcome<GenerationRequest> read_preview_request(std::string_view body,
                                                const GenerationOptions& defaults);

/// The members of one, each of which may be missing.
void read_generation_members(JsonMembers& in, GenerationRequest& request);

}  // namespace godwit::imagegen
