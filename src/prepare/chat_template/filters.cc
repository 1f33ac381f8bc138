#include "prepare/chat_template/filters.h"

#include <map>

namespace nagare::chat_template {

const Filter* find_filter(std::string_view name) {
  static const auto all = [] {
    std::map<std::string_view, const Filter*> filters;
    for (const auto group :
         {text_filters(), layout_filters(), sequence_filters(), lazy_filters(), value_filters()}) {
      for (const Filter& filter : group) filters.emplace(filter.name, &filter);
    }
    return filters;
  }();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

}  // namespace nagare::chat_template
