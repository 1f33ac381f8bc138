// Builds a string inside the rendering's budget: the error comes before the memory is taken.
#pragma once

#include "prepare/chat_template/budget.h"
#include "prepare/chat_template/text.h"

namespace nagare::chat_template {

class TextBuilder {
 public:
  explicit TextBuilder(Meter& meter) : meter_(meter) {}

  Status append(std::string_view bytes, Origin origin) {
    RETURN_IF_ERROR(reserve(bytes.size()));
    text_.append(bytes, origin);
    return {};
  }
  Status append(const Text& text) { return append(text, 0, text.size()); }
  Status append(const Text& text, size_t begin, size_t end) {
    if (begin >= end) return {};
    RETURN_IF_ERROR(reserve(end - begin));
    text_.append(text, begin, end);
    return {};
  }
  Status append_repeated(const Text& text, size_t count) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(text.size(), count, &bytes)) bytes = SIZE_MAX / 4;
    RETURN_IF_ERROR(meter_.would_fit(bytes));
    RETURN_IF_ERROR(limit(bytes));
    for (size_t i = 0; i < count; ++i) RETURN_IF_ERROR(append(text));
    return {};
  }

  const Text& text() const { return text_; }
  size_t size() const { return text_.size(); }
  Text take() { return std::move(text_); }

 private:
  Status limit(size_t more) const {
    if (more > meter_.budget().output_bytes - text_.size()) {
      return bad_input("a text grows past {} bytes", meter_.budget().output_bytes);
    }
    return {};
  }
  Status reserve(size_t more) {
    RETURN_IF_ERROR(limit(more));
    return meter_.work(more);
  }

  Meter& meter_;
  Text text_;
};

}  // namespace nagare::chat_template
