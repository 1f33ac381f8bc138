#include "prepare/chat_template/iterators.h"

#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

class EmptyIterator : public Iterator {
 public:
  Result<std::optional<Value>> next(Evaluator&) override { return std::nullopt; }
};

class SequenceIterator : public Iterator {
 public:
  explicit SequenceIterator(Value sequence) : sequence_(std::move(sequence)) {}
  Result<std::optional<Value>> next(Evaluator&) override {
    const auto& items = sequence_.items();
    return index_ < items.size() ? std::optional(items[index_++]) : std::nullopt;
  }

 private:
  Value sequence_;
  size_t index_ = 0;
};

class KeyIterator : public Iterator {
 public:
  explicit KeyIterator(Value dict) : dict_(std::move(dict)) {}
  Result<std::optional<Value>> next(Evaluator&) override {
    const auto& entries = dict_.dict().entries;
    return index_ < entries.size() ? std::optional(entries[index_++].first) : std::nullopt;
  }

 private:
  Value dict_;
  size_t index_ = 0;
};

class CharacterIterator : public Iterator {
 public:
  explicit CharacterIterator(Value string) : string_(std::move(string)) {}
  Result<std::optional<Value>> next(Evaluator& evaluator) override {
    if (position_ >= string_.text().size()) return std::nullopt;
    const size_t begin = position_;
    next_char(string_.view(), &position_);
    return evaluator.make_text(string_.text().slice(begin, position_), string_.string().is_markup);
  }

 private:
  Value string_;
  size_t position_ = 0;
};

class RangeIterator : public Iterator {
 public:
  explicit RangeIterator(Range range) : range_(range) {}
  Result<std::optional<Value>> next(Evaluator&) override {
    return index_ < range_.size ? std::optional(Value(range_.at(index_++))) : std::nullopt;
  }

 private:
  Range range_;
  size_t index_ = 0;
};

// Reads on from a generator, which it keeps alive.
class GeneratorIterator : public Iterator {
 public:
  explicit GeneratorIterator(std::shared_ptr<Object> generator) : generator_(std::move(generator)) {}
  Result<std::optional<Value>> next(Evaluator& evaluator) override {
    ASSIGN_OR_RETURN(const auto level, evaluator.deeper());
    return generator_->iterator()->next(evaluator);
  }

 private:
  std::shared_ptr<Object> generator_;
};

}  // namespace

bool is_iterable(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kUndefined:
    case ValueKind::kString:
    case ValueKind::kSequence:
    case ValueKind::kDict:
    case ValueKind::kRange:
      return true;
    case ValueKind::kObject:
      return value.object().iterator() != nullptr;
    default:
      return false;
  }
}

Result<std::unique_ptr<Iterator>> make_iterator(const Value& iterable) {
  switch (iterable.kind()) {
    case ValueKind::kUndefined:
      return std::make_unique<EmptyIterator>();
    case ValueKind::kString:
      return std::make_unique<CharacterIterator>(iterable);
    case ValueKind::kSequence:
      return std::make_unique<SequenceIterator>(iterable);
    case ValueKind::kDict:
      return std::make_unique<KeyIterator>(iterable);
    case ValueKind::kRange:
      return std::make_unique<RangeIterator>(iterable.range());
    case ValueKind::kObject:
      if (iterable.object().iterator() == nullptr) break;
      return std::make_unique<GeneratorIterator>(iterable.object_pointer());
    default:
      break;
  }
  return bad_input("'{}' object is not iterable", type_name(iterable));
}

std::optional<size_t> length_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kUndefined:
      return 0;
    case ValueKind::kString:
      return value.string().is_ascii ? value.text().size() : count_chars(value.view());
    case ValueKind::kSequence:
      return value.items().size();
    case ValueKind::kDict:
      return value.dict().entries.size();
    case ValueKind::kRange:
      return value.range().size;
    case ValueKind::kObject:
      return value.object().length();
    default:
      return std::nullopt;
  }
}

}  // namespace nagare::chat_template
