#include "prepare/chat_template/value.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nagare::chat_template {
namespace {

constexpr uint32_t kMaxWeight = 1u << 30;
constexpr uint32_t kMaxKeyWeight = 1'000;
constexpr size_t kScanEntries = 8;  // up to here a linear look-up in a dict is as fast

uint32_t add_weights(uint32_t a, uint32_t b) {
  return std::min(a + b, kMaxWeight);
}

bool is_ascii_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

int key_rank(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kString:
      return 0;
    case ValueKind::kBoolean:
    case ValueKind::kInteger:
    case ValueKind::kFloat:
      return 1;
    case ValueKind::kSequence:
      return 2;
    case ValueKind::kNone:
      return 3;
    case ValueKind::kObject:
      return 4;
    case ValueKind::kFunction:
      return 5;
    case ValueKind::kUndefined:
      return 6;
    default:
      return 7;
  }
}

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int compare_numbers(const Value& a, const Value& b) {
  if (a.is_whole() && b.is_whole()) return three_way(a.whole(), b.whole());
  const double left = a.number();
  const double right = b.number();
  if (std::isnan(left) || std::isnan(right)) return three_way(std::isnan(left), std::isnan(right));
  return three_way(left, right);
}

}  // namespace

String::String(Text its_text, bool markup, MemoryCharge taken)
    : text(std::move(its_text)),
      is_markup(markup),
      is_ascii(is_ascii_text(text.view())),
      charge(std::move(taken)) {}

Sequence::Sequence(SequenceKind its_kind, std::vector<Value> its_items, MemoryCharge taken)
    : kind(its_kind), items(std::move(its_items)), charge(std::move(taken)) {
  for (const Value& item : items) {
    depth = std::max(depth, item.depth() + 1);
    weight = add_weights(weight, item.weight());
  }
}

Dict::Dict(std::vector<Entry> its_entries, MemoryCharge taken)
    : entries(std::move(its_entries)), charge(std::move(taken)) {
  std::vector<uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
    return compare_keys(entries[a].first, entries[b].first) < 0;
  });
  std::vector<bool> dropped(entries.size(), false);
  bool any_dropped = false;
  for (size_t i = 1, kept = 0; i < order.size(); ++i) {
    if (compare_keys(entries[order[kept]].first, entries[order[i]].first) == 0) {
      entries[order[kept]].second = std::move(entries[order[i]].second);
      dropped[order[i]] = any_dropped = true;
    } else {
      kept = i;
    }
  }
  if (any_dropped) {
    std::vector<Entry> unique;
    std::vector<uint32_t> new_index(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
      new_index[i] = static_cast<uint32_t>(unique.size());
      if (!dropped[i]) unique.push_back(std::move(entries[i]));
    }
    std::erase_if(order, [&](uint32_t index) { return dropped[index]; });
    for (uint32_t& index : order) index = new_index[index];
    entries = std::move(unique);
  }
  if (entries.size() > kScanEntries) sorted_ = std::move(order);
  for (const Entry& entry : entries) {
    depth = std::max({depth, entry.first.depth() + 1, entry.second.depth() + 1});
    weight = add_weights(weight, add_weights(entry.first.weight(), entry.second.weight()));
  }
}

const Value* Dict::find(const Value& key) const {
  if (sorted_.empty()) {
    for (const Entry& entry : entries) {
      if (compare_keys(entry.first, key) == 0) return &entry.second;
    }
    return nullptr;
  }
  const auto found = std::lower_bound(
      sorted_.begin(), sorted_.end(), key,
      [this](uint32_t index, const Value& wanted) { return compare_keys(entries[index].first, wanted) < 0; });
  if (found == sorted_.end() || compare_keys(entries[*found].first, key) != 0) return nullptr;
  return &entries[*found].second;
}

const Value* Dict::find(std::string_view key) const {
  if (sorted_.empty()) {
    for (const Entry& entry : entries) {
      if (entry.first.is_string() && entry.first.view() == key) return &entry.second;
    }
    return nullptr;
  }
  // Strings come first in the order of keys.
  const auto found =
      std::lower_bound(sorted_.begin(), sorted_.end(), key, [this](uint32_t index, std::string_view wanted) {
        const Value& candidate = entries[index].first;
        return candidate.is_string() && candidate.view() < wanted;
      });
  if (found == sorted_.end()) return nullptr;
  const Entry& entry = entries[*found];
  return entry.first.is_string() && entry.first.view() == key ? &entry.second : nullptr;
}

bool Value::is_list() const {
  return is_sequence() && sequence().kind == SequenceKind::kList;
}

bool Value::is_tuple() const {
  return is_sequence() && sequence().is_tuple();
}

const Text& Value::text() const {
  return string().text;
}

const std::vector<Value>& Value::items() const {
  return sequence().items;
}

bool Value::same_as(const Value& other) const {
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case ValueKind::kString:
      // Python shares one object per short constant, so `is` on equal strings is mostly true.
      return &string() == &other.string() || view() == other.view();
    case ValueKind::kFloat:
      return real() == other.real();
    case ValueKind::kUndefined:
      return &undefined_info() == &other.undefined_info();
    default:
      return data_ == other.data_;
  }
}

uint32_t Value::depth() const {
  switch (kind()) {
    case ValueKind::kSequence:
      return sequence().depth;
    case ValueKind::kDict:
      return dict().depth;
    case ValueKind::kObject:
      return object().depth();
    case ValueKind::kMethod:
      return method().self.depth() + 1;
    default:
      return 0;
  }
}

uint32_t Value::weight() const {
  if (is_sequence()) return sequence().weight;
  if (is_dict()) return dict().weight;
  return 1;
}

Result<Value> Object::call(Evaluator&, const Arguments&) {
  return bad_input("'{}' object is not callable", type_name());
}

bool may_be_key(const Value& value) {
  if (value.is_sequence()) {
    if (!value.is_tuple() || value.weight() > kMaxKeyWeight) return false;
    return std::all_of(value.items().begin(), value.items().end(), may_be_key);
  }
  return !value.is_dict();
}

int compare_keys(const Value& a, const Value& b) {
  const int rank = key_rank(a);
  if (const int other = key_rank(b); rank != other) return three_way(rank, other);
  switch (rank) {
    case 0: {
      const int order = a.view().compare(b.view());
      return three_way(order, 0);
    }
    case 1:
      return compare_numbers(a, b);
    case 2: {
      const auto& left = a.items();
      const auto& right = b.items();
      for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        if (const int order = compare_keys(left[i], right[i]); order != 0) return order;
      }
      return three_way(left.size(), right.size());
    }
    case 4:
      return three_way<const void*>(&a.object(), &b.object());
    case 5:
      return three_way<const void*>(&a.function(), &b.function());
    case 7:
      return three_way(static_cast<int>(a.kind()), static_cast<int>(b.kind()));
    default:
      return 0;
  }
}

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kUndefined:
      return "Undefined";
    case ValueKind::kNone:
      return "NoneType";
    case ValueKind::kBoolean:
      return "bool";
    case ValueKind::kInteger:
      return "int";
    case ValueKind::kFloat:
      return "float";
    case ValueKind::kString:
      return value.string().is_markup ? "Markup" : "str";
    case ValueKind::kSequence:
      break;
    case ValueKind::kDict:
      return "dict";
    case ValueKind::kRange:
      return "range";
    case ValueKind::kFunction:
      return "function";
    case ValueKind::kMethod:
      return "builtin_function_or_method";
    case ValueKind::kObject:
      return value.object().type_name();
  }
  switch (value.sequence().kind) {
    case SequenceKind::kList:
      return "list";
    case SequenceKind::kTuple:
      return "tuple";
    case SequenceKind::kGroup:
      return "_GroupTuple";
    case SequenceKind::kDictItems:
      return "dict_items";
    case SequenceKind::kDictKeys:
      return "dict_keys";
    case SequenceKind::kDictValues:
      return "dict_values";
  }
  return "object";
}

std::string type_phrase(const Value& value) {
  if (value.is_none()) return "None";
  return std::string(type_name(value)) + " object";
}

bool is_true(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kUndefined:
    case ValueKind::kNone:
      return false;
    case ValueKind::kBoolean:
      return value.boolean();
    case ValueKind::kInteger:
      return value.integer() != 0;
    case ValueKind::kFloat:
      return value.real() != 0.0;
    case ValueKind::kString:
      return !value.text().empty();
    case ValueKind::kSequence:
      return !value.items().empty();
    case ValueKind::kDict:
      return !value.dict().entries.empty();
    case ValueKind::kRange:
      return value.range().size != 0;
    default:
      return true;
  }
}

bool is_callable(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kFunction:
    case ValueKind::kMethod:
      return true;
    // An undefined value has a __call__ (which raises), so Python calls it callable.
    case ValueKind::kUndefined:
      return true;
    case ValueKind::kObject:
      return value.object().is_callable();
    default:
      return false;
  }
}

}  // namespace nagare::chat_template
