// Parameters, prompts and templates: what people keep and give names to.
#include "imagegen/storage/sqlite/row_json.h"
#include "imagegen/storage/sqlite/storage_impl.h"

namespace godwit::imagegen {
namespace {

/// Says which name is taken, where SQLite speaks of a constraint.
template <typename T>
Result<T> or_name_taken(Result<T> result, std::string_view what, std::string_view name) {
  if (result || result.error().code != ErrorCode::conflict) return result;
  if (result.error().message.find(".name") == std::string::npos) return result;
  return fail(ErrorCode::conflict, "another " + std::string(what) + " has the name " +
                                       std::string(name) + ": choose a different one");
}

Parameter read_parameter(Query& query) {
  Parameter parameter;
  parameter.id = query.text(0);
  parameter.name = query.text(1);
  std::optional<std::vector<std::string>> values = read_texts(query.text(2));
  if (!values) query.mark_corrupt("values of a parameter");
  parameter.values = std::move(values).value_or(std::vector<std::string>());
  parameter.created = query.time(3);
  parameter.updated = query.time(4);
  return parameter;
}

Prompt read_prompt(const Query& query) {
  return {.id = std::string(query.text(0)),
          .name = std::string(query.text(1)),
          .content = std::string(query.text(2)),
          .version = query.small(3),
          .created = query.time(4),
          .updated = query.time(5)};
}

constexpr std::string_view prompt_columns = "id, name, content, version, created_ms, updated_ms";

}  // namespace

Result<std::vector<Parameter>> Storage::parameters() {
  return all_rows(
      impl_->database().query(
          "SELECT id, name, values_json, created_ms, updated_ms FROM parameters ORDER BY name"),
      read_parameter);
}

Result<std::optional<Parameter>> Storage::parameter(std::string_view id) {
  return first_row(
      impl_->database().query(
          "SELECT id, name, values_json, created_ms, updated_ms FROM parameters WHERE id = ?", id),
      read_parameter);
}

Result<void> Storage::insert(const Parameter& parameter) {
  return or_name_taken(
      impl_->database()
          .query("INSERT INTO parameters (id, name, values_json, created_ms, updated_ms) "
                 "VALUES (?, ?, ?, ?, ?)",
                 parameter.id, parameter.name, to_json(parameter.values), parameter.created,
                 parameter.updated)
          .run(),
      "parameter", parameter.name);
}

Result<void> Storage::update(const Parameter& parameter) {
  return changed_one(
      or_name_taken(impl_->database().run("UPDATE parameters SET name = ?, values_json = ?, "
                                          "updated_ms = ? WHERE id = ?",
                                          parameter.name, to_json(parameter.values),
                                          parameter.updated, parameter.id),
                    "parameter", parameter.name),
      "parameter", parameter.id);
}

Result<void> Storage::remove_parameter(std::string_view id) {
  return changed_one(impl_->database().run("DELETE FROM parameters WHERE id = ?", id), "parameter",
                     id);
}

Result<std::vector<Prompt>> Storage::prompts() {
  return all_rows(impl_->database().query("SELECT " + std::string(prompt_columns) +
                                          " FROM prompts ORDER BY name"),
                  read_prompt);
}

Result<std::optional<Prompt>> Storage::prompt(std::string_view id) {
  return first_row(impl_->database().query(
                       "SELECT " + std::string(prompt_columns) + " FROM prompts WHERE id = ?", id),
                   read_prompt);
}

Result<void> Storage::insert(const Prompt& prompt) {
  return or_name_taken(
      impl_->database()
          .query("INSERT INTO prompts (id, name, content, version, created_ms, updated_ms) "
                 "VALUES (?, ?, ?, ?, ?, ?)",
                 prompt.id, prompt.name, prompt.content, prompt.version, prompt.created,
                 prompt.updated)
          .run(),
      "prompt", prompt.name);
}

Result<Prompt> Storage::update(const Prompt& prompt) {
  Prompt saved = prompt;
  Database& database = impl_->database();
  const Result<void> done = transaction([&]() -> Result<void> {
    const Result<std::optional<Prompt>> before = this->prompt(prompt.id);
    if (!before) return std::unexpected(before.error());
    if (!*before) return changed_one(0, "prompt", prompt.id);
    saved.created = (*before)->created;
    saved.version = (*before)->version;
    if ((*before)->content != prompt.content) {
      ++saved.version;
      if (Result<void> kept =
              database
                  .query("INSERT INTO prompt_versions (prompt_id, version, "
                         "content, created_ms) VALUES (?, ?, ?, ?)",
                         prompt.id, (*before)->version, (*before)->content, (*before)->updated)
                  .run();
          !kept) {
        return kept;
      }
      if (Result<void> dropped =
              database
                  .query("DELETE FROM prompt_versions WHERE prompt_id = ? AND version < ?",
                         prompt.id, saved.version - prompt_versions_max)
                  .run();
          !dropped) {
        return dropped;
      }
    }
    return database
        .query(
            "UPDATE prompts SET name = ?, content = ?, version = ?, updated_ms = ? "
            "WHERE id = ?",
            saved.name, saved.content, saved.version, saved.updated, saved.id)
        .run();
  });
  if (Result<void> named = or_name_taken(done, "prompt", prompt.name); !named) {
    return std::unexpected(named.error());
  }
  return saved;
}

Result<void> Storage::remove_prompt(std::string_view id) {
  return changed_one(impl_->database().run("DELETE FROM prompts WHERE id = ?", id), "prompt", id);
}

Result<std::vector<PromptVersion>> Storage::prompt_versions(std::string_view id) {
  return all_rows(impl_->database().query("SELECT version, content, created_ms FROM "
                                          "prompt_versions WHERE prompt_id = ? "
                                          "ORDER BY version DESC",
                                          id),
                  [](const Query& query) {
                    return PromptVersion{.version = query.small(0),
                                         .content = std::string(query.text(1)),
                                         .created = query.time(2)};
                  });
}

Result<std::vector<Template>> Storage::templates() {
  return all_rows(
      impl_->database().query("SELECT id, name, request_json, created_ms FROM templates "
                              "ORDER BY name"),
      [](const Query& query) {
        return Template{.id = std::string(query.text(0)),
                        .name = std::string(query.text(1)),
                        .request_json = std::string(query.text(2)),
                        .created = query.time(3)};
      });
}

Result<void> Storage::insert(const Template& form) {
  return or_name_taken(
      impl_->database()
          .query("INSERT INTO templates (id, name, request_json, created_ms) VALUES (?, ?, ?, ?)",
                 form.id, form.name, form.request_json, form.created)
          .run(),
      "template", form.name);
}

Result<void> Storage::remove_template(std::string_view id) {
  return changed_one(impl_->database().run("DELETE FROM templates WHERE id = ?", id), "template",
                     id);
}

}  // namespace godwit::imagegen
