#include "imagegen/storage/sqlite/row_json.h"

#include <simdjson.h>

#include <array>
#include <limits>

#include "core/json_out.h"
#include "imagegen/domain/names.h"
#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::array kinds{Named{ErrorCode::invalid_argument, "invalid_argument"},
                           Named{ErrorCode::not_found, "not_found"},
                           Named{ErrorCode::conflict, "conflict"},
                           Named{ErrorCode::quota_exceeded, "quota_exceeded"},
                           Named{ErrorCode::rate_limited, "rate_limited"},
                           Named{ErrorCode::unavailable, "unavailable"},
                           Named{ErrorCode::corrupt, "corrupt"}};

/// Reads one JSON text. What is read lives as long as it.
class Document {
 public:
  explicit Document(std::string_view json) {
    valid_ = parser_.parse(json.data(), json.size()).get(root_) == simdjson::SUCCESS;
  }
  template <typename T>
  std::optional<T> root() {
    T value;
    if (!valid_ || root_.get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
  }

 private:
  simdjson::dom::parser parser_;
  element root_;
  bool valid_ = false;
};

/// Reads the members of an object into places that keep their defaults when one is missing. One of
/// a wrong type is remembered.
class Members {
 public:
  explicit Members(object from) : from_(from) {}

  Members& read(const char* name, std::string& place) {
    std::string_view text;
    if (get(name, text)) place = text;
    return *this;
  }
  Members& read(const char* name, bool& place) {
    bool value = false;
    if (get(name, value)) place = value;
    return *this;
  }
  template <std::signed_integral T>
  Members& read(const char* name, T& place) {
    std::int64_t value = 0;
    if (!get(name, value)) return *this;
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
      fits_ = false;
    } else {
      place = static_cast<T>(value);
    }
    return *this;
  }
  Members& read(const char* name, Timestamp& place) {
    std::int64_t value = 0;
    if (get(name, value)) place = from_unix_ms(value);
    return *this;
  }
  template <typename Period>
  Members& read(const char* name, std::chrono::duration<std::int64_t, Period>& place) {
    std::int64_t value = 0;
    if (get(name, value)) place = std::chrono::duration<std::int64_t, Period>(value);
    return *this;
  }
  Members& read(const char* name, std::optional<int>& place) {
    element value;
    if (from_[name].get(value) != simdjson::SUCCESS || value.is_null()) return *this;
    int number = 0;
    read(name, number);
    place = number;
    return *this;
  }
  /// By its name.
  template <typename T, typename Parse>
  Members& read(const char* name, T& place, Parse parse) {
    std::string_view text;
    if (!get(name, text)) return *this;
    if (const std::optional<T> value = parse(text)) {
      place = *value;
    } else {
      fits_ = false;
    }
    return *this;
  }

  bool fit() const { return fits_; }
  object& from() { return from_; }

 private:
  template <typename T>
  bool get(const char* name, T& value) {
    const simdjson::error_code code = from_[name].get(value);
    if (code != simdjson::SUCCESS && code != simdjson::NO_SUCH_FIELD) fits_ = false;
    return code == simdjson::SUCCESS;
  }

  object from_;
  bool fits_ = true;
};

void write_pairs(JsonWriter& json, const std::vector<std::pair<std::string, std::string>>& pairs) {
  json.begin_array();
  for (const auto& [name, value] : pairs) {
    json.begin_array();
    json.string(name);
    json.string(value);
    json.end_array();
  }
  json.end_array();
}

std::optional<std::vector<std::pair<std::string, std::string>>> read_pairs(array from) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const element each : from) {
    array both;
    std::string_view name;
    std::string_view value;
    if (each.get(both) != simdjson::SUCCESS || both.size() != 2 ||
        both.at(0).get(name) != simdjson::SUCCESS || both.at(1).get(value) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    pairs.emplace_back(name, value);
  }
  return pairs;
}

void write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

std::optional<std::vector<std::string>> read_texts(array from) {
  std::vector<std::string> texts;
  texts.reserve(from.size());
  for (const element each : from) {
    std::string_view text;
    if (each.get(text) != simdjson::SUCCESS) return std::nullopt;
    texts.emplace_back(text);
  }
  return texts;
}

template <typename Write>
std::string json_of(Write write) {
  std::string text;
  JsonWriter json(text);
  write(json);
  return text;
}

}  // namespace

std::string to_json(const std::vector<std::string>& texts) {
  return json_of([&](JsonWriter& json) { write_texts(json, texts); });
}

std::optional<std::vector<std::string>> read_texts(std::string_view json) {
  Document document(json);
  const std::optional<array> root = document.root<array>();
  if (!root) return std::nullopt;
  return read_texts(*root);
}

std::string to_json(const Variant& variant) {
  return json_of([&](JsonWriter& json) { write_pairs(json, variant); });
}

std::optional<Variant> read_variant(std::string_view json) {
  if (json == "[]") return Variant();
  Document document(json);
  const std::optional<array> root = document.root<array>();
  if (!root) return std::nullopt;
  return read_pairs(*root);
}

std::string to_json(const TaskError& error) {
  return json_of([&](JsonWriter& json) {
    json.begin_object();
    json.member("code", error.code);
    json.member("message", error.message);
    json.member("detail", cut_to_size(error.detail, TaskError::detail_max));
    json.member("http_status", error.http_status);
    json.member("provider", error.provider);
    json.member("at_ms", to_unix_ms(error.at));
    json.end_object();
  });
}

std::optional<TaskError> read_task_error(std::string_view json) {
  Document document(json);
  const std::optional<object> root = document.root<object>();
  if (!root) return std::nullopt;
  TaskError error;
  Members members(*root);
  members.read("code", error.code)
      .read("message", error.message)
      .read("detail", error.detail)
      .read("http_status", error.http_status)
      .read("provider", error.provider)
      .read("at_ms", error.at);
  if (!members.fit()) return std::nullopt;
  return error;
}

std::string to_json(const Problem& problem) {
  return json_of([&](JsonWriter& json) {
    json.begin_object();
    json.member("code", problem.code);
    json.member("message", problem.message);
    json.member("field", problem.field);
    json.key("params");
    write_pairs(json, problem.params);
    json.member("detail", problem.detail);
    json.member("kind", name_of(kinds, problem.kind));
    json.end_object();
  });
}

std::optional<Problem> read_problem(std::string_view json) {
  Document document(json);
  const std::optional<object> root = document.root<object>();
  if (!root) return std::nullopt;
  Problem problem;
  Members members(*root);
  members.read("code", problem.code)
      .read("message", problem.message)
      .read("field", problem.field)
      .read("detail", problem.detail)
      .read("kind", problem.kind, [](std::string_view text) { return value_of(kinds, text); });
  array params;
  if (members.from()["params"].get(params) != simdjson::SUCCESS) return std::nullopt;
  auto pairs = read_pairs(params);
  if (!pairs || !members.fit()) return std::nullopt;
  problem.params = std::move(*pairs);
  return problem;
}

std::string to_json(const std::vector<Parameter>& parameters) {
  return json_of([&](JsonWriter& json) {
    json.begin_array();
    for (const Parameter& parameter : parameters) {
      json.begin_object();
      json.member("id", parameter.id);
      json.member("name", parameter.name);
      json.key("values");
      write_texts(json, parameter.values);
      json.member("created_ms", to_unix_ms(parameter.created));
      json.member("updated_ms", to_unix_ms(parameter.updated));
      json.end_object();
    }
    json.end_array();
  });
}

std::optional<std::vector<Parameter>> read_parameters(std::string_view json) {
  Document document(json);
  const std::optional<array> root = document.root<array>();
  if (!root) return std::nullopt;
  std::vector<Parameter> parameters;
  for (const element each : *root) {
    object from;
    array values;
    if (each.get(from) != simdjson::SUCCESS || from["values"].get(values) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    Parameter parameter;
    Members members(from);
    members.read("id", parameter.id)
        .read("name", parameter.name)
        .read("created_ms", parameter.created)
        .read("updated_ms", parameter.updated);
    std::optional<std::vector<std::string>> texts = read_texts(values);
    if (!texts || !members.fit()) return std::nullopt;
    parameter.values = std::move(*texts);
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

std::string to_json(const GenerationOptions& options) {
  return json_of([&](JsonWriter& json) {
    json.begin_object();
    json.member("aspect_ratio", options.aspect_ratio);
    json.member("size", options.size);
    json.member("quality", options.quality);
    json.member("images_per_variant", options.images_per_variant);
    json.member("seed_policy", to_string(options.seed_policy));
    json.member("seed", options.seed);
    json.member("negative_prompt", options.negative_prompt);
    json.member("style", options.style);
    json.member("retries", options.retries);
    json.end_object();
  });
}

std::optional<GenerationOptions> read_options(std::string_view json) {
  Document document(json);
  const std::optional<object> root = document.root<object>();
  if (!root) return std::nullopt;
  GenerationOptions options;
  Members members(*root);
  members.read("aspect_ratio", options.aspect_ratio)
      .read("size", options.size)
      .read("quality", options.quality)
      .read("images_per_variant", options.images_per_variant)
      .read("seed_policy", options.seed_policy, parse_seed_policy)
      .read("seed", options.seed)
      .read("negative_prompt", options.negative_prompt)
      .read("style", options.style)
      .read("retries", options.retries);
  if (!members.fit()) return std::nullopt;
  return options;
}

std::string to_json(const AppSettings& settings) {
  return json_of([&](JsonWriter& json) {
    json.begin_object();
    json.member("broker_url", settings.broker_url);
    json.member("public_url", settings.public_url);
    json.member("retries", settings.retries);
    json.member("default_rate_limit", settings.default_rate_limit);
    if (settings.account_rate_limit) {
      json.member("account_rate_limit", *settings.account_rate_limit);
    }
    json.member("flow_control", settings.flow_control);
    json.member("local_processing", settings.local_processing);
    json.member("image_provider", to_string(settings.image_provider));
    json.member("gemini_base_url", settings.gemini_base_url);
    json.member("openai_base_url", settings.openai_base_url);
    json.member("image_model", settings.image_model);
    json.member("text_model", settings.text_model);
    json.member("image_timeout_s", settings.image_timeout.count());
    json.member("demo_latency_ms", settings.demo_latency.count());
    json.member("demo_temporary_error_percent", settings.demo_temporary_error_percent);
    json.member("demo_rate_limit_error_percent", settings.demo_rate_limit_error_percent);
    json.member("demo_permanent_error_percent", settings.demo_permanent_error_percent);
    json.member("parameters_prompt", settings.parameters_prompt);
    json.member("prompts_prompt", settings.prompts_prompt);
    json.member("generations_prompt", settings.generations_prompt);
    if (settings.retention_days) json.member("retention_days", *settings.retention_days);
    json.end_object();
  });
}

std::optional<AppSettings> read_settings(std::string_view json) {
  Document document(json);
  const std::optional<object> root = document.root<object>();
  if (!root) return std::nullopt;
  AppSettings settings;
  Members members(*root);
  members.read("broker_url", settings.broker_url)
      .read("public_url", settings.public_url)
      .read("retries", settings.retries)
      .read("default_rate_limit", settings.default_rate_limit)
      .read("account_rate_limit", settings.account_rate_limit)
      .read("flow_control", settings.flow_control)
      .read("local_processing", settings.local_processing)
      .read("image_provider", settings.image_provider, parse_provider_choice)
      .read("gemini_base_url", settings.gemini_base_url)
      .read("openai_base_url", settings.openai_base_url)
      .read("image_model", settings.image_model)
      .read("text_model", settings.text_model)
      .read("image_timeout_s", settings.image_timeout)
      .read("demo_latency_ms", settings.demo_latency)
      .read("demo_temporary_error_percent", settings.demo_temporary_error_percent)
      .read("demo_rate_limit_error_percent", settings.demo_rate_limit_error_percent)
      .read("demo_permanent_error_percent", settings.demo_permanent_error_percent)
      .read("parameters_prompt", settings.parameters_prompt)
      .read("prompts_prompt", settings.prompts_prompt)
      .read("generations_prompt", settings.generations_prompt)
      .read("retention_days", settings.retention_days);
  if (!members.fit()) return std::nullopt;
  return settings;
}

}  // namespace godwit::imagegen
