#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "imagegen/domain/effective.h"
#include "imagegen/domain/problem.h"

namespace godwit::imagegen {

// The problems that several parts tell of, each with its cause and its remedy.

Problem qstash_token_missing();  ///< W1
Problem gemini_key_missing();    ///< W2
Problem openai_key_missing();    ///< W3
Problem model_unknown(std::string_view model);
Problem generation_not_found(std::string_view id);
Problem task_not_found(std::string_view id);
Problem invalid(std::string_view field, std::string message);
/// Of storage, vault or files.
Problem of_storage(const Error& error);
/// Of the broker: `qstash_token_refused`, `broker_refused`, `broker_limited`, `broker_unreachable`.
Problem of_broker(const Error& error);
/// Whether the problem is one that goes away when the broker is back.
bool is_of_broker(const Problem& problem);
/// Whether it is of the provider's account, and so holds for all tasks: key, quota, permission. The
/// next image that is drawn shows that it is gone.
bool is_of_provider(const Problem& problem);

/// W4: whether a broker that is not on this machine would be asked to call an address that only
/// this machine knows.
bool webhook_is_unreachable(const Effective& effective);
Problem webhook_unreachable(const Effective& effective);
/// A host name of the hosted service.
bool is_hosted(const Effective& effective);

}  // namespace godwit::imagegen
