#include "testing/faulty_store.h"

#include <utility>

#include "core/assert.h"

namespace godwit {
namespace {

std::unexpected<Error> failed_disk() {
  return fail(ErrorCode::unavailable, "the disk refused to sync: injected fault");
}

// True once: when this call is the one that the countdown was set for. 0 means not set.
bool counts_down_to_zero(std::uint64_t& countdown) {
  if (countdown == 0) return false;
  --countdown;
  return countdown == 0;
}

}  // namespace

class FaultyStore::Snapshot final : public StoreReader {
 public:
  Snapshot(const FaultyStore& store, std::unique_ptr<StoreReader> base)
      : store_(store), base_(std::move(base)) {}

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    return store_.get_from(*base_, space, key);
  }
  Result<void> scan(Space space, const KeyRange& range, Direction direction,
                    const ScanVisitor& visit) const override {
    return store_.scan_from(*base_, space, range, direction, visit);
  }

 private:
  const FaultyStore& store_;
  const std::unique_ptr<StoreReader> base_;
};

FaultyStore::FaultyStore(Store& base) : base_(base) {}
FaultyStore::~FaultyStore() = default;

void FaultyStore::fail_commit(std::uint64_t n, Durability durability) {
  GODWIT_ASSERT(n >= 1);
  const std::lock_guard lock(mutex_);
  commit_countdown_ = n;
  durability_ = durability;
}

void FaultyStore::fail_get(std::uint64_t n, ErrorCode code) {
  GODWIT_ASSERT(n >= 1);
  const std::lock_guard lock(mutex_);
  get_countdown_ = n;
  get_code_ = code;
}

void FaultyStore::fail_scan(std::uint64_t n, std::uint64_t visited, ErrorCode code) {
  GODWIT_ASSERT(n >= 1);
  const std::lock_guard lock(mutex_);
  scan_countdown_ = n;
  scan_fault_ = {visited, code};
}

void FaultyStore::fail_everything() {
  const std::lock_guard lock(mutex_);
  failed_ = true;
}

std::uint64_t FaultyStore::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

Result<void> FaultyStore::check() const {
  const std::lock_guard lock(mutex_);
  if (failed_) return failed_disk();
  return {};
}

Result<std::optional<std::string>> FaultyStore::get(Space space, std::string_view key) const {
  return get_from(base_, space, key);
}

Result<void> FaultyStore::scan(Space space, const KeyRange& range, Direction direction,
                               const ScanVisitor& visit) const {
  return scan_from(base_, space, range, direction, visit);
}

void FaultyStore::commit(WriteBatch batch, CommitDone done) {
  bool failed = false;
  bool keep = true;
  {
    const std::lock_guard lock(mutex_);
    ++commits_;
    if (failed_) {
      keep = false;
    } else if (counts_down_to_zero(commit_countdown_)) {
      failed_ = true;
      keep = durability_ == Durability::kept;
    }
    failed = failed_;
  }
  if (failed) {
    // The failure is told in the base's time and order, so that it overtakes no earlier commit.
    if (!keep) batch.clear();
    done = [told = std::move(done)](const Result<void>& /*done*/) {
      if (told) told(failed_disk());
    };
  }
  base_.commit(std::move(batch), std::move(done));
}

std::unique_ptr<StoreReader> FaultyStore::snapshot() const {
  return std::make_unique<Snapshot>(*this, base_.snapshot());
}

Result<void> FaultyStore::drop_range(Space space, const KeyRange& range) {
  if (Result<void> usable = check(); !usable) return usable;
  return base_.drop_range(space, range);
}

Store::Usage FaultyStore::usage() const { return base_.usage(); }

Result<std::optional<std::string>> FaultyStore::get_from(const StoreReader& reader, Space space,
                                                         std::string_view key) const {
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return failed_disk();
    if (counts_down_to_zero(get_countdown_)) {
      return fail(get_code_, "the disk refused to read: injected fault");
    }
  }
  return reader.get(space, key);
}

Result<void> FaultyStore::scan_from(const StoreReader& reader, Space space, const KeyRange& range,
                                    Direction direction, const ScanVisitor& visit) const {
  std::optional<ScanFault> fault;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return failed_disk();
    if (counts_down_to_zero(scan_countdown_)) fault = scan_fault_;
  }
  if (!fault) return reader.scan(space, range, direction, visit);

  std::uint64_t left = fault->visited;
  Result<void> scanned =
      reader.scan(space, range, direction, [&](std::string_view key, std::string_view value) {
        if (left == 0) return false;
        --left;
        return visit(key, value);
      });
  if (!scanned) return scanned;
  return fail(fault->code, "the disk refused to read: injected fault");
}

}  // namespace godwit
