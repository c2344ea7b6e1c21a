#include "engine/resources.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/keys.h"
#include "engine/listing.h"

namespace godwit {
namespace {

/// Every account's resources are here.
constexpr std::uint16_t resources_partition = 0;

using keys::Resource;

/// Reads and decodes one resource by `decode(bytes, name)`.
template <typename Record, typename Decode>
Result<std::optional<Record>> find(const StoreReader& reader, Resource kind, AccountId account,
                                   std::string_view name, const Decode& decode) {
  const auto bytes =
      reader.get(Space::meta, keys::resource(resources_partition, kind, account, name));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<Record>();
  Result<Record> record = decode(**bytes, name);
  if (!record) return std::unexpected(record.error());
  return std::optional<Record>(std::move(*record));
}

/// Decodes all resources of a range in the order of `direction`, until `take(record)` returns
/// false.
template <typename Decode, typename Take>
Result<void> scan(const StoreReader& reader, Resource kind, const KeyRange& range,
                  StoreReader::Direction direction, const Decode& decode, const Take& take) {
  Result<void> taken;
  const Result<void> scanned =
      reader.scan(Space::meta, range, direction, [&](std::string_view key, std::string_view value) {
        const auto resource = keys::parse_resource(kind, key);
        if (!resource) {
          taken = fail(ErrorCode::corrupt, "a key of a resource cannot be read");
          return false;
        }
        auto record = decode(value, resource->name);
        if (!record) {
          taken = std::unexpected(record.error());
          return false;
        }
        return take(std::move(*record));
      });
  return taken ? scanned : taken;
}

struct NamedState {
  std::string schedule;
  ScheduleState state;
};
Result<NamedState> decode_named_state(std::string_view bytes, std::string_view schedule) {
  Result<ScheduleState> state = decode_schedule_state(bytes);
  if (!state) return std::unexpected(state.error());
  return NamedState{std::string(schedule), std::move(*state)};
}

bool is_action_id(std::string_view text) {
  constexpr std::size_t id_size_max = 256;
  return !text.empty() && text.size() <= id_size_max && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

/// What makes one selection of living messages.
class Selection {
 public:
  Selection(AccountId account, const MessageFilter& filter, std::optional<Timestamp> from,
            Timestamp until, std::size_t max)
      : account_(account), filter_(filter), from_(from), until_(until), max_(max) {}

  bool full() const { return ids_.size() >= max_; }
  /// When `id` cannot be selected for its time; ids sort by it.
  bool is_before(MessageId id) const { return from_ && id.created() < *from_; }
  bool is_behind(MessageId id) const { return id.created() > until_; }

  void offer(MessageId id, std::string_view record) {
    if (full() || is_before(id) || is_behind(id)) return;
    const Result<bool> is_own = sketch_message(record, account_, sketch_);
    // One that cannot be read is passed over: see the header.
    if (!is_own || !*is_own) return;
    sketch_.traits.id = id;
    if (filter_.matches(sketch_.traits)) ids_.push_back(id);
  }

  std::vector<MessageId> take() { return std::move(ids_); }

 private:
  const AccountId account_;
  const MessageFilter& filter_;
  const std::optional<Timestamp> from_;
  const Timestamp until_;
  const std::size_t max_;
  RecordSketch sketch_;
  std::vector<MessageId> ids_;
};

Result<void> offer_named(const StoreReader& reader, const std::vector<MessageId>& ids,
                         Selection& selection) {
  const std::set<MessageId> distinct(ids.begin(), ids.end());
  for (const MessageId id : distinct) {
    const std::string key = keys::message(id);
    auto bytes = reader.get(Space::hot, key);
    if (bytes && !*bytes) bytes = reader.get(Space::cold, key);
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes) selection.offer(id, **bytes);
  }
  return {};
}

/// Offers the messages of one partition at a time, from its first of the selection's time on.
Result<void> offer_all(const StoreReader& reader, Space space, std::optional<Timestamp> from,
                       Selection& selection) {
  const Timestamp first =
      std::clamp(from.value_or(Timestamp{}), Timestamp{}, MessageId{~0ull, 0}.created());
  std::optional<unsigned> partition = 0;
  while (partition && !selection.full()) {
    const auto here = static_cast<std::uint16_t>(*partition);
    partition.reset();
    const auto go_to = [&partition](unsigned next) {
      if (next <= 0xffff) partition = next;
      return false;
    };
    const KeyRange rest{keys::message(MessageId::make(here, first, 0, 0)), ""};
    const Result<void> scanned = reader.scan(space, rest, StoreReader::Direction::forward,
                                             [&](std::string_view key, std::string_view value) {
                                               const auto id = MessageId::from_bytes(key);
                                               if (!id)
                                                 return true;  // As a record that cannot be read.
                                               if (id->partition() != here)
                                                 return go_to(id->partition());
                                               if (selection.is_behind(*id))
                                                 return go_to(here + 1u);
                                               selection.offer(*id, value);
                                               return !selection.full();
                                             });
    if (!scanned) return scanned;
  }
  return {};
}

}  // namespace

Result<std::optional<UrlGroup>> find_url_group(const StoreReader& reader, AccountId account,
                                               std::string_view name) {
  return find<UrlGroup>(reader, Resource::url_group, account, name, decode_url_group);
}

Result<std::vector<UrlGroup>> list_url_groups(const StoreReader& reader, AccountId account) {
  Result<std::vector<UrlGroup>> groups(std::in_place);
  const Result<void> scanned =
      scan(reader, Resource::url_group,
           keys::resources(resources_partition, Resource::url_group, account),
           StoreReader::Direction::forward, decode_url_group, [&groups](UrlGroup group) {
             groups->push_back(std::move(group));
             return true;
           });
  if (!scanned) return std::unexpected(scanned.error());
  return groups;
}

Result<std::optional<ScheduleView>> find_schedule(const StoreReader& reader, AccountId account,
                                                  std::string_view id) {
  Result<std::optional<Schedule>> schedule =
      find<Schedule>(reader, Resource::schedule, account, id, decode_schedule);
  if (!schedule) return std::unexpected(schedule.error());
  if (!*schedule) return std::optional<ScheduleView>();
  Result<std::optional<NamedState>> state =
      find<NamedState>(reader, Resource::schedule_state, account, id, decode_named_state);
  if (!state) return std::unexpected(state.error());
  std::optional<ScheduleView> view(std::in_place);
  view->schedule = std::move(**schedule);
  if (*state) view->state = std::move((*state)->state);
  return view;
}

Result<std::vector<ScheduleView>> list_schedules(const StoreReader& reader, AccountId account) {
  Result<std::vector<ScheduleView>> views(std::in_place);
  Result<void> scanned = scan(
      reader, Resource::schedule, keys::resources(resources_partition, Resource::schedule, account),
      StoreReader::Direction::forward, decode_schedule, [&views](Schedule schedule) {
        views->push_back({std::move(schedule), {}});
        return true;
      });
  if (!scanned) return std::unexpected(scanned.error());
  // Both come by name: a state's schedule is at or behind that of the state before.
  auto view = views->begin();
  scanned = scan(reader, Resource::schedule_state,
                 keys::resources(resources_partition, Resource::schedule_state, account),
                 StoreReader::Direction::forward, decode_named_state, [&](NamedState state) {
                   while (view != views->end() && view->schedule.id < state.schedule) ++view;
                   if (view == views->end()) return false;
                   if (view->schedule.id == state.schedule) view->state = std::move(state.state);
                   return true;
                 });
  if (!scanned) return std::unexpected(scanned.error());
  return views;
}

Result<std::vector<NamedFlowControl>> list_flow_controls(const StoreReader& reader,
                                                         AccountId account, std::string_view search,
                                                         std::size_t max) {
  Result<std::vector<NamedFlowControl>> found(std::in_place);
  const KeyRange range = keys::resources(resources_partition, Resource::flow_control, account);
  const Result<void> scanned =
      reader.scan(Space::meta, range, StoreReader::Direction::forward,
                  [&](std::string_view key, std::string_view value) {
                    // The name ends the key: most are passed over without a copy of it.
                    if (!key.substr(std::min(range.begin.size(), key.size())).contains(search))
                      return true;
                    auto name = keys::parse_resource(Resource::flow_control, key);
                    Result<FlowControlRecord> record = decode_flow_control(value);
                    if (name && record) found->push_back({std::move(name->name), *record});
                    return found->size() < max;
                  });
  if (!scanned) return std::unexpected(scanned.error());
  return found;
}

Result<std::optional<RunState>> run_state(const StoreReader& reader, AccountId account,
                                          MessageId id) {
  const std::string key = keys::message(id);
  for (const Space space : {Space::hot, Space::cold}) {
    const auto bytes = reader.get(space, key);
    if (!bytes) return std::unexpected(bytes.error());
    if (!*bytes) continue;
    RecordSketch sketch;
    const Result<bool> is_own = sketch_message(**bytes, account, sketch);
    if (!is_own) return std::unexpected(is_own.error());
    return *is_own ? std::optional(RunState::in_progress) : std::nullopt;
  }
  const Result<std::optional<LogRecord>> ended = find_ended(reader, account, id);
  if (!ended) return std::unexpected(ended.error());
  if (!*ended || (*ended)->rows.empty()) return std::optional<RunState>();
  const bool delivered = (*ended)->rows.back().state == LogState::delivered;
  return std::optional(delivered ? RunState::success : RunState::fail);
}

Result<std::optional<BulkAction>> find_bulk_action(const StoreReader& reader, AccountId account,
                                                   std::string_view id) {
  return find<BulkAction>(reader, Resource::bulk_action, account, id, decode_bulk_action);
}

Result<std::vector<BulkAction>> list_bulk_actions(const StoreReader& reader, AccountId account,
                                                  std::size_t count, std::string& cursor) {
  KeyRange range = keys::resources(resources_partition, Resource::bulk_action, account);
  if (!cursor.empty()) {
    if (!is_action_id(cursor)) return fail(ErrorCode::invalid_argument, "invalid cursor");
    range.end = keys::resource(resources_partition, Resource::bulk_action, account, cursor);
    range.end += '\0';  // Itself is on the page.
  }
  count = std::max<std::size_t>(count, 1);
  Result<std::vector<BulkAction>> actions(std::in_place);
  std::string next;
  const Result<void> scanned =
      scan(reader, Resource::bulk_action, range, StoreReader::Direction::backward,
           decode_bulk_action, [&](BulkAction action) {
             if (actions->size() == count) {
               next = std::move(action.id);
               return false;
             }
             actions->push_back(std::move(action));
             return true;
           });
  if (!scanned) return std::unexpected(scanned.error());
  cursor = std::move(next);
  return actions;
}

Result<std::vector<MessageId>> select_living(const StoreReader& reader, AccountId account,
                                             const MessageFilter& filter,
                                             std::optional<Timestamp> created_from,
                                             Timestamp created_until, std::size_t max) {
  Selection selection(account, filter, created_from, created_until, max);
  if (!filter.ids.empty()) {
    const Result<void> offered = offer_named(reader, filter.ids, selection);
    if (!offered) return std::unexpected(offered.error());
    return selection.take();
  }
  for (const Space space : {Space::hot, Space::cold}) {
    const Result<void> offered = offer_all(reader, space, created_from, selection);
    if (!offered) return std::unexpected(offered.error());
  }
  return selection.take();
}

}  // namespace godwit
