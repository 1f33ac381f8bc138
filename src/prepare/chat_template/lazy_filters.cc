// Filters that are generators in Jinja2: each item is computed when it is asked for.
#include <algorithm>
#include <array>
#include <set>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/attribute_path.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/filters.h"

namespace nagare::chat_template {
namespace {

using Items = std::unique_ptr<Iterator>;

Value take_first(Arguments* arguments) {
  Value first = std::move(arguments->positional.front());
  arguments->positional.erase(arguments->positional.begin());
  return first;
}

std::optional<Value> take_named(Arguments* arguments, std::string_view name) {
  const auto found = std::find_if(arguments->named.begin(), arguments->named.end(),
                                  [&](const auto& argument) { return argument.first == name; });
  if (found == arguments->named.end()) return std::nullopt;
  Value value = std::move(found->second);
  arguments->named.erase(found);
  return value;
}

// A filter that never starts where its input is falsy, as Jinja2's generators do not even look at their
// arguments then.
Result<Value> empty_generator(Evaluator& evaluator) {
  ASSIGN_OR_RETURN(const Value empty, evaluator.make_list({}));
  ASSIGN_OR_RETURN(Items items, evaluator.iterate(empty));
  return evaluator.make_generator(std::move(items), 0);
}

class MapIterator : public Iterator {
 public:
  // With a filter's name, else with an attribute.
  MapIterator(Items items, std::string filter, Arguments arguments, AttributePath path)
      : items_(std::move(items)),
        filter_(std::move(filter)),
        arguments_(std::move(arguments)),
        path_(std::move(path)) {}

  Result<std::optional<Value>> next(Evaluator& evaluator) override {
    ASSIGN_OR_RETURN(auto item, items_->next(evaluator));
    if (!item) return std::nullopt;
    auto mapped =
        filter_.empty() ? path_.get(evaluator, *item) : evaluator.apply_filter(filter_, *item, arguments_);
    if (!mapped) return std::unexpected(std::move(mapped.error()));
    return std::move(*mapped);
  }

 private:
  Items items_;
  std::string filter_;
  Arguments arguments_;
  AttributePath path_;
};

Result<Value> filter_map(Evaluator& evaluator, const Value& input, const Arguments& given) {
  if (!is_true(input)) return empty_generator(evaluator);
  ASSIGN_OR_RETURN(Items items, evaluator.iterate(input));
  Arguments arguments = given;
  std::string filter;
  AttributePath path;
  auto attribute = arguments.positional.empty() ? take_named(&arguments, "attribute") : std::nullopt;
  if (attribute) {
    const auto otherwise = take_named(&arguments, "default");
    if (!arguments.named.empty()) {
      return bad_input("map: unexpected keyword argument '{}'", arguments.named.front().first);
    }
    ASSIGN_OR_RETURN(path, AttributePath::parse(evaluator, &*attribute));
    if (otherwise && !otherwise->is_none()) path.set_default(*otherwise);
  } else {
    if (arguments.positional.empty()) return bad_input("map requires a filter argument");
    const Value name = take_first(&arguments);
    if (!name.is_string()) return bad_input("map: the filter's name must be a str, not {}", type_name(name));
    filter = std::string(name.view());
  }
  return evaluator.make_generator(std::make_unique<MapIterator>(std::move(items), std::move(filter),
                                                                std::move(arguments), std::move(path)),
                                  input.depth());
}

class SelectIterator : public Iterator {
 public:
  SelectIterator(Items items, AttributePath path, std::string test, Arguments arguments, bool wanted)
      : items_(std::move(items)),
        path_(std::move(path)),
        test_(std::move(test)),
        arguments_(std::move(arguments)),
        wanted_(wanted) {}

  Result<std::optional<Value>> next(Evaluator& evaluator) override {
    while (true) {
      ASSIGN_OR_RETURN(auto item, items_->next(evaluator));
      if (!item) return std::nullopt;
      RETURN_IF_ERROR(evaluator.meter().step());
      ASSIGN_OR_RETURN(const Value value, path_.get(evaluator, *item));
      bool holds = is_true(value);
      if (!test_.empty()) {
        ASSIGN_OR_RETURN(holds, evaluator.apply_test(test_, value, arguments_));
      }
      if (holds == wanted_) return item;
    }
  }

 private:
  Items items_;
  AttributePath path_;
  std::string test_;  // empty: the item's truth
  Arguments arguments_;
  bool wanted_;
};

template <bool kWanted, bool kByAttribute>
Result<Value> selected(Evaluator& evaluator, const Value& input, const Arguments& given) {
  if (!is_true(input)) return empty_generator(evaluator);
  ASSIGN_OR_RETURN(Items items, evaluator.iterate(input));
  Arguments arguments = given;
  AttributePath path;
  if (kByAttribute) {
    if (arguments.positional.empty()) return bad_input("Missing parameter for attribute name");
    const Value attribute = take_first(&arguments);
    ASSIGN_OR_RETURN(path, AttributePath::parse(evaluator, &attribute));
  }
  std::string test;
  if (!arguments.positional.empty()) {
    const Value name = take_first(&arguments);
    if (!name.is_string()) return bad_input("select: the test's name must be a str, not {}", type_name(name));
    test = std::string(name.view());
    if (test.empty()) return bad_input("No test named ''.");
  }
  return evaluator.make_generator(
      std::make_unique<SelectIterator>(std::move(items), std::move(path), std::move(test),
                                       std::move(arguments), kWanted),
      input.depth());
}

class UniqueIterator : public Iterator {
 public:
  UniqueIterator(Items items, AttributePath path, bool ignores_case)
      : items_(std::move(items)), path_(std::move(path)), ignores_case_(ignores_case) {}

  Result<std::optional<Value>> next(Evaluator& evaluator) override {
    while (true) {
      ASSIGN_OR_RETURN(auto item, items_->next(evaluator));
      if (!item) return std::nullopt;
      ASSIGN_OR_RETURN(Value key, path_.get(evaluator, *item));
      if (ignores_case_) {
        ASSIGN_OR_RETURN(key, lowered(evaluator, key));
      }
      if (!may_be_key(key)) return bad_input("unhashable type: '{}'", type_name(key));
      RETURN_IF_ERROR(evaluator.meter().step());
      if (seen_.insert(std::move(key)).second) {
        RETURN_IF_ERROR(charge_.add(evaluator.meter(), kSeenBytes));
        return item;
      }
    }
  }

 private:
  struct KeyOrder {
    bool operator()(const Value& a, const Value& b) const { return compare_keys(a, b) < 0; }
  };
  static constexpr size_t kSeenBytes = 96;

  Items items_;
  AttributePath path_;
  bool ignores_case_;
  std::set<Value, KeyOrder> seen_;
  MemoryCharge charge_;
};

Result<Value> filter_unique(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("unique", arguments, {"case_sensitive", "attribute"}));
  ASSIGN_OR_RETURN(auto path, AttributePath::parse(evaluator, bound.has_value(1) ? bound.get(1) : nullptr));
  ASSIGN_OR_RETURN(Items items, evaluator.iterate(input));
  return evaluator.make_generator(
      std::make_unique<UniqueIterator>(std::move(items), std::move(path), !bound.truth(0, false)),
      input.depth());
}

Result<Value> generator_over(Evaluator& evaluator, std::vector<Value> items) {
  ASSIGN_OR_RETURN(const Value list, evaluator.make_list(std::move(items)));
  ASSIGN_OR_RETURN(Items iterator, evaluator.iterate(list));
  return evaluator.make_generator(std::move(iterator), list.depth());
}

Result<Value> filter_items(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("items", arguments, {}));
  if (!input.is_dict() && !input.is_undefined()) return bad_input("Can only get item pairs from a mapping.");
  std::vector<Value> pairs;
  if (input.is_dict()) {
    for (const auto& [key, value] : input.dict().entries) {
      ASSIGN_OR_RETURN(Value pair, evaluator.make_tuple({key, value}));
      pairs.push_back(std::move(pair));
    }
  }
  return generator_over(evaluator, std::move(pairs));
}

// `count` list or row lengths must be small positive numbers.
Result<size_t> positive(const BoundArguments& bound, std::string_view filter) {
  ASSIGN_OR_RETURN(const Integer value, bound.whole(0, 0));
  if (value <= 0 || value > 1'000'000)
    return bad_input("{}: {} is not between 1 and 1,000,000", filter, value);
  return static_cast<size_t>(value);
}

Result<Value> filter_batch(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("batch", arguments, {"linecount", "fill_with"}, 1));
  ASSIGN_OR_RETURN(const size_t length, positive(bound, "batch"));
  ASSIGN_OR_RETURN(const auto items, evaluator.collect(input));
  std::vector<Value> rows;
  for (size_t begin = 0; begin < items.size(); begin += length) {
    const size_t end = std::min(begin + length, items.size());
    std::vector<Value> row(items.begin() + static_cast<std::ptrdiff_t>(begin),
                           items.begin() + static_cast<std::ptrdiff_t>(end));
    if (bound.has_value(1)) row.resize(length, *bound.get(1));
    ASSIGN_OR_RETURN(Value list, evaluator.make_list(std::move(row)));
    rows.push_back(std::move(list));
  }
  return generator_over(evaluator, std::move(rows));
}

Result<Value> filter_slice(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("slice", arguments, {"slices", "fill_with"}, 1));
  ASSIGN_OR_RETURN(const size_t count, positive(bound, "slice"));
  ASSIGN_OR_RETURN(const auto items, evaluator.collect(input));
  const size_t length = items.size() / count;
  const size_t longer = items.size() % count;
  std::vector<Value> slices;
  auto begin = items.begin();
  for (size_t i = 0; i < count; ++i) {
    const auto end = begin + static_cast<std::ptrdiff_t>(length + (i < longer ? 1 : 0));
    std::vector<Value> slice(begin, end);
    begin = end;
    if (bound.has_value(1) && i >= longer) slice.push_back(*bound.get(1));
    ASSIGN_OR_RETURN(Value list, evaluator.make_list(std::move(slice)));
    slices.push_back(std::move(list));
  }
  return generator_over(evaluator, std::move(slices));
}

}  // namespace

std::span<const Filter> lazy_filters() {
  static const std::array<Filter, 9> all = {{
      {"map", filter_map},
      {"select", selected<true, false>},
      {"reject", selected<false, false>},
      {"selectattr", selected<true, true>},
      {"rejectattr", selected<false, true>},
      {"unique", filter_unique},
      {"items", filter_items},
      {"batch", filter_batch},
      {"slice", filter_slice},
  }};
  return all;
}

}  // namespace nagare::chat_template
