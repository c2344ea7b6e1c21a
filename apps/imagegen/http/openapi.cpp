#include "imagegen/http/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/json_out.h"

namespace godwit::imagegen {
namespace {

void write_reference(JsonWriter& out, std::string_view schema) {
  out.begin_object();
  out.member("$ref", fmt::format("#/components/schemas/{}", schema));
  out.end_object();
}

void write_content(JsonWriter& out, std::string_view what) {
  out.key("content");
  out.begin_object();
  if (what.find('/') != std::string_view::npos) {
    out.foreign_key(what);
    out.begin_object();
    out.end_object();
  } else {
    out.foreign_key("application/json");
    out.begin_object();
    out.key("schema");
    write_reference(out, what);
    out.end_object();
  }
  out.end_object();
}

std::vector<std::string_view> names_in(std::string_view path) {
  std::vector<std::string_view> names;
  while (true) {
    const std::size_t open = path.find('{');
    if (open == std::string_view::npos) return names;
    const std::size_t close = path.find('}', open);
    names.push_back(path.substr(open + 1, close - open - 1));
    path.remove_prefix(close + 1);
  }
}

void write_parameter(JsonWriter& out, std::string_view name, bool in_path, std::string_view type) {
  out.begin_object();
  out.member("name", name);
  out.member("in", in_path ? "path" : "query");
  if (in_path) out.member("required", true);
  out.key("schema");
  out.begin_object();
  out.member("type", type);
  out.end_object();
  out.end_object();
}

void write_parameters(JsonWriter& out, const Route& route) {
  const std::vector<std::string_view> names = names_in(route.path);
  if (names.empty() && route.query.empty()) return;
  out.key("parameters");
  out.begin_array();
  for (const std::string_view name : names) write_parameter(out, name, true, "string");
  std::string_view rest = route.query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, end);
    write_parameter(out, name, false, name == "offset" || name == "limit" ? "integer" : "string");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  out.end_array();
}

void write_security(JsonWriter& out, Access access) {
  out.key("security");
  out.begin_array();
  switch (access) {
    case Access::anybody:
      break;
    case Access::broker:
      out.begin_object();
      out.key("signature");
      out.begin_array();
      out.end_array();
      out.end_object();
      break;
    case Access::visitor:
    case Access::writer:
    case Access::reader:
    case Access::measurement:
      out.begin_object();
      out.key("session");
      out.begin_array();
      out.end_array();
      if (access == Access::writer) {
        out.key("csrf");
        out.begin_array();
        out.end_array();
      }
      out.end_object();
      break;
  }
  out.end_array();
}

/// `get_generations_id` of GET /api/generations/{id}.
std::string operation_id(const Route& route) {
  std::string id;
  for (const char c : fmt::format("{} {}", route.method, route.path)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      id.push_back(c);
    } else if (c >= 'A' && c <= 'Z') {
      id.push_back(static_cast<char>(c + 32));
    } else if (!id.empty() && id.back() != '_') {
      id.push_back('_');
    }
  }
  while (id.ends_with('_')) id.pop_back();
  return id;
}

void write_operation(JsonWriter& out, const Route& route) {
  std::string method(route.method);
  std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 32); });
  out.foreign_key(method);
  out.begin_object();
  out.member("operationId", operation_id(route));
  out.member("summary", route.summary);
  write_security(out, route.access);
  write_parameters(out, route);
  if (!route.request.empty()) {
    out.key("requestBody");
    out.begin_object();
    write_content(out, route.request);
    out.end_object();
  }
  out.key("responses");
  out.begin_object();
  out.foreign_key("200");
  out.begin_object();
  out.member("description", "Done.");
  if (!route.answer.empty()) write_content(out, route.answer);
  out.end_object();
  out.foreign_key("default");
  out.begin_object();
  out.member("description", "What is wrong, and the remedy.");
  write_content(out, "Failure");
  out.end_object();
  out.end_object();
  out.end_object();
}

void write_schemas(JsonWriter& out, const std::vector<Routes>& groups) {
  std::set<std::string_view> names;
  for (const Routes routes : groups) {
    for (const Route& route : routes) {
      for (const std::string_view name : {route.request, route.answer}) {
        if (!name.empty() && name.find('/') == std::string_view::npos) names.insert(name);
      }
    }
  }
  out.key("schemas");
  out.begin_object();
  for (const std::string_view name : names) {
    out.foreign_key(name);
    out.begin_object();
    out.member("type", "object");
    out.member("description",
               name == "Empty"
                   ? std::string("An object without members.")
                   : fmt::format("As web/imagegen/src/api/contract.ts says of {}.", name));
    out.end_object();
  }
  out.key("Failure");
  out.raw(R"({"type":"object","required":["error"],"properties":{"error":{"type":"object",)"
          R"("required":["code","message"],"properties":{"code":{"type":"string"},)"
          R"("message":{"type":"string"},"field":{"type":"string"},"params":{"type":"object"},)"
          R"("detail":{"type":"string"}}}}})");
  out.end_object();
}

}  // namespace

std::string openapi_json(const std::vector<Routes>& groups, std::string_view version) {
  // Paths with several methods come from one or several groups: gathered, in order of the path.
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const Routes routes : groups) {
    for (const Route& route : routes) paths[route.path].push_back(&route);
  }
  std::string text;
  JsonWriter out(text);
  out.begin_object();
  out.member("openapi", "3.1.0");
  out.key("info");
  out.begin_object();
  out.member("title", "ImageGenService");
  out.member("version", version);
  out.member("description",
             "What the pages of ImageGenService and the broker ask of it. Times are ISO 8601 in "
             "UTC with milliseconds, money is in US dollars.");
  out.end_object();
  out.key("paths");
  out.begin_object();
  for (const auto& [path, routes] : paths) {
    out.foreign_key(path);
    out.begin_object();
    for (const Route* route : routes) write_operation(out, *route);
    out.end_object();
  }
  out.end_object();
  out.key("components");
  out.begin_object();
  write_schemas(out, groups);
  out.key("securitySchemes");
  out.raw(R"({"session":{"type":"apiKey","in":"cookie","name":"imagegen_<port>"},)"
          R"("csrf":{"type":"apiKey","in":"header","name":"X-CSRF-Token"},)"
          R"("signature":{"type":"apiKey","in":"header","name":"Upstash-Signature"}})");
  out.end_object();
  out.end_object();
  return text;
}

}  // namespace godwit::imagegen
