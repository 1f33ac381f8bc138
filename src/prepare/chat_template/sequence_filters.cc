// Filters over lists and dicts that look at every item at once.
#include <algorithm>
#include <array>
#include <set>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/arithmetic.h"
#include "prepare/chat_template/attribute_path.h"
#include "prepare/chat_template/compare.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/filters.h"
#include "prepare/chat_template/iterators.h"

namespace nagare::chat_template {
namespace {

Result<Value> filter_length(Evaluator&, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("length", arguments, {}));
  const auto length = length_of(input);
  if (!length) return bad_input("object of type '{}' has no len()", type_name(input));
  return Value(*length);
}

Result<Value> filter_list(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("list", arguments, {}));
  ASSIGN_OR_RETURN(auto items, evaluator.collect(input));
  return evaluator.make_list(std::move(items));
}

Result<Value> filter_first(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("first", arguments, {}));
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(input));
  ASSIGN_OR_RETURN(auto item, iterator->next(evaluator));
  if (item) return std::move(*item);
  return evaluator.make_undefined("No first item, sequence was empty.");
}

// What reversed() takes; generators are not among it.
Result<std::vector<Value>> reversed_items(Evaluator& evaluator, const Value& input) {
  if (input.is_object()) return bad_input("'{}' object is not reversible", type_name(input));
  ASSIGN_OR_RETURN(auto items, evaluator.collect(input));
  std::reverse(items.begin(), items.end());
  return items;
}

Result<Value> filter_last(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("last", arguments, {}));
  if (input.is_sequence() && !input.items().empty()) return input.items().back();
  ASSIGN_OR_RETURN(auto items, reversed_items(evaluator, input));
  if (!items.empty()) return std::move(items.front());
  return evaluator.make_undefined("No last item, sequence was empty.");
}

Result<Value> filter_join(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("join", arguments, {"d", "attribute"}));
  Text separator;
  if (bound.has(0)) {
    ASSIGN_OR_RETURN(separator, display_text(evaluator, *bound.get(0)));
  }
  ASSIGN_OR_RETURN(const auto path,
                   AttributePath::parse(evaluator, bound.has_value(1) ? bound.get(1) : nullptr));
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(input));
  TextBuilder out(evaluator.meter());
  for (bool first = true;; first = false) {
    ASSIGN_OR_RETURN(const auto item, iterator->next(evaluator));
    if (!item) break;
    RETURN_IF_ERROR(evaluator.meter().step());
    if (!first) RETURN_IF_ERROR(out.append(separator));
    ASSIGN_OR_RETURN(const Value value, path.get(evaluator, *item));
    RETURN_IF_ERROR(display(evaluator, value, &out));
  }
  return evaluator.make_text(out.take());
}

Result<Value> filter_reverse(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("reverse", arguments, {}));
  ASSIGN_OR_RETURN(auto items, evaluator.collect(input));
  std::reverse(items.begin(), items.end());
  if (input.is_string()) {
    TextBuilder out(evaluator.meter());
    for (const Value& item : items) RETURN_IF_ERROR(out.append(item.text()));
    return evaluator.make_text(out.take(), input.string().is_markup);
  }
  ASSIGN_OR_RETURN(Value list, evaluator.make_list(std::move(items)));
  if (input.is_object()) return list;  // what cannot be reversed in place becomes a list
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(list));
  return evaluator.make_generator(std::move(iterator), list.depth());
}

// `values` by their `keys`, stable.
Result<std::vector<Value>> sorted_by(Evaluator& evaluator, const std::vector<Value>& values,
                                     const std::vector<Value>& keys, bool reverse) {
  ASSIGN_OR_RETURN(const auto order, sorted_order(evaluator.meter(), keys, reverse));
  std::vector<Value> sorted;
  sorted.reserve(values.size());
  for (const size_t index : order) sorted.push_back(values[index]);
  return sorted;
}

Result<Value> filter_sort(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("sort", arguments, {"reverse", "case_sensitive", "attribute"}));
  const bool ignores_case = !bound.truth(1, false);
  ASSIGN_OR_RETURN(const auto paths,
                   AttributePath::parse_several(evaluator, bound.has_value(2) ? bound.get(2) : nullptr));
  ASSIGN_OR_RETURN(const auto items, evaluator.collect(input));
  std::vector<Value> keys;
  for (const Value& item : items) {
    std::vector<Value> parts;
    for (const AttributePath& path : paths) {
      ASSIGN_OR_RETURN(Value part, path.get(evaluator, item));
      if (ignores_case) {
        ASSIGN_OR_RETURN(part, lowered(evaluator, part));
      }
      parts.push_back(std::move(part));
    }
    ASSIGN_OR_RETURN(Value key, evaluator.make_list(std::move(parts)));
    keys.push_back(std::move(key));
  }
  ASSIGN_OR_RETURN(auto sorted, sorted_by(evaluator, items, keys, bound.truth(0, false)));
  return evaluator.make_list(std::move(sorted));
}

Result<Value> filter_dictsort(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("dictsort", arguments, {"case_sensitive", "by", "reverse"}));
  if (input.is_undefined()) return bad_input("{}", input.undefined_info().message);
  if (!input.is_dict()) return bad_input("'{}' has no attribute 'items'", type_phrase(input));
  std::string_view by = "key";
  if (bound.has(1)) {
    ASSIGN_OR_RETURN(const Text* given, bound.text(1));
    by = given->view();
  }
  if (by != "key" && by != "value") return bad_input("You can only sort by either \"key\" or \"value\"");
  std::vector<Value> items;
  std::vector<Value> keys;
  for (const auto& [key, value] : input.dict().entries) {
    ASSIGN_OR_RETURN(Value pair, evaluator.make_tuple({key, value}));
    items.push_back(std::move(pair));
    Value sort_key = by == "key" ? key : value;
    if (!bound.truth(0, false)) {
      ASSIGN_OR_RETURN(sort_key, lowered(evaluator, sort_key));
    }
    keys.push_back(std::move(sort_key));
  }
  ASSIGN_OR_RETURN(auto sorted, sorted_by(evaluator, items, keys, bound.truth(2, false)));
  return evaluator.make_list(std::move(sorted));
}

template <bool kMax>
Result<Value> extreme(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("min/max", arguments, {"case_sensitive", "attribute"}));
  const bool ignores_case = !bound.truth(0, false);
  ASSIGN_OR_RETURN(const auto path,
                   AttributePath::parse(evaluator, bound.has_value(1) ? bound.get(1) : nullptr));
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(input));
  std::optional<Value> best;
  Value best_key;
  while (true) {
    ASSIGN_OR_RETURN(auto item, iterator->next(evaluator));
    if (!item) break;
    ASSIGN_OR_RETURN(Value key, path.get(evaluator, *item));
    if (ignores_case) {
      ASSIGN_OR_RETURN(key, lowered(evaluator, key));
    }
    bool is_better = !best;
    if (best) {
      ASSIGN_OR_RETURN(is_better, kMax ? is_less(evaluator.meter(), best_key, key)
                                       : is_less(evaluator.meter(), key, best_key));
    }
    if (!is_better) continue;
    best = std::move(item);
    best_key = std::move(key);
  }
  if (best) return std::move(*best);
  return evaluator.make_undefined("No aggregated item, sequence was empty.");
}

Result<Value> filter_sum(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("sum", arguments, {"attribute", "start"}));
  ASSIGN_OR_RETURN(const auto path,
                   AttributePath::parse(evaluator, bound.has_value(0) ? bound.get(0) : nullptr));
  Value total = bound.has(1) ? *bound.get(1) : Value(0);
  if (total.is_string()) return bad_input("sum() can't sum strings [use ''.join(seq) instead]");
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(input));
  while (true) {
    ASSIGN_OR_RETURN(const auto item, iterator->next(evaluator));
    if (!item) return total;
    RETURN_IF_ERROR(evaluator.meter().step());
    ASSIGN_OR_RETURN(const Value value, path.get(evaluator, *item));
    ASSIGN_OR_RETURN(total, apply_binary(evaluator, BinaryOperator::kAdd, total, value));
  }
}

Result<Value> filter_groupby(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound,
                   bind("groupby", arguments, {"attribute", "default", "case_sensitive"}, 1));
  const bool ignores_case = !bound.truth(2, false);
  ASSIGN_OR_RETURN(auto path, AttributePath::parse(evaluator, bound.get(0)));
  if (bound.has_value(1)) path.set_default(*bound.get(1));
  ASSIGN_OR_RETURN(const auto items, evaluator.collect(input));
  std::vector<Value> keys;
  for (const Value& item : items) {
    ASSIGN_OR_RETURN(Value key, path.get(evaluator, item));
    if (ignores_case) {
      ASSIGN_OR_RETURN(key, lowered(evaluator, key));
    }
    keys.push_back(std::move(key));
  }
  ASSIGN_OR_RETURN(const auto order, sorted_order(evaluator.meter(), keys, false));
  std::vector<Value> groups;
  for (size_t i = 0; i < order.size();) {
    const Value& key = keys[order[i]];
    const Value& first = items[order[i]];
    std::vector<Value> members;
    while (i < order.size()) {
      ASSIGN_OR_RETURN(const bool same, is_equal(evaluator.meter(), key, keys[order[i]]));
      if (!same) break;
      members.push_back(items[order[i++]]);
    }
    if (members.empty()) members.push_back(items[order[i++]]);  // a NaN is not even equal to itself
    // The name of a group is as its first member spells it.
    ASSIGN_OR_RETURN(Value name, path.get(evaluator, first));
    ASSIGN_OR_RETURN(Value list, evaluator.make_list(std::move(members)));
    ASSIGN_OR_RETURN(Value group,
                     evaluator.make_sequence(SequenceKind::kGroup, {std::move(name), std::move(list)}));
    groups.push_back(std::move(group));
  }
  return evaluator.make_list(std::move(groups));
}

}  // namespace

std::span<const Filter> sequence_filters() {
  static const std::array<Filter, 13> all = {{
      {"length", filter_length},
      {"count", filter_length},
      {"list", filter_list},
      {"first", filter_first},
      {"last", filter_last},
      {"join", filter_join},
      {"reverse", filter_reverse},
      {"sort", filter_sort},
      {"dictsort", filter_dictsort},
      {"min", extreme<false>},
      {"max", extreme<true>},
      {"sum", filter_sum},
      {"groupby", filter_groupby},
  }};
  return all;
}

}  // namespace nagare::chat_template
