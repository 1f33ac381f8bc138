// A string that knows where each of its bytes came from: the template (and what the program vouches for), or
// the user. Special tokens may be recognised only in template parts, so that a user who types "<|im_end|>"
// sends plain text. Every string operation of a template carries the origin along, byte by byte.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nagare::chat_template {

enum class Origin : uint8_t { kTemplate, kUser };

// UTF-8 (always valid: sources are checked where they enter) with origins, kept as the offsets where the
// origin changes from one to the other.
class Text {
 public:
  Text() = default;
  explicit Text(std::string bytes, Origin origin = Origin::kTemplate)
      : bytes_(std::move(bytes)), first_(origin) {}
  explicit Text(std::string_view bytes, Origin origin = Origin::kTemplate) : bytes_(bytes), first_(origin) {}
  explicit Text(const char* bytes) : bytes_(bytes) {}

  std::string_view view() const { return bytes_; }
  size_t size() const { return bytes_.size(); }  // bytes
  bool empty() const { return bytes_.empty(); }
  // Heap bytes, for the memory budget.
  size_t footprint_bytes() const { return bytes_.capacity() + switches_.capacity() * sizeof(size_t); }

  bool has_user_part() const { return !empty() && (first_ == Origin::kUser || !switches_.empty()); }
  // What a string derived from this one as a whole must count as.
  Origin overall_origin() const { return has_user_part() ? Origin::kUser : Origin::kTemplate; }
  Origin origin_at(size_t byte) const {
    const auto passed = std::upper_bound(switches_.begin(), switches_.end(), byte) - switches_.begin();
    return flipped(passed % 2 != 0);
  }

  void append(std::string_view bytes, Origin origin);
  void append(const Text& other) { append(other, 0, other.size()); }
  // Appends the bytes [begin, end) of `other`.
  void append(const Text& other, size_t begin, size_t end);
  Text slice(size_t begin, size_t end) const;

  // Calls visit(std::string_view, Origin) for each longest piece of one origin.
  template <class Visit>
  void for_each_part(Visit visit) const {
    size_t begin = 0;
    bool flip = false;
    for (const size_t end : switches_) {
      visit(view().substr(begin, end - begin), flipped(flip));
      begin = end;
      flip = !flip;
    }
    if (begin < size()) visit(view().substr(begin), flipped(flip));
  }

  std::string take_bytes() && { return std::move(bytes_); }

 private:
  Origin flipped(bool flip) const {
    return static_cast<Origin>(static_cast<uint8_t>(first_) ^ (flip ? 1 : 0));
  }

  std::string bytes_;
  Origin first_ = Origin::kTemplate;  // of the first byte
  std::vector<size_t> switches_;      // ascending offsets, each inside (0, size), where the origin changes
};

}  // namespace nagare::chat_template
