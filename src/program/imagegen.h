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
/// ours, and where it listens. Of `environment`, ours, it gets the rest, but no GODWIT_ variables:
/// they may hold secrets that are not its own.
CompanionCommand imagegen_command(
    const Settings& settings, const BrokerAccess& broker,
    const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace godwit
