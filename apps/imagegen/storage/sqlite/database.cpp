#include "imagegen/storage/sqlite/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/assert.h"

namespace godwit::imagegen {
namespace {

ErrorCode kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return ErrorCode::conflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    default:
      return ErrorCode::unavailable;
  }
}

std::string remedy(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "; make room on the disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "; check the permissions of the data directory";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; restore the data directory from a backup";
    default:
      return {};
  }
}

/// The file with its mode, before SQLite makes it with another: prompts are nobody else's.
Result<void> make_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(ErrorCode::unavailable,
                "cannot open " + path + ": " + std::string(std::strerror(errno)));
  }
  ::close(file);
  return {};
}

}  // namespace

// Query

Query::Query(Database& database, std::string sql) : database_(&database), sql_(std::move(sql)) {
  Result<sqlite3_stmt*> statement = database.take(sql_);
  if (statement) {
    statement_ = *statement;
  } else {
    error_ = statement.error();
  }
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      sql_(std::move(other.sql_)),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_),
      error_(std::move(other.error_)) {}

Query::~Query() {
  if (statement_ != nullptr) database_->give_back(std::move(sql_), statement_);
}

void Query::check(int code) {
  if (code != SQLITE_OK && !error_) error_ = database_->error(code);
}

void Query::bind_next(std::string_view text) {
  if (error_) return;
  // A null pointer would be NULL, and no text of ours is.
  check(sqlite3_bind_text64(statement_, ++bound_, text.data() == nullptr ? "" : text.data(),
                            text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Query::bind_next(Blob blob) {
  if (error_) return;
  check(sqlite3_bind_blob64(statement_, ++bound_,
                            blob.bytes.data() == nullptr ? "" : blob.bytes.data(),
                            blob.bytes.size(), SQLITE_TRANSIENT));
}

void Query::bind_next(std::nullptr_t) {
  if (!error_) check(sqlite3_bind_null(statement_, ++bound_));
}

void Query::bind_integer(std::int64_t value) {
  if (!error_) check(sqlite3_bind_int64(statement_, ++bound_, value));
}

bool Query::next() {
  if (error_) return false;
  GODWIT_ASSERT(bound_ == sqlite3_bind_parameter_count(statement_));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) check(code);
  return false;
}

Result<void> Query::run() {
  while (next()) {
  }
  return result();
}

Result<void> Query::result() const {
  if (error_) return std::unexpected(*error_);
  return {};
}

void Query::mark_corrupt(std::string_view what) {
  if (error_) return;
  error_ =
      Error{ErrorCode::corrupt, "the database has " + std::string(what) +
                                    " that nobody wrote; restore the data directory from a backup"};
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::text(int column) const {
  const unsigned char* begin = sqlite3_column_text(statement_, column);
  if (begin == nullptr) return {};
  return {reinterpret_cast<const char*>(begin),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Query::blob(int column) const {
  const void* begin = sqlite3_column_blob(statement_, column);
  if (begin == nullptr) return {};
  return {static_cast<const char*>(begin),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<Timestamp> Query::optional_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

// Database

void Database::Closer::operator()(sqlite3* handle) const {
  // Statements end before it: idle_ is destroyed first, and a Query does not outlive its database.
  GODWIT_ASSERT(sqlite3_close(handle) == SQLITE_OK);
}

void Database::Finalizer::operator()(sqlite3_stmt* statement) const {
  // Reports the statement's last error again, which was told when it happened.
  sqlite3_finalize(statement);
}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  if (Result<void> made = make_file(path); !made) return std::unexpected(made.error());
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  GODWIT_ASSERT(handle != nullptr);  // Out of memory.
  std::unique_ptr<Database> database(new Database(handle));
  if (opened != SQLITE_OK) return std::unexpected(database->error(opened));

  sqlite3_extended_result_codes(handle, 1);
  // Names in double quotes are names, never texts by mistake; and a damaged or hostile file cannot
  // make its schema do things.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_busy_timeout(handle, 200);

  // The lock comes with the first access in WAL mode, and is held to the end.
  Result<void> prepared = database->run_script(R"(
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cell_size_check = ON;
    PRAGMA cache_size = -16384;
    PRAGMA journal_size_limit = 67108864;
    BEGIN EXCLUSIVE;
    COMMIT;
  )");
  if (!prepared) {
    if ((sqlite3_errcode(handle) & 0xff) == SQLITE_BUSY) {
      return fail(ErrorCode::conflict, path + " is in use by another process");
    }
    return std::unexpected(prepared.error());
  }
  Query mode = database->query("PRAGMA journal_mode");
  if (mode.next() && mode.text(0) != "wal") {
    return fail(ErrorCode::unavailable, "cannot use " + path +
                                            " with a write-ahead log: its file system does not "
                                            "allow it; choose another data directory");
  }
  if (Result<void> asked = mode.result(); !asked) return std::unexpected(asked.error());
  return database;
}

Result<sqlite3_stmt*> Database::take(const std::string& sql) {
  // Some errors (a full disk) undo the whole transaction. What would follow in it must not become
  // durable on its own.
  if (depth_ > 0 && sqlite3_get_autocommit(handle_.get()) != 0) {
    return fail(ErrorCode::unavailable, "the transaction was undone by an earlier error");
  }
  if (const auto found = idle_.find(sql); found != idle_.end()) {
    sqlite3_stmt* statement = found->second.release();
    idle_.erase(found);
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  GODWIT_ASSERT(statement != nullptr);  // The text is no comment.
  return statement;
}

void Database::give_back(std::string sql, sqlite3_stmt* statement) {
  Statement owned(statement);
  // Reports the error of the last step again, which the Query knows.
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (idle_.size() >= statements_kept_max) idle_.clear();
  idle_.try_emplace(std::move(sql), std::move(owned));
}

Result<void> Database::run_script(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return {};
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_.get()); }

Error Database::error(int code) const {
  std::string text = "the database failed: ";
  text += sqlite3_errmsg(handle_.get());
  // SQLite tells the kind of failure; the system tells why.
  if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) {
    if (const int system = sqlite3_system_errno(handle_.get()); system != 0) {
      text += " (";
      text += std::strerror(system);
      text += ")";
    }
  }
  return {kind_of(code), text + remedy(code)};
}

Database::Transaction::Transaction(Database& database)
    : database_(database), depth_(database.depth_) {
  begun_ = depth_ == 0 ? database.run_script("BEGIN IMMEDIATE")
                       : database.run_script("SAVEPOINT part" + std::to_string(depth_));
  if (begun_) {
    ++database.depth_;
    open_ = true;
  }
}

Database::Transaction::~Transaction() {
  if (open_) database_.roll_back(depth_);
}

Result<void> Database::Transaction::commit() {
  GODWIT_ASSERT(open_ && database_.depth_ == depth_ + 1);
  Result<void> done = depth_ == 0 ? database_.run_script("COMMIT")
                                  : database_.run_script("RELEASE part" + std::to_string(depth_));
  // What could not be committed is undone by the destructor.
  if (!done) return done;
  open_ = false;
  --database_.depth_;
  return {};
}

void Database::roll_back(int depth) {
  GODWIT_ASSERT(depth_ == depth + 1);
  --depth_;
  // Some errors (a full disk) have undone the whole transaction already; the parts around this one
  // then fail to go on, which is right.
  if (sqlite3_get_autocommit(handle_.get()) != 0) return;
  const std::string part = "part" + std::to_string(depth);
  const Result<void> undone =
      depth == 0 ? run_script("ROLLBACK") : run_script("ROLLBACK TO " + part + "; RELEASE " + part);
  // A rollback needs no disk: it cannot fail, and going on inside of a transaction that nobody
  // knows of would lose everything after it.
  GODWIT_ASSERT(undone || sqlite3_get_autocommit(handle_.get()) != 0);
}

}  // namespace godwit::imagegen
