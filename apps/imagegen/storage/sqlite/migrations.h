#pragma once
#include <span>
#include <string_view>

#include "imagegen/storage/sqlite/database.h"

namespace godwit::imagegen {

/// The steps that made the schema what it is: the first makes an empty database one of version 1,
/// each other takes it a version further. A step that was released is never changed.
std::span<const std::string_view> migrations();

/// Brings the schema up to date, each step in one transaction, so that a crash leaves the database
/// in one version or the next. Errors: conflict: a newer program wrote it, or it is of another
/// program; besides those of Database.
Result<void> migrate(Database& database);

}  // namespace godwit::imagegen
