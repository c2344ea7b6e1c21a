#pragma once
#include <vector>

#include "imagegen/http/routing/route.h"

namespace godwit::imagegen {

// One group of routes for each resource of contract.ts, in the file of its name. The rows live as
// long as the program.

Routes session_routes();
Routes status_routes();
Routes settings_routes();
Routes parameter_routes();
Routes prompt_routes();
Routes model_routes();
Routes generation_routes();
Routes task_routes();
Routes task_result_routes();  ///< With the broker's webhook.
Routes image_routes();
Routes archive_routes();
Routes template_routes();
Routes diagnostics_routes();
Routes operation_routes();  ///< Events, health, metrics, the description of all this.

/// All of them.
std::vector<Routes> all_routes();

}  // namespace godwit::imagegen
