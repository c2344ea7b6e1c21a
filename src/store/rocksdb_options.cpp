#include "store/rocksdb_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <memory>
#include <string>

namespace godwit {
namespace {

/// `wanted` if this librocksdb was built with it, else no compression: files name their
/// compression, so either setting reads what the other wrote as far as the library can.
rocksdb::CompressionType compression(rocksdb::CompressionType wanted) {
  static const std::vector<rocksdb::CompressionType> supported =
      rocksdb::GetSupportedCompressions();
  const bool found = std::find(supported.begin(), supported.end(), wanted) != supported.end();
  return found ? wanted : rocksdb::kNoCompression;
}

rocksdb::BlockBasedTableOptions table_options(std::shared_ptr<rocksdb::Cache> cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = std::move(cache);
  // Index and filter live in the cache, in partitions, so that memory is bounded by the cache and
  // not by the number of messages on disk.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.block_size = std::size_t{8} << 10;
  return table;
}

void add_bloom_filter(rocksdb::BlockBasedTableOptions& table) {
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.partition_filters = true;
}

rocksdb::ColumnFamilyOptions space_options(Space space, const RocksDbSettings& settings,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  rocksdb::BlockBasedTableOptions table = table_options(cache);
  options.write_buffer_size = settings.memtable_bytes;
  options.max_write_buffer_number =
      3;  // One fills, one is flushed, one waits: no stall in between.
  options.compression = rocksdb::kNoCompression;
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = std::uint64_t{32} << 20;
  // Bursts are absorbed: the commit thread stalls late, and the broker's own bounds push back
  // first.
  options.level0_slowdown_writes_trigger = 40;
  options.level0_stop_writes_trigger = 64;

  if (inserts_with_hints(space)) {
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(2));
  }

  switch (space) {
    case Space::hot:
      // Nearly everything here is erased before its memtable is flushed; what reaches files is
      // mostly tombstones, which are compacted away early.
      add_bloom_filter(table);
      options.table_properties_collector_factories.push_back(
          rocksdb::NewCompactOnDeletionCollectorFactory(16'384, 8'192));
      break;
    case Space::cold:
      add_bloom_filter(table);
      options.bottommost_compression = compression(rocksdb::kLZ4Compression);
      break;
    case Space::due:
    case Space::fifo:
      // A queue: read from its cursor, erased in order. Files that are mostly tombstones are
      // compacted at once, so that a scan which starts without a cursor is short too.
      options.write_buffer_size = settings.memtable_bytes / 2;
      options.table_properties_collector_factories.push_back(
          rocksdb::NewCompactOnDeletionCollectorFactory(8'192, 4'096));
      break;
    case Space::body:
      // Large values stay out of compactions: files of values, rewritten when half of one is
      // garbage.
      add_bloom_filter(table);
      options.enable_blob_files = true;
      options.min_blob_size = std::uint64_t{4} << 10;
      options.blob_file_size = std::uint64_t{128} << 20;
      options.enable_blob_garbage_collection = true;
      options.blob_garbage_collection_age_cutoff = 0.5;
      options.blob_garbage_collection_force_threshold = 0.5;
      break;
    case Space::dlq:
      options.write_buffer_size = settings.memtable_bytes / 2;
      options.bottommost_compression = compression(rocksdb::kZSTD);
      break;
    case Space::log:
      // Written once, listed by range, dropped by range. Universal compaction rewrites a record two
      // or three times in its life, where levels would rewrite it at every flush: the keys begin
      // with the partition, so every flush overlaps everything.
      options.compaction_style = rocksdb::kCompactionStyleUniversal;
      options.level_compaction_dynamic_level_bytes = false;
      options.compaction_options_universal.min_merge_width = 4;
      options.level0_file_num_compaction_trigger = 8;
      options.bottommost_compression = compression(rocksdb::kZSTD);
      options.bottommost_compression_opts.level = 1;
      options.bottommost_compression_opts.enabled = true;
      table.block_size = std::size_t{16} << 10;
      break;
    case Space::dedup:
      // Asked mostly for keys that are not there, so its memtable has a filter too.
      add_bloom_filter(table);
      options.write_buffer_size = settings.memtable_bytes / 2;
      options.memtable_whole_key_filtering = true;
      options.memtable_prefix_bloom_size_ratio = 0.02;
      break;
    case Space::meta:
      options.write_buffer_size = settings.memtable_bytes / 4;
      break;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

bool inserts_with_hints(Space space) {
  return space == Space::hot || space == Space::cold || space == Space::due;
}

rocksdb::DBOptions rocksdb_database_options(const RocksDbSettings& settings, rocksdb::Env& env) {
  rocksdb::DBOptions options;
  options.env = &env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;

  // A torn tail of the log was never acknowledged: recovery ends before it.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // What a reopen replays, and with it what all memtables together hold.
  options.max_total_wal_size = settings.memtable_bytes * 3;
  options.avoid_flush_during_shutdown = true;
  // An error stops the process; recovery at the next start decides, not a retry in the background.
  options.max_bgerror_resume_count = 0;

  // One thread writes, so the machinery for many only costs.
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  options.enable_pipelined_write = false;
  options.unordered_write = false;
  options.two_write_queues = false;

  options.max_background_jobs = 2;
  options.max_file_opening_threads = 1;
  options.max_open_files = 400;  // Well under the usual limit of 1,024 descriptors.
  options.bytes_per_sync = std::uint64_t{1} << 20;  // Table files go out steadily, not in one gulp.
  options.compaction_readahead_size = std::size_t{1} << 20;
  options.max_manifest_file_size = std::uint64_t{16} << 20;

  options.info_log_level = rocksdb::WARN_LEVEL;
  options.max_log_file_size = std::size_t{4} << 20;
  options.keep_log_file_num = 3;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> rocksdb_families(const RocksDbSettings& settings) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(settings.block_cache_bytes, 4);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  rocksdb::ColumnFamilyOptions unused;
  unused.write_buffer_size = std::size_t{64} << 10;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, unused);
  for (std::size_t i = 0; i < space_count; ++i) {
    const auto space = static_cast<Space>(i);
    families.emplace_back(std::string(to_string(space)), space_options(space, settings, cache));
  }
  return families;
}

}  // namespace godwit
