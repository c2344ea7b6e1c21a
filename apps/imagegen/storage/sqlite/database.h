#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace godwit::imagegen {

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement while it runs. The first thing that goes wrong is kept: next() is false
/// from then on, and result() tells. So a loop needs one check, at its end.
///
/// Lifetime: the database outlives it; one Query of one text at a time (nested ones get a statement
/// of their own). What text() and blob() return holds until next().
class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  /// Gives the parameters their values, in order. Texts are copied.
  template <typename... Values>
  Query& bind(const Values&... values) {
    (bind_next(values), ...);
    return *this;
  }

  /// Goes to the next row. false: there is none, or something went wrong.
  bool next();
  /// Runs to the end, for statements without rows (or whose rows nobody wants).
  Result<void> run();
  /// What went wrong; success as long as nothing did.
  Result<void> result() const;
  /// For a row that cannot be what was written.
  void mark_corrupt(std::string_view what);

  /// Columns of the row, from 0. NULL is 0, or empty.
  std::int64_t integer(int column) const;
  int small(int column) const { return static_cast<int>(integer(column)); }
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  bool is_null(int column) const;
  Timestamp time(int column) const { return from_unix_ms(integer(column)); }
  std::optional<Timestamp> optional_time(int column) const;

 private:
  friend class Database;
  Query(class Database& database, std::string sql);
  void bind_next(std::string_view text);
  void bind_next(const std::string& text) { bind_next(std::string_view(text)); }
  void bind_next(const char* text) { bind_next(std::string_view(text)); }
  void bind_next(Blob blob);
  void bind_next(std::nullptr_t);
  void bind_next(Timestamp time) { bind_integer(to_unix_ms(time)); }
  void bind_next(Milliseconds duration) { bind_integer(duration.count()); }
  void bind_next(std::integral auto value) { bind_integer(static_cast<std::int64_t>(value)); }
  template <typename T>
  void bind_next(const std::optional<T>& value) {
    value ? bind_next(*value) : bind_next(nullptr);
  }
  void bind_integer(std::int64_t value);
  void check(int code);

  Database* database_;
  std::string sql_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  std::optional<Error> error_;
};

/// A database in one file that belongs to this process alone. A thin layer: SQL stays SQL, and
/// every return code is looked at.
/// Threads: one.
class Database {
 public:
  /// Opens or makes the file (0600), in WAL mode, synchronous=FULL, with foreign keys enforced, and
  /// locks it until the end.
  /// Errors: unavailable; conflict: another process has it; corrupt: it is no database.
  static Result<std::unique_ptr<Database>> open(const std::string& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// A statement, ready to be given its parameters. Statements are kept for the next time.
  template <typename... Values>
  Query query(std::string sql, const Values&... values) {
    Query query(*this, std::move(sql));
    query.bind(values...);
    return query;
  }

  /// Runs one statement. Returns how many rows it changed.
  template <typename... Values>
  Result<std::int64_t> run(std::string sql, const Values&... values) {
    if (Result<void> done = query(std::move(sql), values...).run(); !done) {
      return std::unexpected(done.error());
    }
    return changes();
  }

  /// Runs several statements, without parameters.
  Result<void> run_script(const std::string& sql);

  /// Rows that the latest statement changed.
  std::int64_t changes() const;

  /// A part of a transaction, or a whole one: undone by its end unless it was committed.
  class Transaction {
   public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    /// Of beginning it: check before doing anything in it.
    const Result<void>& begun() const { return begun_; }
    Result<void> commit();

   private:
    Database& database_;
    int depth_;
    Result<void> begun_;
    bool open_ = false;
  };

 private:
  friend class Query;
  struct Closer {
    void operator()(sqlite3* handle) const;
  };
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;
  static constexpr std::size_t statements_kept_max = 200;

  explicit Database(sqlite3* handle) : handle_(handle) {}
  Result<sqlite3_stmt*> take(const std::string& sql);
  void give_back(std::string sql, sqlite3_stmt* statement);
  Error error(int code) const;
  void roll_back(int depth);

  std::unique_ptr<sqlite3, Closer> handle_;
  std::unordered_map<std::string, Statement> idle_;  // By their text.
  int depth_ = 0;                                    // Of transactions.
};

}  // namespace godwit::imagegen
