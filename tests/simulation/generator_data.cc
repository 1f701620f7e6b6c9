#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/generator.h"

// Expressions and payloads. The model (expressions.h) knows the meaning of all that is drawn here.

namespace segue::simulation {
namespace {

std::string Quoted(std::string_view expression) {
  return absl::StrCat("{% ", std::string(expression), " %}");
}

}  // namespace

// The same in either language: a path or function call, and an expression.
Generator::Value Generator::Computed(const Place& place, std::string_view path,
                                     std::string_view expression) const {
  if (place.is_jsonata()) return {.json = Quoted(expression), .computed = true};
  return {.json = Json(path), .computed = true};
}

// A variable that the state may see; empty where there is none. It may not have been assigned.
std::string Generator::Variable(const Place& place) {
  std::vector<std::string> visible;
  for (const Scope* scope = &place.scope; scope != nullptr; scope = scope->outer) {
    visible.insert(visible.end(), scope->names.begin(), scope->names.end());
  }
  return visible.empty() ? "" : visible[random_.Below(visible.size())];
}

// What cannot be evaluated.
Generator::Value Generator::Faulty(const Place& place) {
  switch (Below(3)) {
    case 0:
      return Computed(place, "$.missing", "$states.input.missing");
    case 1:
      return Computed(place, "States.MathAdd($.items, 1)", "$states.input.items + 1");
    default:
      return Computed(place, "$.n.missing", "$error('drawn')");
  }
}

Generator::Value Generator::Any(const Place& place) {
  if (Chance(0.03)) return Faulty(place);
  const std::string variable = Variable(place);
  if (!variable.empty() && Chance(0.5)) {
    const std::string name = absl::StrCat("$", variable);
    return Computed(place, name, name);
  }
  switch (Below(6)) {
    case 0: {
      const int more = Below(5) - 2;
      return Computed(place, absl::StrCat("States.MathAdd($.n, ", more, ")"),
                      absl::StrCat("$states.input.n ", more < 0 ? "- " : "+ ", std::abs(more)));
    }
    case 1:
      return Computed(place, "States.ArrayLength($.items)", "$count($states.input.items)");
    case 2:
      return Computed(place, "States.Format('n={}', $.n)", "'n=' & $string($states.input.n)");
    case 3:
      return Computed(place, "$$.State.Name", "$states.context.State.Name");
    case 4:
      return Computed(place, "$.n", "$states.input.n");
    default:
      return {.json = Below(100)};
  }
}

void Generator::Put(const Place& place, Members& members, const std::string& name, Value value) {
  const bool marks = value.computed && !place.is_jsonata();
  members.emplace_back(marks ? absl::StrCat(name, ".$") : name, std::move(value.json));
}

// `result`: what of the state's result may be assigned.
void Generator::AddAssign(Place& place, Members& members, const Value& result) {
  if (!Chance(0.3)) return;
  Members assigned;
  std::vector<std::string>& names = place.scope.names;
  const bool again = !names.empty() && Chance(0.3);
  const std::string name =
      again ? names[random_.Below(names.size())] : absl::StrCat("v", variables_made_++);
  const std::string visible = Variable(place);
  if (Chance(0.5)) {
    Put(place, assigned, name, result);
  } else if (!visible.empty() && Chance(0.4)) {
    Put(place, assigned, name,
        Computed(place, absl::StrCat("$", visible), absl::StrCat("$", visible)));
  } else if (Chance(0.5)) {
    Put(place, assigned, name, Computed(place, "$$.State.Name", "$states.context.State.Name"));
  } else {
    Put(place, assigned, name, {.json = Below(100)});
  }
  if (!again) names.push_back(name);
  members.emplace_back("Assign", Json(Json::Object(std::move(assigned))));
}

// The result beside the input; `result`: what of it, in JSONata.
void Generator::AddResult(Place& place, Members& members, const Value& result) {
  const std::string name = ResultName();
  if (!place.is_jsonata()) {
    members.emplace_back("ResultPath", absl::StrCat("$.", name));
  } else {
    const std::string_view text = result.json.string();
    const std::string expression(text.substr(3, text.size() - 6));
    members.emplace_back("Output", Quoted(absl::StrCat("$merge([$states.input, {'", name,
                                                       "': ", expression, "}])")));
  }
}

// An input for what follows: `n` and `items` are paths below the input, with what it may see beside
// them.
Json Generator::Payload(const Place& place, const std::string& n, const std::string& items) {
  Members members;
  const auto below = [&place, this](const std::string& path) {
    return Computed(place, absl::StrCat("$.", path), absl::StrCat("$states.input.", path));
  };
  Put(place, members, "n", below(n));
  Put(place, members, "items", below(items));
  if (Chance(0.5)) Put(place, members, "x", Any(place));
  return Json(Json::Object(std::move(members)));
}

}  // namespace segue::simulation
