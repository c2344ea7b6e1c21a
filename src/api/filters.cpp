#include "api/filters.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "core/ascii.h"
#include "core/message.h"

namespace godwit {
namespace {

/// A parameter's value, and what else of it errors must tell.
struct Given {
  std::string_view name;
  std::string_view value;

  bool is(std::string_view other) const { return equals_ignore_case(name, other); }
  bool is_any(std::initializer_list<std::string_view> others) const {
    return std::ranges::any_of(others, [&](std::string_view other) { return is(other); });
  }
  std::unexpected<Error> invalid(std::string_view reason) const {
    std::string text = "invalid ";
    text.append(name.substr(0, 100)).append(" parameter: ").append(reason);
    return fail(ErrorCode::invalid_argument, std::move(text));
  }
  std::unexpected<Error> unknown() const {
    return fail(ErrorCode::invalid_argument, "unknown filter " + std::string(name.substr(0, 100)) +
                                                 ": remove it or correct its name");
  }
};

Result<std::int64_t> parse_integer(const Given& given) {
  std::int64_t value = 0;
  const char* begin = given.value.data();
  const char* end = begin + given.value.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stopped != end) return given.invalid("expected a whole number");
  return value;
}

Result<std::size_t> parse_count(const Given& given, std::size_t most) {
  const Result<std::int64_t> count = parse_integer(given);
  if (!count) return std::unexpected(count.error());
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(*count, 1, static_cast<std::int64_t>(most)));
}

Result<Timestamp> parse_time(const Given& given) {
  // The year 9999. Clients send far dates to say "any"; arithmetic on times must stay in range.
  constexpr std::int64_t latest = 253'402'300'799'999;
  const Result<std::int64_t> ms = parse_integer(given);
  if (!ms) return given.invalid("expected Unix time in whole milliseconds");
  return from_unix_ms(std::clamp<std::int64_t>(*ms, 0, latest));
}

Result<bool> parse_boolean(const Given& given) {
  if (given.value == "1" || equals_ignore_case(given.value, "true")) return true;
  if (given.value == "0" || equals_ignore_case(given.value, "false")) return false;
  return given.invalid("expected true or false");
}

/// A whole number of at least 1.
Result<std::int64_t> parse_positive(const Given& given, std::int64_t most) {
  const Result<std::int64_t> value = parse_integer(given);
  if (value && *value >= 1 && *value <= most) return *value;
  return given.invalid("expected a whole number between 1 and " + std::to_string(most));
}

Result<std::size_t> parse_trim(const Given& given) {
  const Result<std::int64_t> size = parse_integer(given);
  if (!size || *size < 0) return given.invalid("expected a number of bytes");
  return static_cast<std::size_t>(*size);
}

Result<Order> parse_order(const Given& given) {
  if (equals_ignore_case(given.value, "earliestFirst")) return Order::earliest_first;
  if (equals_ignore_case(given.value, "latestFirst")) return Order::latest_first;
  return given.invalid("expected earliestFirst or latestFirst");
}

/// Whether the comma before `rest` separates values: in URLs and paths it may be part of one.
bool begins_value(const Given& given, std::string_view rest) {
  rest = ascii::trim(rest);
  if (given.is("path")) return rest.starts_with('/');
  if (!given.is("url")) return true;
  return equals_ignore_case(rest.substr(0, 7), "http://") ||
         equals_ignore_case(rest.substr(0, 8), "https://");
}

/// Calls visit(one value) for each value of a comma list; stops at its first error.
template <typename Visit>
Result<void> for_each_value(const Given& given, Visit visit) {
  std::string_view rest = given.value;
  while (!rest.empty()) {
    std::size_t comma = rest.find(',');
    while (comma != std::string_view::npos && !begins_value(given, rest.substr(comma + 1))) {
      comma = rest.find(',', comma + 1);
    }
    const std::string_view value = ascii::trim(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (value.empty()) continue;
    if (Result<void> visited = visit(value); !visited) return visited;
  }
  return {};
}

std::unexpected<Error> too_many(const Given& given, std::size_t most) {
  return given.invalid("send at most " + std::to_string(most) + " values");
}

Result<void> append_texts(const Given& given, std::vector<std::string>& out) {
  const std::size_t before = out.size();
  Result<void> done = for_each_value(given, [&](std::string_view value) -> Result<void> {
    if (out.size() == filter_values_max) return too_many(given, filter_values_max);
    out.emplace_back(value);
    return {};
  });
  // Nothing but commas must not select everything.
  if (done && out.size() == before) return given.invalid("expected a value");
  return done;
}

/// Ids that no message can have are dropped; `given_count` tells the caller that there were some.
Result<void> append_message_ids(const Given& given, std::vector<MessageId>& out,
                                std::size_t& given_count) {
  return for_each_value(given, [&](std::string_view value) -> Result<void> {
    if (++given_count > filter_values_max) return too_many(given, filter_values_max);
    if (const auto id = MessageId::parse(value)) out.push_back(*id);
    return {};
  });
}

/// The filters that select by what a message is, with where their values go; nullptr: none of them.
std::vector<std::string>* texts_of(const Given& given, MessageFilter& filter) {
  struct Entry {
    std::string_view name;
    std::vector<std::string>& texts;
  };
  for (const Entry& entry :
       {Entry{"url", filter.urls}, Entry{"label", filter.labels},
        // Compared without case: the deprecated callerIP too.
        Entry{"callerIp", filter.caller_ips}, Entry{"topicName", filter.groups},
        Entry{"queueName", filter.queues}, Entry{"scheduleId", filter.schedules},
        Entry{"flowControlKey", filter.flow_control_keys}}) {
    if (given.is(entry.name)) return &entry.texts;
  }
  return nullptr;
}

Result<void> read_message_filter(const Given& given, MessageFilter& filter) {
  std::vector<std::string>* const texts = texts_of(given, filter);
  return texts != nullptr ? append_texts(given, *texts) : given.unknown();
}

/// QStash names hosts and paths in some places only.
Result<void> read_message_or_url_filter(const Given& given, MessageFilter& filter) {
  if (given.is("host")) return append_texts(given, filter.hosts);
  if (given.is("path")) return append_texts(given, filter.paths);
  return read_message_filter(given, filter);
}

bool is_workflow_filter(const Given& given) {
  return given.is_any({"workflowRunId", "workflowCreatedAt", "workflowUrl", "failureFunctionState",
                       "failureCallbackState"});
}

/// Runs `read` on every parameter that has a value.
template <typename Read>
Result<void> for_each_given(std::span<const Parameter> parameters, Read read) {
  for (const Parameter& parameter : parameters) {
    const Given given{.name = parameter.name, .value = ascii::trim(parameter.value)};
    if (given.value.empty()) continue;
    if (Result<void> done = read(given); !done) return done;
  }
  return {};
}

/// Puts a parsed value in its place, or hands its error on.
template <typename T, typename Place>
Result<void> assign(Result<T> value, Place& place) {
  if (!value) return std::unexpected(std::move(value.error()));
  place = std::move(*value);
  return {};
}

void sort_without_doubles(std::vector<std::string>& texts) {
  std::ranges::sort(texts);
  const auto doubles = std::ranges::unique(texts);
  texts.erase(doubles.begin(), doubles.end());
}

class DeadLetterReader {
 public:
  Result<DeadLetterSelection> read(std::span<const Parameter> parameters) {
    Result<void> done =
        for_each_given(parameters, [this](const Given& given) { return read_one(given); });
    if (!done) return std::unexpected(std::move(done.error()));
    if (workflow_filter_.has_value() && !of_workflows_) {
      return fail(ErrorCode::invalid_argument, *workflow_filter_ + " needs source=workflow");
    }
    if (selection_.by_ids) {
      // The ids win over everything else.
      selection_.nothing = selection_.query.dead_letter_ids.empty();
    } else if (of_workflows_ || (ids_given_ > 0 && selection_.query.filter.ids.empty())) {
      selection_.nothing = true;
    }
    return std::move(selection_);
  }

 private:
  Result<void> read_one(const Given& given) {
    DeadLetterQuery& query = selection_.query;
    if (given.is("cursor"))
      return assign(Result<std::string>(std::string(given.value)), query.cursor);
    if (given.is("count")) return assign(parse_count(given, dead_letter_count_max), query.count);
    if (given.is("order")) return assign(parse_order(given), query.order);
    if (given.is("fromDate")) return assign(parse_time(given), query.from);
    if (given.is("toDate")) return assign(parse_time(given), query.to);
    if (given.is("trimBody")) return assign(parse_trim(given), selection_.body_size_max);
    if (given.is("dlqIds")) return read_ids(given);
    if (given.is("messageId")) return append_message_ids(given, query.filter.ids, ids_given_);
    if (given.is("responseStatus")) return read_statuses(given);
    if (given.is("api")) return {};
    if (given.is("source")) {
      if (!equals_ignore_case(given.value, "workflow")) return given.invalid("expected workflow");
      of_workflows_ = true;
      return {};
    }
    if (is_workflow_filter(given)) {
      workflow_filter_ = std::string(given.name);
      return {};
    }
    return read_message_filter(given, query.filter);
  }

  Result<void> read_ids(const Given& given) {
    selection_.by_ids = true;
    std::vector<DeadLetterId>& ids = selection_.query.dead_letter_ids;
    return for_each_value(given, [&](std::string_view value) -> Result<void> {
      if (++dead_letter_ids_given_ > filter_values_max) return too_many(given, filter_values_max);
      const auto id = DeadLetterId::parse(value);
      if (id && std::ranges::find(ids, *id) == ids.end()) ids.push_back(*id);
      return {};
    });
  }

  Result<void> read_statuses(const Given& given) {
    std::vector<int>& statuses = selection_.query.statuses;
    return for_each_value(given, [&](std::string_view value) -> Result<void> {
      const Result<std::int64_t> status = parse_integer({.name = given.name, .value = value});
      if (!status || *status < 0 || *status > 999) return given.invalid("expected an HTTP status");
      if (statuses.size() == filter_values_max) return too_many(given, filter_values_max);
      statuses.push_back(static_cast<int>(*status));
      return {};
    });
  }

  DeadLetterSelection selection_;
  std::size_t ids_given_ = 0;
  std::size_t dead_letter_ids_given_ = 0;
  bool of_workflows_ = false;
  std::optional<std::string> workflow_filter_;
};

class LogReader {
 public:
  Result<LogSelection> read(std::span<const Parameter> parameters) {
    selection_.query.count = log_count_default;
    Result<void> done =
        for_each_given(parameters, [this](const Given& given) { return read_one(given); });
    if (!done) return std::unexpected(std::move(done.error()));
    LogQuery& query = selection_.query;
    if (list_given_ > 0) {
      // A list of ids wins over the filters, but not over how the page is cut and ordered.
      query.filter = MessageFilter();
      query.filter.ids = std::move(list_);
      query.state.reset();
      query.in_progress = false;
      query.from.reset();
      query.to.reset();
      selection_.nothing = query.filter.ids.empty();
    } else if (ids_given_ > 0 && query.filter.ids.empty()) {
      selection_.nothing = true;
    }
    return std::move(selection_);
  }

 private:
  Result<void> read_one(const Given& given) {
    LogQuery& query = selection_.query;
    if (given.is("cursor"))
      return assign(Result<std::string>(std::string(given.value)), query.cursor);
    if (given.is("count")) return assign(parse_count(given, log_count_max), query.count);
    if (given.is("order")) return assign(parse_order(given), query.order);
    if (given.is("fromDate")) return assign(parse_time(given), query.from);
    if (given.is("toDate")) return assign(parse_time(given), query.to);
    if (given.is("trimBody")) return assign(parse_trim(given), selection_.body_size_max);
    if (given.is("state")) return read_state(given);
    if (given.is("messageId")) {
      selection_.of_one_message = true;
      return append_message_ids(given, query.filter.ids, ids_given_);
    }
    if (given.is("messageIds")) return append_message_ids(given, list_, list_given_);
    if (given.is("groupBy")) {
      if (!equals_ignore_case(given.value, "messageId")) return given.invalid("expected messageId");
      query.group_by_message = true;
      return {};
    }
    if (given.is("api")) return {};
    return read_message_or_url_filter(given, query.filter);
  }

  Result<void> read_state(const Given& given) {
    LogQuery& query = selection_.query;
    query.in_progress = given.value == "IN_PROGRESS";
    query.state = parse_log_state(given.value);
    if (query.in_progress || query.state) return {};
    return given.invalid(
        "expected CREATED, ACTIVE, RETRY, ERROR, IN_PROGRESS, DELIVERED, FAILED, "
        "CANCEL_REQUESTED or CANCELED");
  }

  LogSelection selection_;
  std::size_t ids_given_ = 0;
  std::size_t list_given_ = 0;
  std::vector<MessageId> list_;
};

}  // namespace

Result<DeadLetterSelection> parse_dead_letter_selection(std::span<const Parameter> parameters) {
  return DeadLetterReader().read(parameters);
}

Result<LogSelection> parse_log_selection(std::span<const Parameter> parameters) {
  return LogReader().read(parameters);
}

Result<CancelSelection> parse_cancel_selection(std::span<const Parameter> parameters) {
  CancelSelection selection;
  Result<void> done = for_each_given(parameters, [&](const Given& given) -> Result<void> {
    if (given.is("messageIds")) {
      selection.by_ids = true;
      return for_each_value(given, [&](std::string_view value) -> Result<void> {
        if (selection.ids.size() == cancel_ids_max) return too_many(given, cancel_ids_max);
        selection.ids.emplace_back(value);
        return {};
      });
    }
    if (given.is("fromDate")) return assign(parse_time(given), selection.from);
    if (given.is("toDate")) return assign(parse_time(given), selection.to);
    if (given.is("async")) return assign(parse_boolean(given), selection.asynchronous);
    if (given.is("count")) {
      // QStash took 1 to 500 once and ignores the parameter now: what was an error is no limit.
      constexpr auto any = std::numeric_limits<std::int64_t>::max();
      Result<void> read = assign(parse_positive(given, any), selection.count);
      if (selection.count == cancel_count_unset || selection.count > cancel_count_max) {
        selection.count.reset();
      }
      return read;
    }
    if (given.is("cursor")) return {};
    return read_message_or_url_filter(given, selection.filter);
  });
  if (!done) return std::unexpected(std::move(done.error()));
  sort_without_doubles(selection.ids);
  return selection;
}

Headers filters_of(const CancelSelection& selection) {
  struct Entry {
    const char* name;
    std::vector<std::string> values;
  };
  const MessageFilter& filter = selection.filter;
  Entry entries[] = {{"callerIp", filter.caller_ips},
                     {"flowControlKey", filter.flow_control_keys},
                     {"host", filter.hosts},
                     {"label", filter.labels},
                     {"path", filter.paths},
                     {"queueName", filter.queues},
                     {"scheduleId", filter.schedules},
                     {"topicName", filter.groups},
                     {"url", filter.urls}};
  Headers filters;
  for (Entry& entry : entries) {
    sort_without_doubles(entry.values);
    for (std::string& value : entry.values) filters.push_back({entry.name, std::move(value)});
  }
  const auto add_time = [&](const char* name, std::optional<Timestamp> time) {
    if (time) filters.push_back({name, std::to_string(to_unix_ms(*time))});
  };
  add_time("fromDate", selection.from);
  add_time("toDate", selection.to);
  if (selection.count) filters.push_back({"count", std::to_string(*selection.count)});
  return filters;
}

Result<BulkActionSelection> parse_bulk_action_selection(std::span<const Parameter> parameters) {
  BulkActionSelection selection;
  Result<void> done = for_each_given(parameters, [&](const Given& given) -> Result<void> {
    if (given.is("cursor")) {
      return assign(Result<std::string>(std::string(given.value)), selection.cursor);
    }
    if (given.is("count")) {
      const Result<std::int64_t> count = parse_integer(given);
      if (!count || *count < 1) return given.invalid("expected a whole number of at least 1");
      selection.count = static_cast<std::size_t>(
          std::min(*count, static_cast<std::int64_t>(bulk_action_count_max)));
      return {};
    }
    if (given.is("state")) {
      selection.finished = given.value == "FINISHED";
      if (*selection.finished || given.value == "IN_PROGRESS") return {};
      return given.invalid("expected IN_PROGRESS or FINISHED");
    }
    return given.unknown();
  });
  if (!done) return std::unexpected(std::move(done.error()));
  return selection;
}

Result<std::string> parse_flow_control_search(std::span<const Parameter> parameters) {
  std::string search;
  Result<void> done = for_each_given(parameters, [&](const Given& given) -> Result<void> {
    if (!given.is("search")) return given.unknown();
    search = std::string(given.value);
    return {};
  });
  if (!done) return std::unexpected(std::move(done.error()));
  return search;
}

Result<FlowControlChange> parse_flow_control_pin(std::span<const Parameter> parameters) {
  FlowControlChange change;
  constexpr std::int64_t period_max = FlowControl::period_max / std::chrono::seconds(1);
  Result<void> done = for_each_given(parameters, [&](const Given& given) -> Result<void> {
    const auto limit = [&]() -> Result<int> {
      const Result<std::int64_t> value = parse_positive(given, FlowControl::limit_max);
      if (!value) return std::unexpected(value.error());
      return static_cast<int>(*value);
    };
    if (given.is("parallelism")) return assign(limit(), change.pin_parallelism);
    if (given.is("rate")) return assign(limit(), change.pin_rate);
    if (given.is("period")) {
      const Result<std::int64_t> seconds = parse_positive(given, period_max);
      if (!seconds) return std::unexpected(seconds.error());
      change.pin_period = std::chrono::seconds(*seconds);
      return {};
    }
    return given.unknown();
  });
  if (!done) return std::unexpected(std::move(done.error()));
  if (change.pin_period && !change.pin_rate) {
    return fail(ErrorCode::invalid_argument, "invalid period parameter: it needs a rate");
  }
  if (!change.pin_parallelism && !change.pin_rate) {
    return fail(ErrorCode::invalid_argument, "nothing to pin: give parallelism, rate or both");
  }
  return change;
}

Result<FlowControlChange> parse_flow_control_unpin(std::span<const Parameter> parameters) {
  FlowControlChange change;
  Result<void> done = for_each_given(parameters, [&](const Given& given) -> Result<void> {
    if (given.is("parallelism")) return assign(parse_boolean(given), change.unpin_parallelism);
    if (given.is("rate")) return assign(parse_boolean(given), change.unpin_rate);
    return given.unknown();
  });
  if (!done) return std::unexpected(std::move(done.error()));
  return change;
}

}  // namespace godwit
