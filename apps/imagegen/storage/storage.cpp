#include "imagegen/storage/storage.h"

#include <utility>

#include "config/durable_file.h"
#include "imagegen/storage/sqlite/database.h"
#include "imagegen/storage/sqlite/migrations.h"
#include "imagegen/storage/sqlite/row_json.h"
#include "imagegen/storage/sqlite/storage_impl.h"

namespace godwit::imagegen {
namespace {

constexpr std::string_view settings_name = "settings";

}  // namespace

Storage::Storage(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Storage::~Storage() = default;

Result<std::unique_ptr<Storage>> Storage::open(const std::string& directory) {
  if (Result<void> made = make_directory(directory); !made) return std::unexpected(made.error());
  Result<std::unique_ptr<Database>> database = Database::open(directory + "/imagegen.sqlite");
  if (!database) {
    if (database.error().code != ErrorCode::conflict) return std::unexpected(database.error());
    return fail(ErrorCode::unavailable,
                "another process uses the data directory " + directory +
                    ": stop that process, or give this one another directory");
  }
  if (Result<void> migrated = migrate(**database); !migrated) {
    return fail(
        migrated.error().code == ErrorCode::corrupt ? ErrorCode::corrupt : ErrorCode::unavailable,
        "cannot use " + directory + "/imagegen.sqlite: " + migrated.error().message);
  }
  return std::unique_ptr<Storage>(new Storage(std::make_unique<Impl>(std::move(*database))));
}

Result<void> Storage::transaction(const std::function<Result<void>()>& work) {
  Database::Transaction transaction(impl_->database());
  if (!transaction.begun()) return transaction.begun();
  if (Result<void> done = work(); !done) return done;
  return transaction.commit();
}

Result<std::optional<std::string>> Storage::value(std::string_view name) {
  return first_row(impl_->database().query("SELECT value FROM named_values WHERE name = ?", name),
                   [](const Query& query) { return std::string(query.blob(0)); });
}

Result<void> Storage::set_value(std::string_view name, std::optional<std::string_view> value) {
  Database& database = impl_->database();
  if (!value) return database.query("DELETE FROM named_values WHERE name = ?", name).run();
  return database
      .query(
          "INSERT INTO named_values (name, value) VALUES (?, ?) "
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
          name, Blob{*value})
      .run();
}

Result<AppSettings> Storage::settings() {
  const Result<std::optional<std::string>> json = value(settings_name);
  if (!json) return std::unexpected(json.error());
  if (!*json) return AppSettings();
  std::optional<AppSettings> settings = read_settings(**json);
  if (!settings) {
    return fail(ErrorCode::corrupt, "the saved settings cannot be read: save them again");
  }
  return std::move(*settings);
}

Result<void> Storage::save_settings(const AppSettings& settings) {
  return set_value(settings_name, to_json(settings));
}

Result<std::int64_t> Storage::Impl::take_revisions(std::int64_t count) {
  const Result<std::int64_t> last =
      number(database().query("UPDATE counters SET value = value + ? WHERE name = 'task_revision' "
                              "RETURNING value",
                              count));
  if (!last) return std::unexpected(last.error());
  return *last - count + 1;
}

}  // namespace godwit::imagegen
