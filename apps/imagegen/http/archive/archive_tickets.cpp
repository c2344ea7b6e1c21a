#include "imagegen/http/archive/archive_tickets.h"

#include <algorithm>

#include "core/signature.h"

namespace godwit::imagegen {

std::string ArchiveTickets::add(std::vector<std::string> image_ids, Timestamp now) {
  std::erase_if(tickets_, [&](const Ticket& ticket) { return ticket.until <= now; });
  if (tickets_.size() == tickets_max) tickets_.pop_front();
  constexpr std::size_t name_size = 24;
  std::string name = hex_encode(random_bytes(name_size));
  tickets_.push_back({name, now + lifetime, std::move(image_ids)});
  return name;
}

std::optional<std::vector<std::string>> ArchiveTickets::take(std::string_view name, Timestamp now) {
  const auto found = std::ranges::find(tickets_, name, &Ticket::name);
  if (found == tickets_.end()) return std::nullopt;
  Ticket ticket = std::move(*found);
  tickets_.erase(found);
  if (ticket.until <= now) return std::nullopt;
  return std::move(ticket.image_ids);
}

}  // namespace godwit::imagegen
