#include "config/suggestion.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace godwit {
namespace {

/// Insertions, deletions and replacements of one character (Levenshtein), by rows.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view wrong, std::span<const std::string> candidates) {
  // A name that a client sent may have any length; the quadratic comparison need not.
  constexpr std::size_t length_max = 100;
  if (wrong.size() > length_max) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, wrong.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(wrong, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (!best.empty()) return best;
  // A word that somebody shortened, or left the section out of: `--allow`, `sync`.
  const std::string_view word = wrong.substr(std::min(wrong.find_first_not_of('-'), wrong.size()));
  if (word.size() < 3) return {};
  for (const std::string& candidate : candidates) {
    if (candidate.find(word) == std::string::npos) continue;
    if (best.empty() || candidate.size() < best.size()) best = candidate;
  }
  return best;
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string> candidates) {
  const std::string best = nearest(wrong, candidates);
  return best.empty() ? std::string() : "; did you mean \"" + best + "\"?";
}

}  // namespace godwit
