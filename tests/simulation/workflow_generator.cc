#include "tests/simulation/workflow_generator.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/json.h"

namespace segue::simulation {
namespace {

using Members = std::vector<Json::Member>;

class Generator {
 public:
  Generator(const WorkflowShape& shape, Random& random) : shape_(shape), random_(random) {}

  Json Sequence(int depth);
  bool Chance(double probability) { return random_.Uniform() < probability; }
  int Below(int bound) { return static_cast<int>(random_.Below(static_cast<uint64_t>(bound))); }

 private:
  struct Place {
    std::vector<std::string> names;  // of the sequence
    size_t index = 0;
    int depth = 0;
    std::string after;  // where the last state leads; empty: the end
    bool last() const { return index + 1 == names.size(); }
  };

  Json State(const Place& place);
  Members Task(const Place& place);
  Members Wait();
  Json Rule(int depth);
  Members Choice(const Place& place);
  Members Parallel(const Place& place);
  Members Map(const Place& place);
  Members Pass();
  void AddErrorHandling(const Place& place, Members& members);
  std::string Later(const Place& place) {
    const size_t left = place.names.size() - place.index - 1;
    return place.names[place.index + 1 + random_.Below(left)];
  }
  std::string ResultPath() { return absl::StrCat("$.r", Below(3)); }
  Json Errors();
  void AddLoop(const std::string& down, const std::string& start, Members& states);

  const WorkflowShape& shape_;
  Random& random_;
  int names_made_ = 0;
};

Json Generator::Errors() {
  switch (Below(5)) {
    case 0:
      return Json::List({"States.Timeout"});
    case 1:
      return Json::List({"Grpc.Unavailable", "Grpc.ResourceExhausted"});
    case 2:
      return Json::List({"States.TaskFailed"});
    default:
      return Json::List({"States.ALL"});
  }
}

void Generator::AddErrorHandling(const Place& place, Members& members) {
  if (Chance(0.7)) {
    Json::Array retriers;
    const int count = Chance(0.2) ? 2 : 1;
    for (int i = 0; i < count; ++i) {
      // States.ALL stands alone and last.
      Json errors = i + 1 < count ? Json::List({"Grpc.Unavailable"}) : Errors();
      Members retrier = {{"ErrorEquals", std::move(errors)}};
      if (Chance(0.7)) retrier.emplace_back("IntervalSeconds", 1 + Below(5));
      if (Chance(0.7)) retrier.emplace_back("MaxAttempts", Below(5));
      if (Chance(0.5)) retrier.emplace_back("BackoffRate", 1.0 + Below(20) * 0.1);
      if (Chance(0.3)) retrier.emplace_back("MaxDelaySeconds", 6 + Below(20));
      if (Chance(0.4)) retrier.emplace_back("JitterStrategy", "FULL");
      retriers.push_back(Json(Json::Object(std::move(retrier))));
    }
    members.emplace_back("Retry", Json(std::move(retriers)));
  }
  if (!place.last() && Chance(0.5)) {
    Members catcher = {
        {"ErrorEquals", Errors()}, {"ResultPath", "$.error"}, {"Next", Later(place)}};
    members.emplace_back("Catch", Json(Json::Array{Json(Json::Object(std::move(catcher)))}));
  }
}

Members Generator::Task(const Place& place) {
  Members members = {{"Type", "Task"},
                     {"Resource", absl::StrCat("grpc:s", Below(shape_.services), "/sim.Sim/Do")},
                     {"ResultPath", ResultPath()}};
  if (Chance(0.5)) members.emplace_back("Parameters", Json::Of({{"n.$", "$.n"}}));
  if (Chance(0.5)) members.emplace_back("TimeoutSeconds", 2 + Below(20));
  if (Chance(0.1) && members.back().first == "TimeoutSeconds") {
    members.emplace_back("HeartbeatSeconds", 1);
  }
  if (Chance(0.2)) {
    members.emplace_back("ResultSelector", Json::Of({{"call.$", "$.call"}, {"w.$", "$.v"}}));
  }
  AddErrorHandling(place, members);
  return members;
}

Members Generator::Wait() {
  Members members = {{"Type", "Wait"}};
  switch (Below(6)) {
    case 0:
      members.emplace_back("SecondsPath", "$.n");
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
      return Json::Of({{"Variable", Chance(0.5) ? "$.error" : ResultPath()},
                       {"IsPresent", Json::Bool(Chance(0.5))}});
    default:
      return Json::Of({{"Variable", "$.n"},
                       {Chance(0.5) ? "NumericLessThan" : "NumericGreaterThanEquals", Below(5)}});
  }
}

Members Generator::Choice(const Place& place) {
  Json::Array rules;
  const int count = 1 + Below(2);
  for (int i = 0; i < count; ++i) {
    rules.push_back(Rule(2).With("Next", Later(place)));
  }
  return {{"Type", "Choice"},
          {"Choices", Json(std::move(rules))},
          {"Default", place.names[place.index + 1]}};
}

Members Generator::Parallel(const Place& place) {
  Json::Array branches;
  const int count = 1 + Below(3);
  for (int i = 0; i < count; ++i) branches.push_back(Sequence(place.depth + 1));
  Members members = {
      {"Type", "Parallel"}, {"Branches", Json(std::move(branches))}, {"ResultPath", ResultPath()}};
  AddErrorHandling(place, members);
  return members;
}

Members Generator::Map(const Place& place) {
  Members members = {{"Type", "Map"},
                     {"ItemsPath", "$.items"},
                     {"ItemProcessor", Sequence(place.depth + 1)},
                     {"ResultPath", ResultPath()}};
  if (Chance(0.6)) members.emplace_back("MaxConcurrency", Below(4));
  if (Chance(0.3)) {
    members.emplace_back("ItemSelector", Json::Of({{"n.$", "$$.Map.Item.Value.n"},
                                                   {"items.$", "$$.Map.Item.Value.items"},
                                                   {"index.$", "$$.Map.Item.Index"},
                                                   {"above.$", "$.n"}}));
  }
  AddErrorHandling(place, members);
  return members;
}

Members Generator::Pass() {
  Members members = {{"Type", "Pass"}};
  if (Chance(0.3)) {
    members.emplace_back("Result", Below(100));
    members.emplace_back("ResultPath", ResultPath());
  } else if (Chance(0.2)) {
    members.emplace_back("InputPath", "$.items");
    members.emplace_back("ResultPath", ResultPath());
  } else if (Chance(0.1)) {
    members.emplace_back("ResultPath", nullptr);
  } else if (Chance(0.3)) {
    members.emplace_back("Parameters",
                         Json::Of({{"n.$", "States.MathAdd($.n, -1)"}, {"items.$", "$.items"}}));
  }
  return members;
}

Json Generator::State(const Place& place) {
  const bool may_nest = place.depth < shape_.depth_max;
  Members members;
  const int drawn = Below(100);
  if (drawn < 40) {
    members = Task(place);
  } else if (drawn < 55) {
    members = Wait();
  } else if (drawn < 65 && !place.last()) {
    return Json(Json::Object(Choice(place)));
  } else if (drawn < 77 && may_nest) {
    members = Parallel(place);
  } else if (drawn < 89 && may_nest) {
    members = Map(place);
  } else if (drawn < 92 && place.last()) {
    return Json::Of({{"Type", "Fail"}, {"Error", "Sim.Fail"}, {"Cause", "drawn"}});
  } else if (drawn < 94 && place.last()) {
    return Json::Of({{"Type", "Succeed"}});
  } else {
    members = Pass();
  }
  if (!place.last()) {
    members.emplace_back("Next", place.names[place.index + 1]);
  } else if (!place.after.empty()) {
    members.emplace_back("Next", place.after);
  } else {
    members.emplace_back("End", Json::Bool(true));
  }
  return Json(Json::Object(std::move(members)));
}

// Counts "$.n" down, and goes to `start` as long as it is above zero.
void Generator::AddLoop(const std::string& down, const std::string& start, Members& states) {
  const std::string again = absl::StrCat("S", names_made_++);
  const std::string end = absl::StrCat("S", names_made_++);
  Json less = Json::Of({{"n.$", "States.MathAdd($.n, -1)"}, {"items.$", "$.items"}});
  states.emplace_back(
      down, Json::Of({{"Type", "Pass"}, {"Parameters", std::move(less)}, {"Next", again}}));
  Json rule = Json::Of({{"Variable", "$.n"}, {"NumericGreaterThan", 0}, {"Next", start}});
  states.emplace_back(
      again,
      Json::Of({{"Type", "Choice"}, {"Choices", Json::List({std::move(rule)})}, {"Default", end}}));
  states.emplace_back(end, Json::Of({{"Type", "Succeed"}}));
}

Json Generator::Sequence(int depth) {
  Place place{.depth = depth};
  const int count = 1 + Below(shape_.states_max);
  for (int i = 0; i < count; ++i) place.names.push_back(absl::StrCat("S", names_made_++));
  // Now and then the whole sequence a few times over: visits of a state beyond the first.
  const bool loops = Chance(0.15) && depth < 2;
  if (loops) place.after = absl::StrCat("S", names_made_++);
  Members states;
  for (; place.index < place.names.size(); ++place.index) {
    states.emplace_back(place.names[place.index], State(place));
  }
  if (loops) AddLoop(place.after, place.names.front(), states);
  const std::string& start = loops ? place.after : place.names.front();
  return Json::Of({{"StartAt", start}, {"States", Json(Json::Object(std::move(states)))}});
}

Json Input(int depth, Random& random) {
  Json::Array items;
  if (depth < 3) {
    const uint64_t count = random.Below(4);
    for (uint64_t i = 0; i < count; ++i) items.push_back(Input(depth + 1, random));
  }
  return Json::Of(
      {{"n", static_cast<int64_t>(random.Below(6))}, {"items", Json(std::move(items))}});
}

}  // namespace

std::string RandomWorkflow(const WorkflowShape& shape, Random& random) {
  Generator generator(shape, random);
  Json definition = generator.Sequence(0);
  if (shape.deadline == WorkflowShape::Deadline::kDrawn && generator.Chance(0.15))
    definition = definition.With("TimeoutSeconds", 5 + generator.Below(600));
  return definition.Dump();
}

std::string RandomInput(Random& random) { return Input(0, random).Dump(); }

}  // namespace segue::simulation
