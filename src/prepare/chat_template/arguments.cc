#include "prepare/chat_template/arguments.h"

#include <algorithm>

namespace nagare::chat_template {

bool BoundArguments::truth(size_t index, bool otherwise) const {
  return has(index) ? is_true(*values_[index]) : otherwise;
}

Result<Integer> BoundArguments::whole(size_t index, Integer otherwise) const {
  if (!has(index)) return otherwise;
  if (values_[index]->is_undefined()) return bad_input("{}", values_[index]->undefined_info().message);
  if (!values_[index]->is_whole()) {
    return bad_input("{}(): {} must be an integer, not '{}'", callee_, names_[index],
                     type_name(*values_[index]));
  }
  return values_[index]->whole();
}

Result<const Text*> BoundArguments::text(size_t index) const {
  if (!values_[index]->is_string()) {
    return bad_input("{}(): {} must be str, not {}", callee_, names_[index], type_name(*values_[index]));
  }
  return &values_[index]->text();
}

Result<BoundArguments> bind(std::string_view callee, const Arguments& arguments,
                            std::initializer_list<std::string_view> names, size_t required) {
  BoundArguments bound;
  bound.callee_ = callee;
  bound.names_ = names;
  bound.values_.resize(names.size(), nullptr);
  if (arguments.positional.size() > names.size()) {
    return bad_input("{}() takes at most {} arguments ({} given)", callee, names.size(),
                     arguments.positional.size());
  }
  for (size_t i = 0; i < arguments.positional.size(); ++i) bound.values_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return bad_input("{}() got an unexpected keyword argument '{}'", callee, name);
    const auto index = static_cast<size_t>(found - names.begin());
    if (bound.values_[index] != nullptr) {
      return bad_input("{}() got multiple values for argument '{}'", callee, name);
    }
    bound.values_[index] = &value;
  }
  for (size_t i = 0; i < required; ++i) {
    if (bound.values_[i] == nullptr) {
      return bad_input("{}() is missing its argument '{}'", callee, bound.names_[i]);
    }
  }
  return bound;
}

}  // namespace nagare::chat_template
