#pragma once
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "program/companion.h"

namespace godwit {

/// What a client needs to use a broker.
struct BrokerAccess {
  std::string url;
  std::string token;
  std::string current_signing_key;
  std::string next_signing_key;
};

/// The file of ImageGenService: the setting, or `imagegen` beside our own executable.
std::string imagegen_file(const Settings& settings);

/// How `godwit dev` starts ImageGenService: with the way to this broker, a place for its data below
/// ours, where it listens, and, unless `environment` says otherwise, our drain time and our kind of
/// log. Of `environment`, which is ours, it gets the rest, but no QSTASH_ variables, which could
/// lead to another broker, and no GODWIT_ ones, which may hold secrets that are not its own.
CompanionCommand imagegen_command(
    const Settings& settings, const BrokerAccess& broker,
    const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace godwit
