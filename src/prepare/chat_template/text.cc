#include "prepare/chat_template/text.h"

namespace nagare::chat_template {

void Text::append(std::string_view bytes, Origin origin) {
  if (bytes.empty()) return;
  if (bytes_.empty()) {
    first_ = origin;
  } else if (flipped(switches_.size() % 2 != 0) != origin) {
    switches_.push_back(bytes_.size());
  }
  bytes_.append(bytes);
}

void Text::append(const Text& other, size_t begin, size_t end) {
  if (begin >= end) return;
  const size_t shift = size() - begin;  // wraps where begin > size(); the sums below wrap back
  append(other.view().substr(begin, end - begin), other.origin_at(begin));
  const auto first = std::upper_bound(other.switches_.begin(), other.switches_.end(), begin);
  const auto last = std::lower_bound(first, other.switches_.end(), end);
  for (auto it = first; it != last; ++it) switches_.push_back(*it + shift);
}

Text Text::slice(size_t begin, size_t end) const {
  Text result;
  result.append(*this, begin, end);
  return result;
}

}  // namespace nagare::chat_template
