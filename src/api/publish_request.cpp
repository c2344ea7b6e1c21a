#include "api/publish_request.h"

#include <algorithm>
#include <utility>

#include "api/authentication.h"
#include "api/destination.h"
#include "api/message_settings.h"
#include "api/parsed_settings.h"
#include "core/ascii.h"
#include "core/cron.h"
#include "core/deduplication.h"
#include "core/quota.h"

namespace godwit {
namespace {

bool starts_with_ignore_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equals_ignore_case(text.substr(0, start.size()), start);
}

bool contains(const Headers& headers, std::string_view name) {
  return find_header(headers, name) != nullptr;
}

/// Headers that belong to one connection, or that the delivery makes itself.
bool is_hop_by_hop(std::string_view name) {
  for (const std::string_view known :
       {"connection", "keep-alive", "te", "trailer", "trailers", "transfer-encoding", "upgrade",
        "host", "content-length", "expect"}) {
    if (equals_ignore_case(name, known)) return true;
  }
  return starts_with_ignore_case(name, "proxy-");
}

/// Whether the Connection header names `name` as one for this connection only.
bool is_named_by_connection(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (!equals_ignore_case(header.name, "connection")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(',');
      const std::string_view option = ascii::trim(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (equals_ignore_case(option, name)) return true;
    }
  }
  return false;
}

/// `Upstash-Header-Forward: true`: all that came with the request, except what spoke to us alone.
/// Those that were forwarded by name stand in `forwarded` and win.
Result<void> append_incoming(const MessageSettings& settings, const SettingValues& values,
                             const Headers& forwarded, Headers& out) {
  for (const Header& header : settings.headers) {
    if (is_hop_by_hop(header.name) || starts_with_ignore_case(header.name, "upstash-") ||
        equals_ignore_case(header.name, "content-type") || contains(forwarded, header.name) ||
        is_named_by_connection(settings.headers, header.name)) {
      continue;
    }
    if (settings.authorization_is_credential && equals_ignore_case(header.name, "authorization")) {
      continue;
    }
    // A browser's session with us, beside a token or alone.
    if (equals_ignore_case(header.name, "x-csrf-token") ||
        (equals_ignore_case(header.name, "cookie") &&
         header.value.find(session_cookie_name) != std::string::npos)) {
      continue;
    }
    if (!is_sendable(header.name, header.value)) {
      return values.invalid(MessageSetting::header_forward,
                            "one of the headers to forward has a name or value that HTTP does "
                            "not allow");
    }
    out.push_back({.name = canonical_header_name(header.name), .value = header.value});
  }
  return {};
}

std::size_t size_of(const Headers& headers) {
  std::size_t size = 0;
  for (const Header& header : headers) size += header.name.size() + header.value.size();
  return size;
}

std::size_t forwarded_size(const Boxed<Callback>& callback) {
  if (!callback) return 0;
  return size_of(callback->headers) + forwarded_size(callback->callback) +
         forwarded_size(callback->failure_callback);
}

/// Those of the message and of its callbacks: all of it is stored as one record.
std::size_t headers_size(const Message& message) {
  return size_of(message.headers) + forwarded_size(message.callback) +
         forwarded_size(message.failure_callback);
}

Result<void> check_headers(const Message& message, const ApiSettings& settings) {
  if (message.headers.size() <= forwarded_headers_max &&
      headers_size(message) <= settings.forwarded_headers_size_max) {
    return {};
  }
  return fail(ErrorCode::invalid_argument, "the forwarded headers are too large: send at most " +
                                               std::to_string(forwarded_headers_max) + " with " +
                                               std::to_string(settings.forwarded_headers_size_max) +
                                               " bytes in all");
}

Result<void> check_deduplication_id(const SettingValues& values) {
  const std::string_view id = values[MessageSetting::deduplication_id];
  if (id.find(':') != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "DeduplicationId cannot contain ':'");
  }
  if (id.size() > deduplication_id_length_max) {
    return values.invalid(MessageSetting::deduplication_id,
                          "longer than " + std::to_string(deduplication_id_length_max) +
                              " bytes; shorten or hash it");
  }
  return {};
}

/// A request as far as publishes and schedules are read alike.
struct Draft {
  Destination destination = Destination::url;
  std::optional<UrlGroup> group;  // If the destination is one that exists.
  SettingValues values;
};

/// The request's destination, its group, and all places that settings come from.
Result<Draft> read_draft(const PublishRequest& request, const PublishRules& rules) {
  Draft draft;
  const Result<Destination> destination = classify_destination(request.destination, rules);
  if (!destination) return std::unexpected(destination.error());
  draft.destination = *destination;
  Result<SettingValues> values = SettingValues::gather(request.settings);
  if (!values) return std::unexpected(std::move(values.error()));
  draft.values = std::move(*values);
  if (draft.destination == Destination::group && rules.find_group) {
    Result<std::optional<UrlGroup>> group = rules.find_group(request.account, request.destination);
    if (!group) return std::unexpected(std::move(group.error()));
    draft.group = std::move(*group);
    if (draft.group) {
      Result<void> added = draft.values.gather_defaults(draft.group->headers);
      if (!added) return std::unexpected(std::move(added.error()));
    }
  }
  return draft;
}

/// Makes of `message` the one that the request describes, but for its destination.
Result<void> fill_message(PublishRequest& request, Draft& draft, ParsedSettings parsed,
                          Timestamp now, const PublishRules& rules, Message& message) {
  message.account = request.account;
  message.caller_ip = std::move(request.caller_ip);

  Headers forwarded = draft.values.take_forwarded();
  const std::string_view content_type = draft.values.content_type();
  if (!content_type.empty() && !contains(forwarded, "content-type")) {
    message.headers.push_back({.name = "Content-Type", .value = std::string(content_type)});
  }
  if (parsed.header_forward) {
    Result<void> appended =
        append_incoming(request.settings, draft.values, forwarded, message.headers);
    if (!appended) return appended;
  }
  std::ranges::move(forwarded, std::back_inserter(message.headers));
  apply(std::move(parsed), message, now);
  if (Result<void> checked = check_headers(message, rules.settings); !checked) return checked;
  if (!request.queue.empty()) {
    if (!is_resource_name(request.queue)) {
      return fail(ErrorCode::invalid_argument, "invalid queue name: " + std::string(name_rule));
    }
    message.queue = std::move(request.queue);
  }
  if (request.body.size() > rules.settings.message_size_max) {
    return quota_exceeded("maxMessageSize", rules.settings.message_size_max,
                          "api.message_size_max");
  }
  message.body = std::move(request.body);
  return {};
}

Result<Schedule> make_schedule(PublishRequest request, Draft draft, Timestamp now,
                               const PublishRules& rules) {
  Schedule schedule;
  const Result<bool> with_seconds = parse_boolean(draft.values, MessageSetting::cron_seconds);
  if (!with_seconds) return std::unexpected(with_seconds.error());
  schedule.cron_with_seconds = *with_seconds;
  const Result<Cron> cron =
      Cron::parse(draft.values[MessageSetting::cron],
                  *with_seconds ? Cron::Fields::with_seconds : Cron::Fields::five);
  if (!cron) return std::unexpected(cron.error());
  schedule.cron = cron->text();
  if (const std::string_view id = draft.values[MessageSetting::schedule_id]; !id.empty()) {
    if (!is_resource_name(id)) return draft.values.invalid(MessageSetting::schedule_id, name_rule);
    schedule.id = id;
  }
  Result<ParsedSettings> parsed = parse_settings(draft.values, SettingsOf::schedule, rules, now);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  // Counted from each run, not from now.
  schedule.delay = std::exchange(parsed->delay, std::nullopt).value_or(Milliseconds{0});

  Result<void> filled =
      fill_message(request, draft, std::move(*parsed), now, rules, schedule.message);
  if (!filled) return std::unexpected(std::move(filled.error()));
  if (draft.destination == Destination::group) {
    schedule.message.group = std::move(request.destination);
  } else {
    schedule.message.url = std::move(request.destination);
  }
  return schedule;
}

/// Makes the endpoints of a group different destinations for deduplication. `base` is the same for
/// all of them. Ids of clients hold no colon, so none of them spells such a key.
DeduplicationKey endpoint_key(AccountId account, std::string_view base,
                              const GroupEndpoint& endpoint) {
  std::string text(base);
  text.append(":").append(std::to_string(endpoint.name.size()));
  text.append(":").append(endpoint.name).append(endpoint.url);
  return deduplication_key_of_id(account, text);
}

Result<GroupPublish> fan_out(Message message, const UrlGroup& group, std::string_view id,
                             bool by_content, std::size_t bytes_max) {
  const std::vector<GroupEndpoint>& endpoints = group.endpoints;
  if (endpoints.empty()) {
    return fail(ErrorCode::invalid_argument, "topic " + group.name + " has no endpoints");
  }
  if (message.body.size() + headers_size(message) > bytes_max / endpoints.size()) {
    return fail(ErrorCode::quota_exceeded,
                "quota maxMessageSize exceeded: the messages for all " +
                    std::to_string(endpoints.size()) + " endpoints of topic " + group.name +
                    " may have " + std::to_string(bytes_max) +
                    " bytes together (setting api.group_publish_bytes_max)");
  }
  message.group = group.name;
  std::string base(id);
  if (id.empty() && by_content) {
    message.url = group.name;  // Stands for the destination; no URL is spelled like it.
    const DeduplicationKey content = deduplication_key_of_content(message);
    base.assign(":").append(content.data(), content.size());
  }
  GroupPublish order;
  order.publishes.resize(endpoints.size());
  for (std::size_t i = 1; i < endpoints.size(); ++i) order.publishes[i].message = message;
  order.publishes.front().message = std::move(message);
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    Publish& publish = order.publishes[i];
    publish.message.url = endpoints[i].url;
    publish.message.endpoint = endpoints[i].name;
    if (!base.empty()) {
      publish.deduplication = endpoint_key(publish.message.account, base, endpoints[i]);
    }
  }
  return order;
}

}  // namespace

Result<PublishOrder> parse_publish(PublishRequest request, Timestamp now,
                                   const PublishRules& rules) {
  Result<Draft> draft = read_draft(request, rules);
  if (!draft) return std::unexpected(std::move(draft.error()));
  if (!draft->values[MessageSetting::cron].empty()) {
    Result<Schedule> schedule = make_schedule(std::move(request), std::move(*draft), now, rules);
    if (!schedule) return std::unexpected(std::move(schedule.error()));
    return PublishOrder(std::move(*schedule));
  }
  if (draft->destination == Destination::group && !draft->group) {
    return fail(ErrorCode::not_found, "topic " + request.destination + " not found");
  }
  Result<ParsedSettings> parsed = parse_settings(draft->values, SettingsOf::message, rules, now);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (Result<void> checked = check_deduplication_id(draft->values); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  const bool by_content = parsed->content_based_deduplication;
  const std::string_view id = draft->values[MessageSetting::deduplication_id];

  Publish publish;
  if (!parsed->not_before) publish.delay = parsed->delay.value_or(Milliseconds(0));
  Result<void> filled =
      fill_message(request, *draft, std::move(*parsed), now, rules, publish.message);
  if (!filled) return std::unexpected(std::move(filled.error()));
  if (!id.empty() || by_content) publish.message.deduplication_id = id;
  if (draft->group) {
    Result<GroupPublish> order = fan_out(std::move(publish.message), *draft->group, id, by_content,
                                         rules.settings.group_publish_bytes_max);
    if (!order) return std::unexpected(std::move(order.error()));
    for (Publish& each : order->publishes) each.delay = publish.delay;
    return PublishOrder(std::move(*order));
  }
  publish.message.url = std::move(request.destination);
  if (!id.empty()) {
    publish.deduplication = deduplication_key_of_id(publish.message.account, id);
  } else if (by_content) {
    publish.deduplication = deduplication_key_of_content(publish.message);
  }
  return PublishOrder(std::move(publish));
}

Result<Schedule> parse_schedule(PublishRequest request, Timestamp now, const PublishRules& rules) {
  Result<Draft> draft = read_draft(request, rules);
  if (!draft) return std::unexpected(std::move(draft.error()));
  return make_schedule(std::move(request), std::move(*draft), now, rules);
}

Result<std::function<void(Message&)>> parse_retry_changes(const MessageSettings& settings,
                                                          Timestamp now,
                                                          const PublishRules& rules) {
  Result<SettingValues> values = SettingValues::gather(settings);
  if (!values) return std::unexpected(std::move(values.error()));
  Result<ParsedSettings> parsed = parse_settings(*values, SettingsOf::message, rules, now);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  const std::pair<MessageSetting, bool> refused[] = {
      {MessageSetting::deduplication_id, !(*values)[MessageSetting::deduplication_id].empty()},
      {MessageSetting::content_based_deduplication, parsed->content_based_deduplication},
      {MessageSetting::header_forward, parsed->header_forward},
      {MessageSetting::cron, !(*values)[MessageSetting::cron].empty()}};
  for (const auto& [setting, is_set] : refused) {
    if (is_set) {
      return values->invalid(setting, "not supported when a dead letter is retried; leave it out");
    }
  }
  Message sizes;  // The message with nothing but what is new.
  sizes.headers = values->take_forwarded();
  Headers forwarded = sizes.headers;
  sizes.callback = parsed->callback;
  sizes.failure_callback = parsed->failure_callback;
  if (Result<void> checked = check_headers(sizes, rules.settings); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return std::function<void(Message&)>(
      [parsed = std::move(*parsed), forwarded = std::move(forwarded), now](Message& message) {
        apply(parsed, message, now);
        std::erase_if(message.headers,
                      [&](const Header& header) { return contains(forwarded, header.name); });
        std::ranges::copy(forwarded, std::back_inserter(message.headers));
      });
}

}  // namespace godwit
