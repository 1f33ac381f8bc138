// The filters of the template language: x|trim, xs|map(attribute="name"). All of Jinja2's, but for what a
// prompt cannot want: `random` and `pprint` and `urlize` are refused with a reason.
#pragma once

#include <span>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

struct Filter {
  std::string_view name;
  Result<Value> (*apply)(Evaluator&, const Value& input, const Arguments&);
};

// Null where there is none of that name.
const Filter* find_filter(std::string_view name);

// By subject, one file each.
std::span<const Filter> text_filters();      // strings in, strings out
std::span<const Filter> layout_filters();    // indent, wordwrap, urlencode, …: text laid out or encoded
std::span<const Filter> sequence_filters();  // lists: first, join, sort, batch, …
std::span<const Filter> lazy_filters();      // map, select, …: generators
std::span<const Filter> value_filters();     // numbers, default, tojson, …

}  // namespace nagare::chat_template
