#include "prepare/chat_template/attribute_path.h"

#include "prepare/chat_template/attributes.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/text_functions.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {

Result<AttributePath> AttributePath::parse(Evaluator& evaluator, const Value* attribute) {
  AttributePath path;
  if (attribute == nullptr || attribute->is_none()) return path;
  if (!attribute->is_string()) {
    path.parts_.push_back(*attribute);
    return path;
  }
  ASSIGN_OR_RETURN(auto parts, split(evaluator.meter(), attribute->text(), ".", -1));
  for (Text& part : parts) {
    const bool is_index =
        !part.empty() && part.view().find_first_not_of("0123456789") == std::string_view::npos;
    if (const auto index = is_index ? parse_integer(part.view(), 10) : std::nullopt) {
      path.parts_.emplace_back(*index);
    } else {
      ASSIGN_OR_RETURN(Value name, evaluator.make_text(std::move(part)));
      path.parts_.push_back(std::move(name));
    }
  }
  return path;
}

Result<std::vector<AttributePath>> AttributePath::parse_several(Evaluator& evaluator,
                                                                const Value* attribute) {
  std::vector<AttributePath> paths;
  if (attribute == nullptr || !attribute->is_string()) {
    ASSIGN_OR_RETURN(AttributePath path, parse(evaluator, attribute));
    paths.push_back(std::move(path));
    return paths;
  }
  ASSIGN_OR_RETURN(auto parts, split(evaluator.meter(), attribute->text(), ",", -1));
  for (Text& part : parts) {
    ASSIGN_OR_RETURN(const Value name, evaluator.make_text(std::move(part)));
    ASSIGN_OR_RETURN(AttributePath path, parse(evaluator, &name));
    paths.push_back(std::move(path));
  }
  return paths;
}

Result<Value> AttributePath::get(Evaluator& evaluator, const Value& item) const {
  Value value = item;
  for (const Value& part : parts_) {
    RETURN_IF_ERROR(evaluator.meter().step());
    ASSIGN_OR_RETURN(value, get_item(evaluator, value, part));
    if (value.is_undefined() && default_) value = *default_;
  }
  return value;
}

Result<Value> lowered(Evaluator& evaluator, const Value& value) {
  if (!value.is_string()) return value;
  RETURN_IF_ERROR(evaluator.meter().step(value.text().size() / 4));
  return evaluator.make_text(map_case(value.text(), CaseMap::kLower), value.string().is_markup);
}

}  // namespace nagare::chat_template
