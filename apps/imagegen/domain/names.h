#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/assert.h"

namespace godwit::imagegen {

/// A value and how it is spelled on the wire and in the database.
template <typename T>
struct Named {
  T value;
  std::string_view name;
};

/// The name of `value`, which the table has.
template <typename T, std::size_t count>
constexpr std::string_view name_of(const std::array<Named<T>, count>& table, T value) {
  const auto row = std::find_if(table.begin(), table.end(),
                                [&](const Named<T>& each) { return each.value == value; });
  GODWIT_ASSERT(row != table.end());
  return row->name;
}

/// The first value with this name; nullopt: none has it.
template <typename T, std::size_t count>
constexpr std::optional<T> value_of(const std::array<Named<T>, count>& table,
                                    std::string_view name) {
  for (const Named<T>& row : table) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

}  // namespace godwit::imagegen
