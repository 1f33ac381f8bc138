// namespace(), cycler() and joiner(): what a template can change.
#pragma once

#include <map>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

class NamespaceObject : public Object {
 public:
  Status set(Evaluator& evaluator, std::string_view name, Value value);

  std::string_view type_name() const override { return "Namespace"; }
  Result<std::optional<Value>> attribute(Evaluator& evaluator, std::string_view name) override;
  Result<Text> display(Evaluator& evaluator) override;
  void clear() override { attributes_.clear(); }

 private:
  std::vector<std::pair<std::string, Value>> attributes_;  // in the order of their first assignment
  std::map<std::string, size_t, std::less<>> index_;
  MemoryCharge charge_;
};

class CyclerObject : public Object {
 public:
  explicit CyclerObject(std::vector<Value> items) : items_(std::move(items)) {}
  Value next();
  void reset() { position_ = 0; }

  std::string_view type_name() const override { return "Cycler"; }
  Result<std::optional<Value>> attribute(Evaluator& evaluator, std::string_view name) override;
  void clear() override { items_.clear(); }

 private:
  std::vector<Value> items_;
  size_t position_ = 0;
};

class JoinerObject : public Object {
 public:
  explicit JoinerObject(Value separator) : separator_(std::move(separator)) {}

  std::string_view type_name() const override { return "Joiner"; }
  bool is_callable() const override { return true; }
  Result<std::optional<Value>> attribute(Evaluator& evaluator, std::string_view name) override;
  Result<Value> call(Evaluator& evaluator, const Arguments& arguments) override;
  void clear() override { separator_ = Value(); }

 private:
  Value separator_;
  bool used_ = false;
};

}  // namespace nagare::chat_template
