#include "prepare/chat_template/attributes.h"

#include <algorithm>

#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/iterators.h"
#include "prepare/chat_template/methods.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

constexpr size_t kMaxNameInMessage = 80;

std::string_view shortened(std::string_view name) {
  return name.substr(0, byte_of_char(name, kMaxNameInMessage));
}

bool contains_name(std::initializer_list<std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Methods that exist in Python but would change the value.
bool is_mutating(const Value& object, std::string_view name) {
  if (object.is_dict()) return contains_name({"clear", "pop", "popitem", "setdefault", "update"}, name);
  if (!object.is_list()) return false;
  return contains_name({"append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"}, name);
}

std::optional<Value> number_attribute(const Value& number, std::string_view name) {
  if (name == "real") return number;
  if (name == "imag") return number.is_float() ? Value(0.0) : Value(0);
  if (number.is_float()) return std::nullopt;
  if (name == "numerator") return Value(number.whole());
  if (name == "denominator") return Value(1);
  return std::nullopt;
}

Result<Value> no_attribute(Evaluator& evaluator, const Value& object, std::string_view name) {
  return evaluator.make_undefined(
      fmt::format("'{}' has no attribute '{}'", type_phrase(object), shortened(name)));
}

// The index as a position in `size` items, or nothing where it is outside.
std::optional<size_t> position_of(Integer index, size_t size) {
  const auto count = static_cast<Integer>(size);
  if (index < 0) index += count;
  if (index < 0 || index >= count) return std::nullopt;
  return static_cast<size_t>(index);
}

Result<Value> character_at(Evaluator& evaluator, const Value& string, size_t index) {
  const Text& text = string.text();
  size_t begin = index;
  if (!string.string().is_ascii) {
    RETURN_IF_ERROR(evaluator.meter().work(text.size()));
    begin = byte_of_char(text.view(), index);
  }
  size_t end = begin;
  next_char(text.view(), &end);
  return evaluator.make_text(text.slice(begin, end), string.string().is_markup);
}

// The item, or nothing where Python raises a TypeError or LookupError.
Result<std::optional<Value>> find_item(Evaluator& evaluator, const Value& object, const Value& index) {
  if (object.is_undefined()) return bad_input("{}", object.undefined_info().message);
  if (object.is_dict()) {
    const Value* found = may_be_key(index) ? object.dict().find(index) : nullptr;
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }
  const bool is_indexed = object.is_string() || object.is_list() || object.is_tuple() || object.is_range();
  if (!is_indexed || !index.is_whole()) return std::nullopt;
  const auto position = position_of(index.whole(), *length_of(object));
  if (!position) return std::nullopt;
  if (object.is_range()) return Value(object.range().at(*position));
  if (object.is_sequence()) return object.items()[*position];
  ASSIGN_OR_RETURN(Value character, character_at(evaluator, object, *position));
  return character;
}

// Python's slice.indices(): where to begin, how many items, and the step.
struct SlicePositions {
  Integer start;
  Integer step;
  size_t count;
};

Result<Integer> slice_part(const Value& part, Integer otherwise) {
  if (part.is_none()) return otherwise;
  if (!part.is_whole()) return bad_input("slice indices must be integers or None, not '{}'", type_name(part));
  return part.whole();
}

Result<SlicePositions> slice_positions(const SliceBounds& bounds, size_t size) {
  const auto length = static_cast<Integer>(size);
  ASSIGN_OR_RETURN(Integer step, slice_part(bounds.step, 1));
  if (step == 0) return bad_input("slice step cannot be zero");
  step = std::clamp(step, -length - 1, length + 1);  // a longer step takes the same one item
  const Integer lowest = step < 0 ? -1 : 0;
  const Integer highest = step < 0 ? length - 1 : length;
  const auto clamp = [&](Integer value) {
    if (value < 0) value = value < -length ? lowest : value + length;
    return std::clamp(value, lowest, highest);
  };
  ASSIGN_OR_RETURN(Integer start, slice_part(bounds.start, 0));
  ASSIGN_OR_RETURN(Integer stop, slice_part(bounds.stop, 0));
  start = bounds.start.is_none() ? (step < 0 ? highest : lowest) : clamp(start);
  stop = bounds.stop.is_none() ? (step < 0 ? lowest : highest) : clamp(stop);
  const Integer distance = step < 0 ? start - stop : stop - start;
  if (distance <= 0) return SlicePositions{start, step, 0};
  return SlicePositions{start, step, static_cast<size_t>((distance - 1) / (step < 0 ? -step : step) + 1)};
}

Result<Value> slice_string(Evaluator& evaluator, const Value& string, const SlicePositions& slice) {
  const Text& text = string.text();
  const std::string_view bytes = text.view();
  const bool is_markup = string.string().is_markup;
  RETURN_IF_ERROR(evaluator.meter().work(text.size()));
  const bool is_ascii = string.string().is_ascii;
  if (slice.step == 1) {
    const auto start = static_cast<size_t>(slice.start);
    if (is_ascii) return evaluator.make_text(text.slice(start, start + slice.count), is_markup);
    const size_t begin = byte_of_char(bytes, start);
    const size_t end = begin + byte_of_char(bytes.substr(begin), slice.count);
    return evaluator.make_text(text.slice(begin, end), is_markup);
  }
  RETURN_IF_ERROR(evaluator.meter().step(text.size()));
  RETURN_IF_ERROR(evaluator.meter().would_fit(text.size() * sizeof(size_t)));
  std::vector<size_t> begins;
  for (size_t i = 0; i < bytes.size(); next_char(bytes, &i)) begins.push_back(i);
  begins.push_back(bytes.size());
  TextBuilder result(evaluator.meter());
  for (size_t k = 0; k < slice.count; ++k) {
    const auto at = static_cast<size_t>(slice.start + static_cast<Integer>(k) * slice.step);
    RETURN_IF_ERROR(result.append(text, begins[at], begins[at + 1]));
  }
  return evaluator.make_text(result.take(), is_markup);
}

}  // namespace

Result<std::optional<Value>> find_attribute(Evaluator& evaluator, const Value& object,
                                            std::string_view name) {
  if (name.starts_with("__") || is_mutating(object, name)) {
    ASSIGN_OR_RETURN(Value hidden, evaluator.make_undefined(
                                       fmt::format("access to attribute '{}' of '{}' object is unsafe.",
                                                   shortened(name), type_name(object))));
    return hidden;
  }
  if (object.is_undefined()) return bad_input("{}", object.undefined_info().message);
  if (object.is_object()) return object.object().attribute(evaluator, name);
  if (object.is_number()) {
    if (auto attribute = number_attribute(object, name)) return attribute;
  }
  if (object.is_sequence() && object.sequence().kind == SequenceKind::kGroup) {
    if (name == "grouper") return object.items()[0];
    if (name == "list") return object.items()[1];
  }
  if (object.is_range()) {
    if (name == "start") return Value(object.range().start);
    if (name == "step") return Value(object.range().step);
    if (name == "stop") return Value(object.range().at(object.range().size));
  }
  for (const Method& method : methods_of(object)) {
    if (method.name == name) return Value(std::make_shared<const BoundMethod>(BoundMethod{object, &method}));
  }
  return std::nullopt;
}

Result<Value> get_attribute(Evaluator& evaluator, const Value& object, std::string_view name) {
  ASSIGN_OR_RETURN(auto attribute, find_attribute(evaluator, object, name));
  const bool may_be_hidden_key = object.is_dict() && name.starts_with("__");
  if (attribute && !may_be_hidden_key) return std::move(*attribute);
  if (object.is_dict()) {
    if (const Value* found = object.dict().find(name)) return *found;
  }
  return no_attribute(evaluator, object, name);
}

Result<Value> get_item(Evaluator& evaluator, const Value& object, const Value& index) {
  ASSIGN_OR_RETURN(auto item, find_item(evaluator, object, index));
  if (item) return std::move(*item);
  if (index.is_string()) {
    ASSIGN_OR_RETURN(auto attribute, find_attribute(evaluator, object, index.view()));
    if (attribute) return std::move(*attribute);
    return no_attribute(evaluator, object, index.view());
  }
  return evaluator.make_undefined(fmt::format("{} has no such element", type_phrase(object)));
}

Result<Value> get_slice(Evaluator& evaluator, const Value& object, const SliceBounds& bounds) {
  if (object.is_undefined()) return bad_input("{}", object.undefined_info().message);
  const bool is_sliced = object.is_string() || object.is_list() || object.is_tuple() || object.is_range();
  // Python's TypeError ("… is not subscriptable") becomes undefined, in Jinja2 as here.
  if (!is_sliced) return evaluator.make_undefined(fmt::format("{} has no such slice", type_phrase(object)));
  auto positions = slice_positions(bounds, *length_of(object));
  if (!positions) {
    const bool is_type_error = !bounds.step.is_whole() || bounds.step.whole() != 0;
    if (!is_type_error) return std::unexpected(std::move(positions.error()));
    return evaluator.make_undefined(positions.error().message);
  }
  const SlicePositions& slice = *positions;
  if (object.is_string()) return slice_string(evaluator, object, slice);
  if (object.is_range()) {
    const Range& range = object.range();
    const Integer start = range.start + slice.start * range.step;
    const Integer step = slice.count > 1 ? range.step * slice.step : 1;
    return Value(std::make_shared<const Range>(Range{start, step, slice.count}));
  }
  RETURN_IF_ERROR(evaluator.meter().step(slice.count));
  std::vector<Value> items;
  items.reserve(slice.count);
  for (size_t k = 0; k < slice.count; ++k) {
    items.push_back(object.items()[static_cast<size_t>(slice.start + static_cast<Integer>(k) * slice.step)]);
  }
  return evaluator.make_sequence(object.is_list() ? SequenceKind::kList : SequenceKind::kTuple,
                                 std::move(items));
}

}  // namespace nagare::chat_template
