// The values a template computes with: Python's, as far as Jinja2's immutable sandbox lets a template see
// them.
//
// Values are immutable and cheap to copy (containers are shared); what a template can change (namespace,
// loop, cycler, a half-used generator) is an Object. What values can do lives beside: compare.h (equality,
// order), display.h (str and repr), attributes.h (x.y and x[y]), arithmetic.h (operators).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "prepare/chat_template/budget.h"
#include "prepare/chat_template/text.h"

namespace nagare::chat_template {

class Evaluator;
class Object;
class Value;
struct Dict;
struct Range;
struct Sequence;
struct String;
struct BoundMethod;

// Python's integers have no end; ours have 128 bits, so that every 64-bit number of a JSON schema is exact,
// and an error beyond.
__extension__ using Integer = __int128;

// Why something is undefined: the message of the error that using it gives.
struct UndefinedInfo {
  std::string message;
  MemoryCharge charge = {};
};

// What a call was given.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

// A function of the template language (range, namespace, raise_exception, …).
struct Function {
  std::string_view name;
  Result<Value> (*call)(Evaluator&, const Arguments&);
};

// A method of a built-in type ("…".strip).
struct Method {
  std::string_view name;
  Result<Value> (*call)(Evaluator&, const Value& self, const Arguments&);
};

enum class ValueKind : uint8_t {
  kUndefined,
  kNone,
  kBoolean,
  kInteger,
  kFloat,
  kString,
  kSequence,  // list, tuple, and the views of a dict
  kDict,
  kRange,
  kFunction,
  kMethod,
  kObject,
};

class Value {
 public:
  Value() : data_(None{}) {}
  explicit Value(bool value) : data_(value) {}
  explicit Value(const char*) = delete;  // would become a bool
  explicit Value(Integer value) : data_(value) {}
  explicit Value(int value) : data_(static_cast<Integer>(value)) {}
  explicit Value(size_t value) : data_(static_cast<Integer>(value)) {}
  explicit Value(double value) : data_(value) {}
  explicit Value(std::shared_ptr<const UndefinedInfo> info) : data_(std::move(info)) {}
  explicit Value(std::shared_ptr<const String> string) : data_(std::move(string)) {}
  explicit Value(std::shared_ptr<const Sequence> items) : data_(std::move(items)) {}
  explicit Value(std::shared_ptr<const Dict> dict) : data_(std::move(dict)) {}
  explicit Value(std::shared_ptr<const Range> range) : data_(std::move(range)) {}
  explicit Value(std::shared_ptr<const BoundMethod> method) : data_(std::move(method)) {}
  explicit Value(const Function* function) : data_(function) {}
  explicit Value(std::shared_ptr<Object> object) : data_(std::move(object)) {}

  ValueKind kind() const { return static_cast<ValueKind>(data_.index()); }
  bool is_undefined() const { return kind() == ValueKind::kUndefined; }
  bool is_none() const { return kind() == ValueKind::kNone; }
  bool is_boolean() const { return kind() == ValueKind::kBoolean; }
  bool is_integer() const { return kind() == ValueKind::kInteger; }
  bool is_float() const { return kind() == ValueKind::kFloat; }
  bool is_string() const { return kind() == ValueKind::kString; }
  bool is_sequence() const { return kind() == ValueKind::kSequence; }
  bool is_dict() const { return kind() == ValueKind::kDict; }
  bool is_range() const { return kind() == ValueKind::kRange; }
  bool is_object() const { return kind() == ValueKind::kObject; }
  bool is_number() const { return is_boolean() || is_integer() || is_float(); }
  bool is_whole() const { return is_boolean() || is_integer(); }  // what Python's int covers
  bool is_list() const;
  bool is_tuple() const;

  // Each of these only where the kind says so.
  bool boolean() const { return std::get<bool>(data_); }
  double real() const { return std::get<double>(data_); }
  Integer integer() const { return std::get<Integer>(data_); }
  Integer whole() const { return is_boolean() ? static_cast<Integer>(boolean()) : integer(); }
  double number() const { return is_float() ? real() : static_cast<double>(whole()); }
  const UndefinedInfo& undefined_info() const {
    return *std::get<std::shared_ptr<const UndefinedInfo>>(data_);
  }
  const String& string() const { return *std::get<std::shared_ptr<const String>>(data_); }
  const Text& text() const;
  std::string_view view() const { return text().view(); }
  const Sequence& sequence() const { return *std::get<std::shared_ptr<const Sequence>>(data_); }
  const std::vector<Value>& items() const;
  const Dict& dict() const { return *std::get<std::shared_ptr<const Dict>>(data_); }
  const Range& range() const { return *std::get<std::shared_ptr<const Range>>(data_); }
  const Function& function() const { return *std::get<const Function*>(data_); }
  const BoundMethod& method() const { return *std::get<std::shared_ptr<const BoundMethod>>(data_); }
  Object& object() const { return *std::get<std::shared_ptr<Object>>(data_); }
  const std::shared_ptr<Object>& object_pointer() const { return std::get<std::shared_ptr<Object>>(data_); }

  // The same object in memory, or the same small constant: Python's `is`.
  bool same_as(const Value& other) const;
  // Levels of containers, 0 for a scalar.
  uint32_t depth() const;
  // Nodes in the whole tree, counted once per way that leads there; ends at a large number.
  uint32_t weight() const;

 private:
  struct None {
    bool operator==(const None&) const = default;
  };
  // In the order of ValueKind.
  std::variant<std::shared_ptr<const UndefinedInfo>, None, bool, Integer, double,
               std::shared_ptr<const String>, std::shared_ptr<const Sequence>, std::shared_ptr<const Dict>,
               std::shared_ptr<const Range>, const Function*, std::shared_ptr<const BoundMethod>,
               std::shared_ptr<Object>>
      data_;
};

struct String {
  String(Text its_text, bool markup, MemoryCharge taken = {});

  const Text text;
  const bool is_markup;  // came from `safe` or `escape`: adding to it escapes the other side
  const bool is_ascii;   // then a character is a byte
  const MemoryCharge charge;
};

enum class SequenceKind : uint8_t { kList, kTuple, kGroup, kDictItems, kDictKeys, kDictValues };

struct Sequence {
  Sequence(SequenceKind its_kind, std::vector<Value> its_items, MemoryCharge taken = {});

  const SequenceKind kind;
  const std::vector<Value> items;
  const MemoryCharge charge;
  uint32_t depth = 1;
  uint32_t weight = 1;

  bool is_tuple() const { return kind == SequenceKind::kTuple || kind == SequenceKind::kGroup; }
  bool is_view() const { return kind >= SequenceKind::kDictItems; }
};

// Keeps the order of insertion; a later value for the same key replaces the earlier one in its place, as in
// Python. Keys are strings, numbers, None and tuples of them.
struct Dict {
  using Entry = std::pair<Value, Value>;
  explicit Dict(std::vector<Entry> its_entries, MemoryCharge taken = {});

  const Value* find(const Value& key) const;  // a key that may_be_key
  const Value* find(std::string_view key) const;

  std::vector<Entry> entries;
  const MemoryCharge charge;
  uint32_t depth = 1;
  uint32_t weight = 1;

 private:
  std::vector<uint32_t> sorted_;  // indices of entries by compare_keys; empty while a scan is as fast
};

struct Range {
  Integer start;
  Integer step;
  size_t size;
  Integer at(size_t index) const { return start + static_cast<Integer>(index) * step; }
};

struct BoundMethod {
  Value self;
  const Method* method;
};

// One item after the other; an error ends the rendering.
class Iterator {
 public:
  Iterator() = default;
  Iterator(const Iterator&) = delete;
  Iterator& operator=(const Iterator&) = delete;
  virtual ~Iterator() = default;
  virtual Result<std::optional<Value>> next(Evaluator& evaluator) = 0;
};

// Something with a state or with methods of its own. The rendering's heap breaks up cycles at its end
// (clear()).
class Object : public std::enable_shared_from_this<Object> {
 public:
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;

  virtual std::string_view type_name() const = 0;
  // The attribute, or nothing where there is none.
  virtual Result<std::optional<Value>> attribute(Evaluator&, std::string_view) { return std::nullopt; }
  virtual bool is_callable() const { return false; }
  virtual Result<Value> call(Evaluator& evaluator, const Arguments& arguments);
  // The items that are left, where this is a generator.
  virtual Iterator* iterator() { return nullptr; }
  virtual std::optional<size_t> length() { return std::nullopt; }
  // What str() and repr() print.
  virtual Result<Text> display(Evaluator& evaluator);
  virtual uint32_t depth() const { return 0; }
  // Lets go of every value held.
  virtual void clear() {}
};

// Whether the value can be a key of a dict ("hashable", and small enough to compare).
bool may_be_key(const Value& value);
// A total order over keys, in which 1, 1.0 and true are the same.
int compare_keys(const Value& a, const Value& b);

// Python's name of the value's type ('str', 'NoneType').
std::string_view type_name(const Value& value);
// As Jinja2's error messages call the value ("dict object", "None").
std::string type_phrase(const Value& value);

bool is_true(const Value& value);
bool is_callable(const Value& value);

}  // namespace nagare::chat_template
