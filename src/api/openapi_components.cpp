#include "api/openapi_components.h"

namespace godwit {

// Longer than one literal may be, so in parts.
const std::string_view openapi_components =
    R"json({
"securitySchemes": {
  "bearerAuth": {"type": "http", "scheme": "bearer"},
  "bearerAuthQuery": {"type": "apiKey", "in": "query", "name": "qstash_token"}
},
)json"
    R"json("parameters": {
  "Method": {"name": "Upstash-Method", "in": "header", "description": "Of the delivery",
  "schema": {"type": "string", "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"], "default":
  "POST"}},
  "Timeout": {"name": "Upstash-Timeout", "in": "header", "description":
  "Of one attempt, as `30s` or `1m30s`", "schema": {"type": "string"}},
  "Retries": {"name": "Upstash-Retries", "in": "header", "description":
  "Attempts after the first one", "schema": {"type": "integer", "minimum": 0, "default": 3}},
  "RetryDelay": {"name": "Upstash-Retry-Delay", "in": "header", "description":
  "Before a retry: milliseconds, as `1000 * retried`", "schema": {"type": "string"}},
  "Delay": {"name": "Upstash-Delay", "in": "header", "description":
  "Deliver that much later, as `10s` or `1d12h`", "schema": {"type": "string"}},
  "NotBefore": {"name": "Upstash-Not-Before", "in": "header", "description":
  "Deliver at that Unix time, in seconds", "schema": {"type": "integer"}},
  "DeduplicationId": {"name": "Upstash-Deduplication-Id", "in": "header", "description":
  "A message of the same id within ten minutes is not published again", "schema": {"type":
  "string"}},
  "ContentBasedDeduplication": {"name": "Upstash-Content-Based-Deduplication", "in": "header",
  "description": "The same by what the message holds", "schema": {"type": "boolean"}},
  "Forward": {"name": "Upstash-Forward-Name", "in": "header", "description":
  "Sent to the destination as the header `Name`, for any name", "schema": {"type": "string"}},
  "HeaderForward": {"name": "Upstash-Header-Forward", "in": "header", "description":
  "Send every header of this request to the destination", "schema": {"type": "boolean"}},
  "Callback": {"name": "Upstash-Callback", "in": "header", "description":
  "A URL told of every attempt; `Upstash-Callback-...` are its settings", "schema": {"type":
  "string"}},
  "FailureCallback": {"name": "Upstash-Failure-Callback", "in": "header", "description":
  "A URL told when the retries ran out; `Upstash-Failure-Callback-...` are its settings",
  "schema": {"type": "string"}},
  "FlowControlKey": {"name": "Upstash-Flow-Control-Key", "in": "header", "description":
  "Messages of one key share its limits", "schema": {"type": "string"}},
  "FlowControlValue": {"name": "Upstash-Flow-Control-Value", "in": "header", "description":
  "Its limits, as `parallelism=5, rate=10, period=1m`", "schema": {"type": "string"}},
  "Label": {"name": "Upstash-Label", "in": "header", "description":
  "One label or several, separated by commas", "schema": {"type": "string"}},
  "RedactFields": {"name": "Upstash-Redact-Fields", "in": "header", "description":
  "Never shown: `body`, `header`, `header[Name]`", "schema": {"type": "string"}},
  "QueueName": {"name": "Upstash-Queue-Name", "in": "header", "description":
  "The queue that the message goes through", "schema": {"type": "string"}},
  "Cron": {"name": "Upstash-Cron", "in": "header", "description":
  "When the schedule runs: five fields, after an optional `CRON_TZ=<zone> `", "schema": {"type":
  "string"}},
  "ScheduleId": {"name": "Upstash-Schedule-Id", "in": "header", "description":
  "Of the schedule that is made or overwritten", "schema": {"type": "string"}},
  "cursor": {"name": "cursor", "in": "query", "description":
  "Where the page begins, from the page before", "schema": {"type": "string"}},
  "count": {"name": "count", "in": "query", "description": "How many at most", "schema": {"type":
  "integer", "minimum": 1}},
  "order": {"name": "order", "in": "query", "description": "By time", "schema": {"type":
  "string", "enum": ["earliestFirst", "latestFirst"]}},
  "fromDate": {"name": "fromDate", "in": "query", "description":
  "Unix time in milliseconds, inclusive", "schema": {"type": "integer"}},
  "toDate": {"name": "toDate", "in": "query", "description":
  "Unix time in milliseconds, inclusive", "schema": {"type": "integer"}},
  "trimBody": {"name": "trimBody", "in": "query", "description":
  "Bytes of bodies that are shown; 0: none", "schema": {"type": "integer", "minimum": 0}},
  "messageId": {"name": "messageId", "in": "query", "description": "Of this message", "schema":
  {"type": "string"}},
  "messageIds": {"name": "messageIds", "in": "query", "description":
  "These messages; other filters do not count then (any of several)", "schema": {"type": "array",
  "items": {"type": "string"}}},
  "dlqIds": {"name": "dlqIds", "in": "query", "description":
  "These dead letters; other filters do not count then (any of several)", "schema": {"type":
  "array", "items": {"type": "string"}}},
  "url": {"name": "url", "in": "query", "description":
  "Sent to exactly this URL (any of several)", "schema": {"type": "array", "items": {"type":
  "string"}}},
  "host": {"name": "host", "in": "query", "description": "Sent to this host (any of several)",
  "schema": {"type": "array", "items": {"type": "string"}}},
  "path": {"name": "path", "in": "query", "description": "Sent to this path (any of several)",
  "schema": {"type": "array", "items": {"type": "string"}}},
  "topicName": {"name": "topicName", "in": "query", "description":
  "Published to this URL group (any of several)", "schema": {"type": "array", "items": {"type":
  "string"}}},
  "queueName": {"name": "queueName", "in": "query", "description":
  "Of this queue (any of several)", "schema": {"type": "array", "items": {"type": "string"}}},
  "scheduleId": {"name": "scheduleId", "in": "query", "description":
  "Made by this schedule (any of several)", "schema": {"type": "array", "items": {"type":
  "string"}}},
  "flowControlKey": {"name": "flowControlKey", "in": "query", "description":
  "Of this flow control key (any of several)", "schema": {"type": "array", "items": {"type":
  "string"}}},
  "label": {"name": "label", "in": "query", "description": "With this label (any of several)",
  "schema": {"type": "array", "items": {"type": "string"}}},
  "callerIp": {"name": "callerIp", "in": "query", "description":
  "Published from this address (any of several)", "schema": {"type": "array", "items": {"type":
  "string"}}},
  "responseStatus": {"name": "responseStatus", "in": "query", "description":
  "Whose last response had this status (any of several)", "schema": {"type": "array", "items":
  {"type": "string"}}},
  "state": {"name": "state", "in": "query", "description": "Rows of this state", "schema":
  {"type": "string", "enum": ["CREATED", "ACTIVE", "RETRY", "ERROR", "IN_PROGRESS", "DELIVERED",
  "FAILED", "CANCEL_REQUESTED", "CANCELED"]}},
  "groupBy": {"name": "groupBy", "in": "query", "description":
  "Put the rows of each message together", "schema": {"type": "string", "enum": ["messageId"]}},
  "async": {"name": "async", "in": "query", "description": "Do not wait until it is done",
  "schema": {"type": "boolean"}},
  "actionState": {"name": "state", "in": "query", "description": "Actions of this state",
  "schema": {"type": "string", "enum": ["IN_PROGRESS", "FINISHED"]}},
  "search": {"name": "search", "in": "query", "description": "Keys that contain this", "schema":
  {"type": "string"}},
  "pinParallelism": {"name": "parallelism", "in": "query", "description": "Attempts at once",
  "schema": {"type": "integer", "minimum": 1}},
  "pinRate": {"name": "rate", "in": "query", "description": "Attempts started in a period",
  "schema": {"type": "integer", "minimum": 1}},
  "pinPeriod": {"name": "period", "in": "query", "description": "Seconds; with a rate only",
  "schema": {"type": "integer", "minimum": 1, "maximum": 604800}},
  "unpinParallelism": {"name": "parallelism", "in": "query", "description": "Unpin it", "schema":
  {"type": "boolean"}},
  "unpinRate": {"name": "rate", "in": "query", "description": "Unpin it and its period",
  "schema": {"type": "boolean"}}
},
)json"
    R"json("schemas": {
  "Error": {"type": "object", "properties": {"error": {"type": "string", "description":
  "What is wrong, in words"}}, "required": ["error"]},
  "Empty": {"type": "object", "description": "Nothing but success", "properties": {}},
  "HeaderMap": {"type": "object", "additionalProperties": {"type": "array", "items": {"type":
  "string"}}, "description": "Values of a header by its name"},
  "Receipt": {"type": "object", "properties": {"messageId": {"type": "string", "description":
  "Of the earlier message, when deduplicated"}, "url": {"type": "string", "description":
  "Of the endpoint, when published to a URL group"}, "deduplicated": {"type": "boolean",
  "description": "Present when true: nothing new was published"}}, "required": ["messageId"]},
  "PublishReceipt": {"description":
  "One receipt, or one for each endpoint of a URL group; with `Upstash-Cron`, a schedule",
  "oneOf": [{"$ref": "#/components/schemas/Receipt"}, {"type": "array", "items": {"$ref":
  "#/components/schemas/Receipt"}}, {"$ref": "#/components/schemas/ScheduleReceipt"}]},
  "ScheduleReceipt": {"type": "object", "properties": {"scheduleId": {"type": "string"}},
  "required": ["scheduleId"]},
  "BatchItem": {"type": "object", "properties": {"destination": {"type": "string", "description":
  "A URL or a URL group"}, "headers": {"type": "object", "additionalProperties": {"type":
  "string"}, "description": "Settings as headers of a publish"}, "body": {"type": ["string",
  "null"]}, "queue": {"type": ["string", "null"]}}, "required": ["destination"]},
  "Batch": {"type": "array", "items": {"$ref": "#/components/schemas/BatchItem"}},
  "BatchReceipts": {"type": "array", "items": {"oneOf": [{"$ref":
  "#/components/schemas/Receipt"}, {"type": "array", "items": {"$ref":
  "#/components/schemas/Receipt"}}, {"$ref": "#/components/schemas/ScheduleReceipt"}, {"$ref":
  "#/components/schemas/Error"}]}, "description": "In the order of the items"},
  "Message": {"type": "object", "properties": {"messageId": {"type": "string"}, "url": {"type":
  "string"}, "topicName": {"type": "string", "description":
  "The URL group that it was published to"}, "endpointName": {"type": "string"}, "queueName":
  {"type": "string"}, "scheduleId": {"type": "string", "description":
  "The schedule that made it"}, "method": {"type": "string", "enum": ["GET", "POST", "PUT",
  "PATCH", "DELETE"]}, "header": {"$ref": "#/components/schemas/HeaderMap"}, "body": {"type":
  "string", "description": "Absent when it is not UTF-8"}, "bodyBase64": {"type": "string",
  "description": "Instead of `body`, when that is not UTF-8"}, "maxRetries": {"type": "integer"},
  "retryDelayExpression": {"type": "string"}, "notBefore": {"type": "integer", "description":
  "Never delivered earlier, Unix time in milliseconds"}, "createdAt": {"type": "integer",
  "description": "Accepted, Unix time in milliseconds"}, "callback": {"type": "string"},
  "callbackHeader": {"$ref": "#/components/schemas/HeaderMap"}, "failureCallback": {"type":
  "string"}, "failureCallbackHeader": {"$ref": "#/components/schemas/HeaderMap"}, "callerIP":
  {"type": "string"}, "label": {"type": "string", "description": "The first label", "deprecated":
  true}, "labels": {"type": "array", "items": {"type": "string"}}, "flowControlKey": {"type":
  "string"}, "parallelism": {"type": "integer"}, "rate": {"type": "integer"}, "period": {"type":
  "integer", "description": "Seconds"}, "timeout": {"type": "integer", "description":
  "Of one attempt, seconds"}}, "required": ["messageId", "url", "method", "maxRetries",
  "notBefore", "createdAt"]},
  "DeadLetter": {"allOf": [{"$ref": "#/components/schemas/Message"}, {"type": "object",
  "properties": {"dlqId": {"type": "string"}, "responseStatus": {"type": "integer",
  "description": "0: no response came"}, "responseHeader": {"$ref":
  "#/components/schemas/HeaderMap"}, "responseBody": {"type": "string"}, "responseBodyBase64":
  {"type": "string", "description": "Instead of `responseBody`, when that is not UTF-8"}},
  "required": ["dlqId", "responseStatus"]}]},
  "DeadLetterPage": {"type": "object", "properties": {"messages": {"type": "array", "items":
  {"$ref": "#/components/schemas/DeadLetter"}}, "cursor": {"type": "string", "description":
  "Of the next page; absent on the last one. A page may be short, even empty, and have one"}},
  "required": ["messages"]},
  "Deleted": {"type": "object", "properties": {"deleted": {"type": "integer"}, "cursor": {"type":
  "string", "description": "Present when more match"}}, "required": ["deleted"]},
  "Retried": {"type": "object", "properties": {"responses": {"type": "array", "items": {"$ref":
  "#/components/schemas/Receipt"}}, "cursor": {"type": "string", "description":
  "Present when more match"}}, "required": ["responses"]},
  "Cancelled": {"type": "object", "properties": {"cancelled": {"type": "integer", "description":
  "How many were cancelled; with `async`, how many match"}, "actionId": {"type": "string",
  "description": "With `async`"}}, "required": ["cancelled"]},
  "LogEntry": {"type": "object", "properties": {"time": {"type": "integer", "description":
  "When it happened, Unix time in milliseconds"}, "messageId": {"type": "string"}, "state":
  {"type": "string", "enum": ["CREATED", "ACTIVE", "RETRY", "ERROR", "DELIVERED", "FAILED",
  "CANCEL_REQUESTED", "CANCELED"]}, "url": {"type": "string"}, "topicName": {"type": "string",
  "description": "The URL group that it was published to"}, "endpointName": {"type": "string"},
  "queueName": {"type": "string"}, "scheduleId": {"type": "string", "description":
  "The schedule that made it"}, "error": {"type": "string"}, "nextDeliveryTime": {"type":
  "integer", "description": "Of the next attempt, Unix time in milliseconds"}, "method": {"type":
  "string"}, "header": {"$ref": "#/components/schemas/HeaderMap"}, "body": {"type": "string",
  "description": "Base64"}, "responseStatus": {"type": "integer"}, "responseHeaders": {"$ref":
  "#/components/schemas/HeaderMap"}, "responseHeader": {"$ref":
  "#/components/schemas/HeaderMap"}, "responseBody": {"type": "string", "description": "Base64"},
  "timeout": {"type": "integer", "description": "Of one attempt, milliseconds"}, "callback":
  {"type": "string"}, "callbackHeaders": {"$ref": "#/components/schemas/HeaderMap"},
  "failureCallback": {"type": "string"}, "failureCallbackHeaders": {"$ref":
  "#/components/schemas/HeaderMap"}, "maxRetries": {"type": "integer"}, "retryDelayExpression":
  {"type": "string"}, "retryDelayExpr": {"type": "string"}, "label": {"type": "string",
  "description": "The first label", "deprecated": true}, "labels": {"type": "array", "items":
  {"type": "string"}}, "flowControlKey": {"type": "string"}, "parallelism": {"type": "integer"},
  "rate": {"type": "integer"}, "period": {"type": "integer", "description": "Seconds"},
  "callerIP": {"type": "string"}}, "required": ["time", "messageId", "state", "url"]},
  "LogGroup": {"type": "object", "properties": {"messageId": {"type": "string"}, "events":
  {"type": "array", "items": {"$ref": "#/components/schemas/LogEntry"}}}, "required":
  ["messageId", "events"]},
  "LogPage": {"type": "object", "properties": {"logs": {"type": "array", "items": {"$ref":
  "#/components/schemas/LogEntry"}, "description": "Under `/v2/logs`"}, "events": {"type":
  "array", "items": {"$ref": "#/components/schemas/LogEntry"}, "description": "The same"},
  "messages": {"type": "array", "items": {"$ref": "#/components/schemas/LogGroup"},
  "description": "With `groupBy`, or for one message"}, "cursor": {"type": "string",
  "description":
  "Of the next page; absent on the last one. A page may be short, even empty, and have one"}}},
  "Queue": {"type": "object", "properties": {"name": {"type": "string"}, "createdAt": {"type":
  "integer", "description": "Created, Unix time in milliseconds"}, "updatedAt": {"type":
  "integer", "description": "Changed, Unix time in milliseconds"}, "parallelism": {"type":
  "integer"}, "lag": {"type": "integer", "description": "Messages accepted and not ended"},
  "paused": {"type": "boolean"}}, "required": ["name", "createdAt", "updatedAt", "parallelism",
  "lag", "paused"]},
  "QueueUpsert": {"type": "object", "properties": {"queueName": {"type": "string", "pattern":
  "^[A-Za-z0-9._-]+$"}, "parallelism": {"type": "integer", "minimum": 1}, "paused": {"type":
  "boolean"}}, "required": ["queueName"]},
  "Schedule": {"type": "object", "properties": {"scheduleId": {"type": "string"}, "cron":
  {"type": "string"}, "createdAt": {"type": "integer", "description":
  "Created, Unix time in milliseconds"}, "destination": {"type": "string", "description":
  "A URL or a URL group"}, "method": {"type": "string"}, "header": {"$ref":
  "#/components/schemas/HeaderMap"}, "body": {"type": "string"}, "bodyBase64": {"type":
  "string"}, "retries": {"type": "integer"}, "retryDelayExpression": {"type": "string"}, "delay":
  {"type": "integer", "description": "Of each message, seconds"}, "timeout": {"type": "integer",
  "description": "Of one attempt, seconds"}, "callback": {"type": "string"}, "callbackHeader":
  {"$ref": "#/components/schemas/HeaderMap"}, "failureCallback": {"type": "string"},
  "failureCallbackHeader": {"$ref": "#/components/schemas/HeaderMap"}, "callerIP": {"type":
  "string"}, "callerIp": {"type": "string"}, "isPaused": {"type": "boolean"}, "queueName":
  {"type": "string"}, "flowControlKey": {"type": "string"}, "parallelism": {"type": "integer"},
  "rate": {"type": "integer"}, "period": {"type": "integer", "description": "Seconds"}, "label":
  {"type": "string", "description": "The first label", "deprecated": true}, "labels": {"type":
  "array", "items": {"type": "string"}}, "lastScheduleTime": {"type": "integer", "description":
  "Of the last run, Unix time in milliseconds"}, "nextScheduleTime": {"type": "integer",
  "description": "Of the next run, Unix time in milliseconds"}, "lastScheduleStates": {"type":
  "object", "description": "The messages of the last run", "additionalProperties": {"type":
  "string", "enum": ["IN_PROGRESS", "SUCCESS", "FAIL"]}}, "error": {"type": "string",
  "description": "Of the last run"}}, "required": ["scheduleId", "cron", "createdAt",
  "destination", "method", "retries", "isPaused"]},
  "UrlGroup": {"type": "object", "properties": {"name": {"type": "string"}, "createdAt": {"type":
  "integer", "description": "Created, Unix time in milliseconds"}, "updatedAt": {"type":
  "integer", "description": "Changed, Unix time in milliseconds"}, "endpoints": {"type": "array",
  "items": {"$ref": "#/components/schemas/Endpoint"}}, "headers": {"$ref":
  "#/components/schemas/HeaderMap"}}, "required": ["name", "createdAt", "updatedAt",
  "endpoints"]},
  "Endpoint": {"type": "object", "properties": {"url": {"type": "string"}, "name": {"type":
  "string"}}},
  "Endpoints": {"type": "object", "properties": {"endpoints": {"type": "array", "items": {"$ref":
  "#/components/schemas/Endpoint"}}}, "required": ["endpoints"]},
  "GroupHeaders": {"type": "object", "properties": {"headers": {"type": "object",
  "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type":
  "string"}}]}, "description": "Defaults of every publish to the group"}}, "required":
  ["headers"]},
  "FlowControlKey": {"type": "object", "properties": {"flowControlKey": {"type": "string"},
  "waitListSize": {"type": "integer", "description": "Messages held back"}, "parallelismMax":
  {"type": "integer", "description": "0: not limited"}, "parallelismCount": {"type": "integer",
  "description": "Attempts under way"}, "rateMax": {"type": "integer", "description":
  "0: not limited"}, "rateCount": {"type": "integer", "description":
  "Attempts started in this window"}, "ratePeriod": {"type": "integer", "description":
  "Seconds"}, "ratePeriodStart": {"type": "integer", "description": "Unix time in seconds"},
  "isPaused": {"type": "boolean"}, "isPinnedParallelism": {"type": "boolean"}, "isPinnedRate":
  {"type": "boolean"}}, "required": ["flowControlKey", "waitListSize", "parallelismMax",
  "parallelismCount", "rateMax", "rateCount", "ratePeriod", "ratePeriodStart", "isPaused",
  "isPinnedParallelism", "isPinnedRate"]},
  "GlobalParallelism": {"type": "object", "properties": {"parallelismMax": {"type": "integer"},
  "parallelismCount": {"type": "integer"}}, "required": ["parallelismMax", "parallelismCount"]},
  "BulkAction": {"type": "object", "properties": {"actionId": {"type": "string"}, "kind":
  {"type": "string", "enum": ["cancel"]}, "state": {"type": "string", "enum": ["IN_PROGRESS",
  "FINISHED"]}, "total": {"type": "integer", "description": "Messages that match"}, "processed":
  {"type": "integer", "description": "Of them, so far"}, "createdAt": {"type": "integer",
  "description": "Begun, Unix time in milliseconds"}, "completedAt": {"type": "integer",
  "description": "Finished, Unix time in milliseconds"}, "filter": {"$ref":
  "#/components/schemas/HeaderMap"}}, "required": ["actionId", "kind", "state", "total",
  "processed", "createdAt", "filter"]},
  "BulkActionPage": {"type": "object", "properties": {"bulkActions": {"type": "array", "items":
  {"$ref": "#/components/schemas/BulkAction"}}, "cursor": {"type": "string", "description":
  "Of the next page; absent on the last one"}}, "required": ["bulkActions"]},
  "SigningKeys": {"type": "object", "properties": {"current": {"type": "string"}, "next":
  {"type": "string"}}, "required": ["current", "next"]},
  "Server": {"type": "object", "properties": {"name": {"type": "string"}, "version": {"type":
  "string"}}, "required": ["name", "version"]},
  "Status": {"type": "object", "properties": {"status": {"type": "string"}}, "required":
  ["status"]},
  "Selection": {"type": "object", "description":
  "The same names as the query parameters, with values or arrays of them; both count",
  "properties": {}, "additionalProperties": true},
  "Queues": {"type": "array", "items": {"$ref": "#/components/schemas/Queue"}},
  "Schedules": {"type": "array", "items": {"$ref": "#/components/schemas/Schedule"}},
  "UrlGroups": {"type": "array", "items": {"$ref": "#/components/schemas/UrlGroup"}},
  "FlowControlKeys": {"type": "array", "items": {"$ref": "#/components/schemas/FlowControlKey"}}
}
}
)json";

}  // namespace godwit
