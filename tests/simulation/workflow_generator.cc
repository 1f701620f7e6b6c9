#include "tests/simulation/workflow_generator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/generator.h"

namespace segue::simulation {

Generator::Generator(const WorkflowShape& shape, Random& random)
    : shape_(shape),
      random_(random),
      machine_(random.Below(4) == 0 ? Language::kJsonata : Language::kJsonPath) {}

std::string Generator::NewName(const Block& block) {
  std::string name(1, is_predictable() ? kPredictableState : 'S');
  if (block.type == WorkflowShape::Type::kExpress) name.push_back(kExpressState);
  return absl::StrCat(name, names_made_++);
}

Generator::Block Generator::Inside(const Place& place) {
  return {.depth = place.block.depth + 1,
          .outer = &place.scope,
          .type = place.block.type,
          .has_token = place.block.has_token};
}

std::string Generator::Later(const Place& place) {
  const size_t left = place.names.size() - place.index - 1;
  return place.names[place.index + 1 + random_.Below(left)];
}

Json Generator::Errors() {
  switch (Below(8)) {
    case 0:
      return Json::List({"States.Timeout"});
    case 1:
      return Json::List({"Grpc.Unavailable", "Grpc.ResourceExhausted"});
    case 2:
      return Json::List({"States.TaskFailed"});
    case 3:
      return Json::List({"States.QueryEvaluationError", "States.ExceedToleratedFailureThreshold"});
    case 4:
      return Json::List({"States.ItemReaderFailed", "States.ResultWriterFailed"});
    default:
      return Json::List({"States.ALL"});
  }
}

Members Generator::Catcher(Place& place) {
  Members catcher = {{"ErrorEquals", Errors()}, {"Next", Later(place)}};
  if (place.is_jsonata()) {
    catcher.emplace_back("Output", "{% $merge([$states.input, {'error': $states.errorOutput}]) %}");
  } else {
    catcher.emplace_back("ResultPath", "$.error");
  }
  AddAssign(place, catcher, Computed(place, "$.Error", "$states.errorOutput.Error"));
  return catcher;
}

void Generator::AddErrorHandling(Place& place, Members& members) {
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
    members.emplace_back("Catch", Json(Json::Array{Json(Json::Object(Catcher(place)))}));
  }
}

void Generator::AddTransition(const Place& place, Members& members) {
  if (!place.last()) {
    members.emplace_back("Next", place.names[place.index + 1]);
  } else if (!place.after.empty()) {
    members.emplace_back("Next", place.after);
  } else {
    members.emplace_back("End", Json::Bool(true));
  }
}

Json Generator::State(Place& place) {
  place.language = machine_;
  if (Chance(0.2)) place.language = Language::kJsonata;
  const bool may_nest = place.block.depth < shape_.depth_max;
  const int drawn = Below(100);
  Members members;
  bool leads_on = true;
  const bool is_first = place.block.depth == 0 && place.index == 0;
  if (is_first && shape_.start == WorkflowShape::Start::kSend) {
    members = SendTask(place);
    AddErrorHandling(place, members);
  } else if (drawn < 40) {
    members = Task(place);
  } else if (drawn < 53) {
    members = Wait(place);
  } else if (drawn < 63 && !place.last()) {
    members = Choice(place);
    leads_on = false;
  } else if (drawn < 73 && may_nest) {
    members = Parallel(place);
  } else if (drawn < 89 && may_nest) {
    members = Map(place);
  } else if (drawn < 94 && place.last() && place.block.output == Block::Output::kAny) {
    members = Ending(place);
    leads_on = false;
  } else {
    members = Pass(place);
  }
  if (place.is_jsonata() && machine_ == Language::kJsonPath) {
    members.emplace_back("QueryLanguage", "JSONata");
  }
  if (leads_on) AddTransition(place, members);
  return Json(Json::Object(std::move(members)));
}

// Counts "$.n" down, and goes to the first state as long as it is above zero.
void Generator::AddLoop(const Place& place, Members& states) {
  const std::string again = NewName(place.block);
  const std::string end = NewName(place.block);
  const bool jsonata = machine_ == Language::kJsonata;
  Json down = jsonata ? Json::Of({{"Type", "Pass"},
                                  {"Output", Json::Of({{"n", "{% $states.input.n - 1 %}"},
                                                       {"items", "{% $states.input.items %}"}})}})
                      : Json::Of({{"Type", "Pass"},
                                  {"Parameters", Json::Of({{"n.$", "States.MathAdd($.n, -1)"},
                                                           {"items.$", "$.items"}})}});
  Json rule = jsonata ? Json::Of({{"Condition", "{% $states.input.n > 0 %}"}})
                      : Json::Of({{"Variable", "$.n"}, {"NumericGreaterThan", 0}});
  states.emplace_back(place.after, down.With("Next", again));
  states.emplace_back(
      again, Json::Of({{"Type", "Choice"},
                       {"Choices", Json(Json::Array{rule.With("Next", place.names.front())})},
                       {"Default", end}}));
  states.emplace_back(end, Json::Of({{"Type", "Succeed"}}));
}

// Makes an input of a batch.
void Generator::AddPrologue(const Edge& edge, Members& states) {
  Json state = machine_ == Language::kJsonata
                   ? Json::Of({{"Output", Json::Of({{"n", "{% $states.input.BatchInput.n %}"},
                                                    {"items", "{% $states.input.Items %}"}})}})
                   : Json::Of({{"Parameters",
                                Json::Of({{"n.$", "$.BatchInput.n"}, {"items.$", "$.Items"}})}});
  states.emplace_back(edge.from, state.With("Type", "Pass").With("Next", edge.to));
}

// Ends with the items alone.
void Generator::AddEpilogue(const Place& place, Members& states) {
  Json state = machine_ == Language::kJsonata ? Json::Of({{"Output", "{% $states.input.items %}"}})
                                              : Json::Of({{"InputPath", "$.items"}});
  states.emplace_back(place.after, state.With("Type", "Pass").With("End", Json::Bool(true)));
}

Json Generator::Sequence(const Block& block) {
  Scope scope{.outer = block.outer, .names = {}};
  Place place{.block = block, .scope = scope};
  const int count = 1 + Below(shape_.states_max);
  for (int i = 0; i < count; ++i) place.names.push_back(NewName(block));
  const bool flattens = block.output == Block::Output::kItems;
  // Now and then the whole sequence a few times over: visits of a state beyond the first.
  const bool loops = Chance(0.15) && block.depth < 2 && !flattens;
  if (loops || flattens) place.after = NewName(block);
  Members states;
  for (; place.index < place.names.size(); ++place.index) {
    Json state = State(place);
    states.emplace_back(place.names[place.index], std::move(state));
  }
  if (loops) AddLoop(place, states);
  if (flattens) AddEpilogue(place, states);
  std::string start = loops ? place.after : place.names.front();
  if (block.input == Block::Input::kBatch) {
    const std::string prologue = NewName(block);
    AddPrologue({.from = prologue, .to = start}, states);
    start = prologue;
  }
  return Json::Of({{"StartAt", start}, {"States", Json(Json::Object(std::move(states)))}});
}

Json Generator::Machine() {
  const Block whole{.type = shape_.type};
  Json definition = Sequence(whole);
  if (machine_ == Language::kJsonata) definition = definition.With("QueryLanguage", "JSONata");
  if (shape_.deadline == WorkflowShape::Deadline::kDrawn && Chance(0.15)) {
    definition = definition.With("TimeoutSeconds", 5 + Below(600));
  }
  return definition;
}

namespace {

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
  return Generator(shape, random).Machine().Dump();
}

std::string StartableName(WorkflowShape::Answers answers, WorkflowShape::Type type, int number) {
  std::string name(1, answers == WorkflowShape::Answers::kPredictable ? 'p' : 'u');
  if (type == WorkflowShape::Type::kExpress) name.push_back(kExpressState);
  return absl::StrCat(name, number);
}

bool IsExpressName(const std::string& workflow) {
  return workflow.size() > 1 && workflow[1] == kExpressState;
}

std::string TaskType(int number) { return absl::StrCat("t", number); }

std::string ActivityName(int number) { return absl::StrCat("a", number); }

const std::vector<std::string>& PulledNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (int i = 0; i < kTaskTypes; ++i) all.push_back(TaskType(i));
    for (int i = 0; i < kActivities; ++i) all.push_back(ActivityName(i));
    return all;
  }();
  return names;
}

std::string QueueOf(const std::string& pulled) {
  return absl::StrCat(pulled.front() == 't' ? "worker:" : "activity:", pulled);
}

std::string RandomInput(Random& random) { return Input(0, random).Dump(); }

}  // namespace segue::simulation
