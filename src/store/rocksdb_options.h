#pragma once
#include <rocksdb/db.h>

#include <vector>

#include "store/rocksdb_store.h"
#include "store/store.h"

namespace godwit {

/// How RocksDB is set up for the work of a broker; the reasons stand beside each choice in the
/// .cpp.
rocksdb::DBOptions rocksdb_database_options(const RocksDbSettings& settings, rocksdb::Env& env);

/// RocksDB's own `default` family, which stays empty, and after it one family for each space in the
/// order of their numbers. They share one block cache.
std::vector<rocksdb::ColumnFamilyDescriptor> rocksdb_families(const RocksDbSettings& settings);

/// Whether an insert into the memtable begins where the last one of the same partition ended, not
/// at the top of the skip list: keys begin with the partition and mostly ascend within it, and this
/// saves a quarter of a commit. RocksDB mixes up these hints with those of range deletions, which
/// such spaces must therefore never see.
bool inserts_with_hints(Space space);

}  // namespace godwit
