// Methods of dict, list, tuple, range and numbers.
#include <array>
#include <cmath>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/compare.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/iterators.h"
#include "prepare/chat_template/methods.h"

namespace nagare::chat_template {
namespace {

template <SequenceKind kKind>
Result<Value> dict_view(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("items", arguments, {}));
  std::vector<Value> items;
  items.reserve(self.dict().entries.size());
  for (const auto& [key, value] : self.dict().entries) {
    if (kKind == SequenceKind::kDictKeys) {
      items.push_back(key);
    } else if (kKind == SequenceKind::kDictValues) {
      items.push_back(value);
    } else {
      ASSIGN_OR_RETURN(Value pair, evaluator.make_tuple({key, value}));
      items.push_back(std::move(pair));
    }
  }
  return evaluator.make_sequence(kKind, std::move(items));
}

Result<Value> dict_get(Evaluator&, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("get", arguments, {"key", "default"}, 1));
  if (!may_be_key(*bound.get(0))) return bad_input("unhashable type: '{}'", type_name(*bound.get(0)));
  if (const Value* found = self.dict().find(*bound.get(0))) return *found;
  return bound.has(1) ? *bound.get(1) : Value();
}

Result<Value> copy(Evaluator&, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("copy", arguments, {}));
  return self;  // values are immutable
}

Result<Value> sequence_count(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("count", arguments, {"value"}, 1));
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(self));
  size_t count = 0;
  while (true) {
    ASSIGN_OR_RETURN(const auto item, iterator->next(evaluator));
    if (!item) return Value(count);
    ASSIGN_OR_RETURN(const bool same, is_equal(evaluator.meter(), *item, *bound.get(0)));
    count += same ? 1 : 0;
  }
}

Result<Value> sequence_index(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("index", arguments, {"value", "start", "stop"}, 1));
  const auto length = static_cast<Integer>(*length_of(self));
  ASSIGN_OR_RETURN(Integer start, bound.whole(1, 0));
  ASSIGN_OR_RETURN(Integer stop, bound.whole(2, length));
  if (start < 0) start = std::max<Integer>(std::max(start, -length) + length, 0);
  if (stop < 0) stop = std::max(stop, -length) + length;
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(self));
  for (Integer i = 0; i < stop; ++i) {
    ASSIGN_OR_RETURN(const auto item, iterator->next(evaluator));
    if (!item) break;
    RETURN_IF_ERROR(evaluator.meter().step());
    if (i < start) continue;
    ASSIGN_OR_RETURN(const bool same, is_equal(evaluator.meter(), *item, *bound.get(0)));
    if (same) return Value(i);
  }
  return bad_input("the value is not in the {}", type_name(self));
}

Result<Value> bit_length(Evaluator&, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("bit_length", arguments, {}));
  Integer magnitude = self.whole();
  int bits = 0;
  for (; magnitude != 0; magnitude /= 2) ++bits;
  return Value(bits);
}

Result<Value> is_whole_float(Evaluator&, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("is_integer", arguments, {}));
  return Value(std::isfinite(self.real()) && std::floor(self.real()) == self.real());
}

}  // namespace

std::span<const Method> dict_methods() {
  static const std::array<Method, 5> all = {{
      {"items", dict_view<SequenceKind::kDictItems>},
      {"keys", dict_view<SequenceKind::kDictKeys>},
      {"values", dict_view<SequenceKind::kDictValues>},
      {"get", dict_get},
      {"copy", copy},
  }};
  return all;
}

std::span<const Method> sequence_methods() {
  static const std::array<Method, 3> all = {{
      {"index", sequence_index},
      {"count", sequence_count},
      {"copy", copy},
  }};
  return all;
}

std::span<const Method> whole_methods() {
  static const std::array<Method, 2> all = {{{"bit_length", bit_length}, {"conjugate", copy}}};
  return all;
}

std::span<const Method> float_methods() {
  static const std::array<Method, 2> all = {{{"is_integer", is_whole_float}, {"conjugate", copy}}};
  return all;
}

std::span<const Method> methods_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kString:
      return string_methods();
    case ValueKind::kDict:
      return dict_methods();
    case ValueKind::kBoolean:
    case ValueKind::kInteger:
      return whole_methods();
    case ValueKind::kFloat:
      return float_methods();
    case ValueKind::kRange:
      return sequence_methods().first(2);
    case ValueKind::kSequence:
      if (value.is_list()) return sequence_methods();
      return value.is_tuple() ? sequence_methods().first(2) : std::span<const Method>{};
    default:
      return {};
  }
}

}  // namespace nagare::chat_template
