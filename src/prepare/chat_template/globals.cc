#include "prepare/chat_template/globals.h"

#include <array>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/date_format.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/iterators.h"
#include "prepare/chat_template/objects.h"

namespace nagare::chat_template {
namespace {

constexpr Integer kMaxRangeItems = 100'000;  // Jinja2's sandbox has the same limit
constexpr Integer kMaxRangeBound = Integer{1} << 62;

Result<Value> make_range(Evaluator&, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("range", arguments, {"start", "stop", "step"}, 1));
  std::array<Integer, 3> parts = {0, 0, 1};
  for (size_t i = 0; i < 3; ++i) {
    if (!bound.has(i)) continue;
    ASSIGN_OR_RETURN(parts[i], bound.whole(i, 0));
    if (parts[i] > kMaxRangeBound || parts[i] < -kMaxRangeBound)
      return bad_input("range(): a bound is too large");
  }
  const bool only_stop = !bound.has(1);
  const Integer start = only_stop ? 0 : parts[0];
  const Integer stop = only_stop ? parts[0] : parts[1];
  const Integer step = parts[2];
  if (step == 0) return bad_input("range() arg 3 must not be zero");
  const Integer distance = step > 0 ? stop - start : start - stop;
  const Integer stride = step > 0 ? step : -step;
  const Integer size = distance <= 0 ? 0 : (distance - 1) / stride + 1;
  if (size > kMaxRangeItems) return bad_input("range(): more than {} items", kMaxRangeItems);
  return Value(std::make_shared<const Range>(Range{start, step, static_cast<size_t>(size)}));
}

// dict(mapping or pairs, **more), also what namespace() begins with.
Result<std::vector<Dict::Entry>> dict_entries(Evaluator& evaluator, const Arguments& arguments) {
  if (arguments.positional.size() > 1) {
    return bad_input("dict expected at most 1 argument, got {}", arguments.positional.size());
  }
  std::vector<Dict::Entry> entries;
  if (!arguments.positional.empty()) {
    const Value& source = arguments.positional.front();
    if (source.is_dict()) {
      RETURN_IF_ERROR(evaluator.meter().step(source.dict().entries.size()));
      entries = source.dict().entries;
    } else {
      ASSIGN_OR_RETURN(const auto pairs, evaluator.collect(source));
      for (const Value& pair : pairs) {
        ASSIGN_OR_RETURN(auto parts, evaluator.collect(pair));
        if (parts.size() != 2) {
          return bad_input("a pair for a dict has {} items; 2 is required", parts.size());
        }
        entries.emplace_back(std::move(parts[0]), std::move(parts[1]));
      }
    }
  }
  for (const auto& [name, value] : arguments.named) {
    ASSIGN_OR_RETURN(Value key, evaluator.make_text(name));
    entries.emplace_back(std::move(key), value);
  }
  return entries;
}

Result<Value> make_dict(Evaluator& evaluator, const Arguments& arguments) {
  ASSIGN_OR_RETURN(auto entries, dict_entries(evaluator, arguments));
  return evaluator.make_dict(std::move(entries));
}

Result<Value> make_namespace(Evaluator& evaluator, const Arguments& arguments) {
  ASSIGN_OR_RETURN(auto entries, dict_entries(evaluator, arguments));
  auto space = std::make_shared<NamespaceObject>();
  for (auto& [key, value] : entries) {
    if (!key.is_string()) continue;  // no attribute has such a name
    RETURN_IF_ERROR(space->set(evaluator, key.view(), std::move(value)));
  }
  return evaluator.keep(std::move(space));
}

Result<Value> make_cycler(Evaluator& evaluator, const Arguments& arguments) {
  if (!arguments.named.empty()) return bad_input("cycler() takes no keyword arguments");
  if (arguments.positional.empty()) return bad_input("at least one item has to be provided");
  return evaluator.keep(std::make_shared<CyclerObject>(arguments.positional));
}

Result<Value> make_joiner(Evaluator& evaluator, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("joiner", arguments, {"sep"}));
  ASSIGN_OR_RETURN(Value separator, evaluator.make_text(", "));
  if (bound.has(0)) separator = *bound.get(0);
  return evaluator.keep(std::make_shared<JoinerObject>(std::move(separator)));
}

Result<Value> refuse_lipsum(Evaluator&, const Arguments&) {
  return unsupported("lipsum(): random text has no place in a prompt");
}

Result<Value> raise_exception(Evaluator& evaluator, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("raise_exception", arguments, {"message"}, 1));
  ASSIGN_OR_RETURN(const Text message, display_text(evaluator, *bound.get(0)));
  return bad_input("{}", message.view());
}

Result<Value> strftime_now(Evaluator& evaluator, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("strftime_now", arguments, {"format"}, 1));
  ASSIGN_OR_RETURN(const Text* format, bound.text(0));
  const LocalTime now = evaluator.now() ? *evaluator.now() : current_local_time();
  ASSIGN_OR_RETURN(std::string date, format_date(format->view(), now));
  return evaluator.make_text(Text(std::move(date), format->overall_origin()));
}

constexpr std::array<Function, 8> kGlobals = {{
    {"range", make_range},
    {"dict", make_dict},
    {"namespace", make_namespace},
    {"cycler", make_cycler},
    {"joiner", make_joiner},
    {"lipsum", refuse_lipsum},
    {"raise_exception", raise_exception},
    {"strftime_now", strftime_now},
}};

}  // namespace

const Function* find_global(std::string_view name) {
  for (const Function& function : kGlobals) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

}  // namespace nagare::chat_template
