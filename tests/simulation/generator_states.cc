#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/generator.h"

namespace segue::simulation {

Members Generator::Pass(Place& place) {
  Members members = {{"Type", "Pass"}};
  const std::string name = ResultName();
  if (place.is_jsonata()) {
    if (Chance(0.5)) {
      members.emplace_back("Output", Payload(place, "n", "items"));
    } else if (Chance(0.5)) {
      members.emplace_back("Output",
                           absl::StrCat("{% $merge([$states.input, {'", name, "': 'drawn'}]) %}"));
    }
  } else if (Chance(0.3)) {
    members.emplace_back("Result", Below(100));
    members.emplace_back("ResultPath", absl::StrCat("$.", name));
  } else if (Chance(0.2)) {
    members.emplace_back("InputPath", "$.items");
    members.emplace_back("ResultPath", absl::StrCat("$.", name));
  } else if (Chance(0.1)) {
    members.emplace_back("ResultPath", nullptr);
  } else if (Chance(0.5)) {
    members.emplace_back("Parameters", Payload(place, "n", "items"));
    if (Chance(0.3)) members.emplace_back("ResultPath", absl::StrCat("$.", name));
  }
  AddAssign(place, members, Computed(place, "$", "$states.input.n"));
  return members;
}

Members Generator::Wait(Place& place) {
  Members members = {{"Type", "Wait"}};
  switch (Below(6)) {
    case 0:
      if (place.is_jsonata()) {
        members.emplace_back("Seconds", "{% $states.input.n %}");
      } else {
        members.emplace_back("SecondsPath", "$.n");
      }
      break;
    case 1:
      members.emplace_back("Timestamp", "2026-01-01T00:00:30.123456789Z");
      break;
    case 2:
      members.emplace_back("Seconds", Below(3000));
      break;
    default:
      members.emplace_back("Seconds", Below(30));
  }
  AddAssign(place, members, Computed(place, "$.n", "$states.input.n"));
  return members;
}

Json Generator::Rule(int depth) {
  switch (depth > 0 ? Below(8) : 7) {
    case 0:
      return Json::Of({{"Not", Rule(depth - 1)}});
    case 1:
      return Json::Of({{"And", Json::List({Rule(depth - 1), Rule(depth - 1)})}});
    case 2:
      return Json::Of({{"Or", Json::List({Rule(depth - 1), Rule(depth - 1)})}});
    case 3:
      return Json::Of({{"Variable", Chance(0.5) ? "$.error" : absl::StrCat("$.", ResultName())},
                       {"IsPresent", Json::Bool(Chance(0.5))}});
    default:
      return Json::Of({{"Variable", "$.n"},
                       {Chance(0.5) ? "NumericLessThan" : "NumericGreaterThanEquals", Below(5)}});
  }
}

std::string Generator::Condition(int depth) {
  switch (depth > 0 ? Below(7) : 6) {
    case 0:
      return absl::StrCat("$not(", Condition(depth - 1), ")");
    case 1:
      return absl::StrCat("(", Condition(depth - 1), " and ", Condition(depth - 1), ")");
    case 2:
      return absl::StrCat("(", Condition(depth - 1), " or ", Condition(depth - 1), ")");
    case 3:
      return absl::StrCat("$exists($states.input.", Chance(0.5) ? "error" : ResultName(), ")");
    default:
      return absl::StrCat("$states.input.n ", Chance(0.5) ? "<" : ">=", " ", Below(5));
  }
}

Members Generator::Choice(Place& place) {
  Json::Array rules;
  const int count = 1 + Below(2);
  for (int i = 0; i < count; ++i) {
    Members rule;
    if (!place.is_jsonata()) {
      const Json drawn = Rule(2);
      rule = drawn.object().members();
    } else if (Chance(0.03)) {
      rule = {{"Condition", "{% $states.input.missing %}"}};  // no truth
    } else {
      rule = {{"Condition", absl::StrCat("{% ", Condition(2), " %}")}};
    }
    rule.emplace_back("Next", Later(place));
    AddAssign(place, rule, Computed(place, "$.n", "$states.input.n"));
    if (place.is_jsonata() && Chance(0.3)) {
      rule.emplace_back("Output", Payload(place, "n", "items"));
    }
    rules.push_back(Json(Json::Object(std::move(rule))));
  }
  // Without a Default, the next state must be reached by a rule.
  const bool falls_through = Chance(0.9);
  if (!falls_through) rules[0] = rules[0].With("Next", place.names[place.index + 1]);
  Members members = {{"Type", "Choice"}, {"Choices", Json(std::move(rules))}};
  if (falls_through) members.emplace_back("Default", place.names[place.index + 1]);
  AddAssign(place, members, Computed(place, "$.n", "$states.input.n"));
  return members;
}

Members Generator::Parallel(Place& place) {
  Json::Array branches;
  const int count = 1 + Below(3);
  const Block inner = Inside(place);
  for (int i = 0; i < count; ++i) branches.push_back(Sequence(inner));
  Members members = {{"Type", "Parallel"}, {"Branches", Json(std::move(branches))}};
  if (Chance(0.3)) {
    members.emplace_back(place.is_jsonata() ? "Arguments" : "Parameters",
                         Payload(place, "n", "items"));
  }
  const Value result = Computed(place, "$", "$states.result");
  AddResult(place, members, result);
  AddAssign(place, members, result);
  AddErrorHandling(place, members);
  return members;
}

// Succeed or Fail.
Members Generator::Ending(Place& place) {
  if (Chance(0.4)) {
    Members members = {{"Type", "Succeed"}};
    if (place.is_jsonata() && Chance(0.5)) {
      members.emplace_back("Output", Payload(place, "n", "items"));
    }
    return members;
  }
  Members members = {{"Type", "Fail"}};
  if (Chance(0.5)) {
    members.emplace_back("Error", "Sim.Fail");
  } else if (place.is_jsonata()) {
    members.emplace_back("Error", "{% $states.context.State.Name %}");
  } else {
    members.emplace_back("ErrorPath", "States.Format('Sim.{}', $.n)");
  }
  members.emplace_back("Cause", "drawn");
  return members;
}

}  // namespace segue::simulation
