#pragma once
#include <string_view>
#include <vector>

#include "process/event_log.h"

namespace godwit::imagegen {

/// The fields of what World::log is told, `task=tsk_1 error=disk is full`: a value goes on to the
/// next word that is a key of lower-case letters and underscores and an equals sign. Words before
/// the first key belong to `about`. Keys point into `text`.
std::vector<LogField> log_fields(std::string_view text);

}  // namespace godwit::imagegen
