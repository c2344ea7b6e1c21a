#include "imagegen/http/resources/resources.h"

namespace godwit::imagegen {

std::vector<Routes> all_routes() {
  return {session_routes(),     status_routes(),   settings_routes(),   parameter_routes(),
          prompt_routes(),      model_routes(),    generation_routes(), task_routes(),
          task_result_routes(), image_routes(),    archive_routes(),    template_routes(),
          diagnostics_routes(), operation_routes()};
}

}  // namespace godwit::imagegen
