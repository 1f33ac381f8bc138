// Names to positions: a sorted list, searched by halving. Not a hash table, so that no file can choose names
// that collide and make opening it slow.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nagare {

class GgufNameIndex {
 public:
  // The names must outlive the index. Returns the name that occurs twice, if one does.
  std::optional<std::string_view> build(std::vector<std::string_view> names) {
    names_ = std::move(names);
    order_.resize(names_.size());
    std::iota(order_.begin(), order_.end(), uint32_t{0});
    std::ranges::sort(order_, {}, [this](uint32_t i) { return names_[i]; });
    const auto twice = std::ranges::adjacent_find(order_, {}, [this](uint32_t i) { return names_[i]; });
    if (twice == order_.end()) return std::nullopt;
    return names_[*twice];
  }

  std::optional<uint32_t> find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(order_, name, {}, [this](uint32_t i) { return names_[i]; });
    if (at == order_.end() || names_[*at] != name) return std::nullopt;
    return *at;
  }

 private:
  std::vector<std::string_view> names_;
  std::vector<uint32_t> order_;
};

}  // namespace nagare
