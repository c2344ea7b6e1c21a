#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imagegen/domain/generation.h"
#include "imagegen/domain/problem.h"
#include "imagegen/domain/settings.h"
#include "imagegen/domain/task.h"

/// The texts of the *_json columns. A reader gives nullopt for what the writer could not have
/// written; members it does not know are those of a newer program, and ignored; missing ones keep
/// their defaults.
namespace godwit::imagegen {

std::string to_json(const std::vector<std::string>& texts);
std::optional<std::vector<std::string>> read_texts(std::string_view json);

std::string to_json(const Variant& variant);
std::optional<Variant> read_variant(std::string_view json);

std::string to_json(const TaskError& error);  ///< `detail` is cut to TaskError::detail_max.
std::optional<TaskError> read_task_error(std::string_view json);

std::string to_json(const Problem& problem);
std::optional<Problem> read_problem(std::string_view json);

std::string to_json(const std::vector<Parameter>& parameters);
std::optional<std::vector<Parameter>> read_parameters(std::string_view json);

/// Without rate_limit and model, which have columns.
std::string to_json(const GenerationOptions& options);
std::optional<GenerationOptions> read_options(std::string_view json);

std::string to_json(const AppSettings& settings);
std::optional<AppSettings> read_settings(std::string_view json);

}  // namespace godwit::imagegen
