#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace godwit::imagegen {

/// Selections of images that wait to be downloaded: a browser can only save what a GET answers, and
/// 10,000 ids do not fit into a URL. Each is taken once, within an hour.
class ArchiveTickets {
 public:
  static constexpr std::size_t tickets_max = 100;  ///< The oldest goes first.
  static constexpr std::size_t images_max = 10'000;
  static constexpr Milliseconds lifetime{3'600'000};

  /// Returns the ticket's name, which cannot be guessed.
  std::string add(std::vector<std::string> image_ids, Timestamp now);
  /// nullopt: there is none, or not any more.
  std::optional<std::vector<std::string>> take(std::string_view name, Timestamp now);

 private:
  struct Ticket {
    std::string name;
    Timestamp until{};
    std::vector<std::string> image_ids;
  };
  std::deque<Ticket> tickets_;
};

}  // namespace godwit::imagegen
