#include "prepare/chat_template/json_reader.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

using Json = nlohmann::ordered_json;

// Variables of the top level whose strings the program vouches for.
constexpr std::array<std::string_view, 7> kSpecialTokens = {
    "bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"};
// Roles that a template may put inside a control token ("<|user|>"). Any other role is the user's text.
constexpr std::array<std::string_view, 9> kRoles = {"system",   "developer", "user",  "assistant",  "tool",
                                                    "function", "ipython",   "model", "observation"};

template <size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Builds values from the events of a JSON parser, or of a walk over a tree, and marks strings by where they
// stand.
class ValueBuilder : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return add(Value()); }
  bool boolean(bool value) override { return add(Value(value)); }
  bool number_integer(int64_t value) override { return add(Value(static_cast<Integer>(value))); }
  bool number_unsigned(uint64_t value) override { return add(Value(static_cast<Integer>(value))); }
  bool number_float(double value, const std::string& digits) override {
    if (digits.find_first_of(".eE") != std::string::npos || digits.empty()) return add(Value(value));
    // An integer too long for the parser, not for us.
    const auto whole = parse_integer(digits, 10);
    if (!whole) return fail(fmt::format("the number {}… has more than 127 bits", digits.substr(0, 50)));
    return add(Value(*whole));
  }
  bool string(std::string& value) override {
    if (!is_valid_utf8(value)) return fail("a string is not UTF-8");
    const Origin origin = origin_of(value);
    return add(Value(std::make_shared<const String>(Text(std::move(value), origin), false)));
  }
  bool binary(binary_t&) override { return fail("binary data has no place in a template's input"); }

  bool start_object(size_t) override { return open(true); }
  bool start_array(size_t) override { return open(false); }
  bool key(std::string& name) override {
    if (!is_valid_utf8(name)) return fail("a key is not UTF-8");
    levels_.back().key = Value(std::make_shared<const String>(Text(std::move(name), Origin::kUser), false));
    return true;
  }
  bool end_object() override {
    auto entries = std::move(levels_.back().entries);
    levels_.pop_back();
    return add(Value(std::make_shared<const Dict>(std::move(entries))));
  }
  bool end_array() override {
    auto items = std::move(levels_.back().items);
    levels_.pop_back();
    return add(Value(std::make_shared<const Sequence>(SequenceKind::kList, std::move(items))));
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return fail(fmt::format("it is not JSON at byte {}", position));
  }

  Result<Value> result() {
    if (!error_.empty()) return bad_input("messages: {}", error_);
    if (!root_ || !root_->is_dict())
      return bad_input("messages: the file must be a JSON object with \"messages\"");
    return std::move(*root_);
  }

 private:
  struct Level {
    bool is_object;
    Value key;  // of the entry that is next
    std::vector<Dict::Entry> entries;
    std::vector<Value> items;
  };

  bool fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return false;
  }

  bool open(bool is_object) {
    if (levels_.size() >= kMaxValueDepth - 1) {
      return fail(fmt::format("more than {} objects and arrays inside one another", kMaxValueDepth - 1));
    }
    levels_.push_back({is_object, {}, {}, {}});
    return true;
  }

  bool add(Value value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (levels_.back().is_object) {
      levels_.back().entries.emplace_back(std::move(levels_.back().key), std::move(value));
    } else {
      levels_.back().items.push_back(std::move(value));
    }
    return true;
  }

  Origin origin_of(std::string_view value) const {
    const bool is_special =
        levels_.size() == 1 && levels_[0].is_object && is_one_of(kSpecialTokens, levels_[0].key.view());
    // root object > "messages" array > message object > "role"
    const bool is_role = levels_.size() == 3 && levels_[0].is_object && levels_[0].key.view() == "messages" &&
                         !levels_[1].is_object && levels_[2].is_object && levels_[2].key.view() == "role" &&
                         is_one_of(kRoles, value);
    return is_special || is_role ? Origin::kTemplate : Origin::kUser;
  }

  std::vector<Level> levels_;
  std::optional<Value> root_;
  std::string error_;
};

bool walk(const Json& node, ValueBuilder* builder) {
  switch (node.type()) {
    case Json::value_t::null:
      return builder->null();
    case Json::value_t::boolean:
      return builder->boolean(node.get<bool>());
    case Json::value_t::number_integer:
      return builder->number_integer(node.get<int64_t>());
    case Json::value_t::number_unsigned:
      return builder->number_unsigned(node.get<uint64_t>());
    case Json::value_t::number_float:
      return builder->number_float(node.get<double>(), {});
    case Json::value_t::string: {
      std::string text = node.get_ref<const std::string&>();
      return builder->string(text);
    }
    case Json::value_t::array: {
      if (!builder->start_array(node.size())) return false;
      for (const Json& item : node) {
        if (!walk(item, builder)) return false;
      }
      return builder->end_array();
    }
    case Json::value_t::object: {
      if (!builder->start_object(node.size())) return false;
      for (const auto& [key, value] : node.get_ref<const Json::object_t&>()) {
        std::string name = key;
        if (!builder->key(name) || !walk(value, builder)) return false;
      }
      return builder->end_object();
    }
    default:
      return false;
  }
}

}  // namespace

Result<Value> read_json(std::string_view text) {
  ValueBuilder builder;
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.result();
}

Result<Value> value_of_json(const Json& object) {
  ValueBuilder builder;
  walk(object, &builder);
  return builder.result();
}

}  // namespace nagare::chat_template
