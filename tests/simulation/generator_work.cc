#include <utility>

#include "absl/strings/str_cat.h"
#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/generator.h"

namespace segue::simulation {

// Of a task that others complete. Where it must be predictable nothing may come too late.
void Generator::AddTimes(Members& members) {
  if (is_predictable()) return;
  const int heartbeat = 1 + Below(8);
  if (Chance(0.7)) members.emplace_back("TimeoutSeconds", heartbeat + 1 + Below(100));
  if (Chance(0.3)) members.emplace_back("HeartbeatSeconds", heartbeat);
}

Members Generator::ServiceTask(Place& place) {
  Members members = {{"Type", "Task"},
                     {"Resource", absl::StrCat("grpc:s", Below(shape_.services), "/sim.Sim/Do")}};
  if (Chance(0.6)) {
    members.emplace_back(place.is_jsonata() ? "Arguments" : "Parameters",
                         Payload(place, "n", "items"));
  }
  if (Chance(0.5)) {
    const int timeout = 2 + Below(20);
    if (is_predictable() || Chance(0.8)) {
      members.emplace_back("TimeoutSeconds", timeout);
      if (Chance(0.1)) members.emplace_back("HeartbeatSeconds", 1);
    } else if (place.is_jsonata()) {
      members.emplace_back("TimeoutSeconds", "{% $states.input.n + 1 %}");
    } else {
      members.emplace_back("TimeoutSecondsPath", "$.n");
    }
  }
  return members;
}

Members Generator::WorkerTask(Place& place) {
  Members members = {{"Type", "Task"}, {"Resource", absl::StrCat("worker:t", Below(kTaskTypes))}};
  if (Chance(0.6)) {
    members.emplace_back(place.is_jsonata() ? "Arguments" : "Parameters",
                         Payload(place, "n", "items"));
  }
  AddTimes(members);
  return members;
}

Members Generator::TokenTask(Place& place) {
  const std::string service = absl::StrCat("grpc:s", Below(shape_.services));
  Members members = {{"Type", "Task"},
                     {"Resource", absl::StrCat(service, "/sim.Sim/Do.waitForTaskToken")}};
  Members arguments;
  Put(place, arguments, "n", Computed(place, "$.n", "$states.input.n"));
  Put(place, arguments, "token", Computed(place, "$$.Task.Token", "$states.context.Task.Token"));
  members.emplace_back(place.is_jsonata() ? "Arguments" : "Parameters",
                       Json(Json::Object(std::move(arguments))));
  AddTimes(members);
  return members;
}

// Says whose child it is, and whether that one waits for it: the ledger reads it.
Json Generator::NestedInput(const Place& place, const std::string& resource) {
  Json input = Payload(place, "n", "items");
  Members members = input.object().members();
  Put(place, members, "parent", Computed(place, "$$.Execution.Id", "$states.context.Execution.Id"));
  const bool awaited = resource.find(".sync") != resource.npos;
  members.emplace_back("awaited_in", awaited ? Json(place.names[place.index]) : Json());
  return Json(Json::Object(std::move(members)));
}

Members Generator::NestedTask(Place& place) {
  std::string resource = "arn:aws:states:::states:startExecution";
  const bool may_wait = place.block.type == WorkflowShape::Type::kStandard;
  const int drawn = may_wait ? Below(5) : 0;
  if (drawn > 0) resource += drawn > 2 ? ".sync:2" : ".sync";
  const std::string& workflow = shape_.workflows[random_.Below(shape_.workflows.size())];
  Json arguments = Json::Of({{"StateMachineArn", scheduler::StateMachineArn({}, workflow)},
                             {"Input", NestedInput(place, resource)}});
  Members members = {{"Type", "Task"},
                     {"Resource", resource},
                     {place.is_jsonata() ? "Arguments" : "Parameters", std::move(arguments)}};
  if (drawn > 0) {
    if (!is_predictable() && Chance(0.3)) members.emplace_back("TimeoutSeconds", 5 + Below(200));
    // With .sync it is text.
    const bool text = drawn <= 2;
    if (place.is_jsonata()) {
      AddResult(
          place, members,
          Computed(place, "", text ? "$parse($states.result.Output)" : "$states.result.Output"));
    } else {
      members.emplace_back(
          "ResultSelector",
          Json::Of({{"output.$", text ? "States.StringToJson($.Output)" : "$.Output"}}));
      AddResult(place, members, {});
    }
  } else if (place.is_jsonata()) {
    AddResult(place, members, Computed(place, "", "'started'"));
  } else {
    members.emplace_back("ResultSelector", Json::Of({{"started", 1}}));
    AddResult(place, members, {});
  }
  AddAssign(place, members, {.json = Below(100)});
  return members;
}

Members Generator::Task(Place& place) {
  const bool may_wait = place.block.type == WorkflowShape::Type::kStandard;
  const int drawn = Below(100);
  Members members;
  if (drawn < 18 && !shape_.workflows.empty()) {
    members = NestedTask(place);
  } else {
    if (drawn < 30) {
      members = WorkerTask(place);
    } else if (drawn < 40 && may_wait) {
      members = TokenTask(place);
    } else {
      members = ServiceTask(place);
    }
    const bool selects = !place.is_jsonata() && Chance(0.2);
    if (selects) {
      members.emplace_back("ResultSelector", Json::Of({{"call.$", "$.call"}, {"w.$", "$.v"}}));
    }
    AddResult(place, members, Computed(place, "$", "$states.result"));
    AddAssign(place, members, Computed(place, "$.v", "$states.result.v"));
  }
  AddErrorHandling(place, members);
  return members;
}

void Generator::AddTolerance(const Place& place, Members& members) {
  const int drawn = Below(10);
  if (drawn < 2) {
    members.emplace_back("ToleratedFailureCount", Below(3));
  } else if (drawn < 3) {
    if (place.is_jsonata()) {
      members.emplace_back("ToleratedFailureCount", "{% $states.input.n %}");
    } else {
      members.emplace_back("ToleratedFailureCountPath", "$.n");
    }
  } else if (drawn < 5) {
    members.emplace_back("ToleratedFailurePercentage", Below(11) * 10);
  }
}

// What makes a Map a Map Run.
void Generator::AddRun(Place& place, Members& members, Block& inner) {
  inner.outer = nullptr;
  const bool express = Chance(0.35);
  if (express) inner.type = WorkflowShape::Type::kExpress;
  if (Chance(0.3)) members.emplace_back("Label", absl::StrCat("L", names_made_++));
  if (!Chance(0.3)) return;
  inner.input = Block::Input::kBatch;
  Members batch;
  Put(place, batch, "n", Computed(place, "$.n", "$states.input.n"));
  members.emplace_back("ItemBatcher",
                       Json::Of({{"MaxItemsPerBatch", 1 + Below(3)},
                                 {"BatchInput", Json(Json::Object(std::move(batch)))}}));
}

Members Generator::Map(Place& place) {
  Members members = {{"Type", "Map"}};
  members.emplace_back(place.is_jsonata() ? "Items" : "ItemsPath",
                       place.is_jsonata() ? "{% $states.input.items %}" : "$.items");
  Block inner{.depth = place.block.depth + 1, .outer = &place.scope, .type = place.block.type};
  const bool may_run = place.block.type == WorkflowShape::Type::kStandard;
  const bool distributed = may_run && Chance(place.block.depth == 0 ? 0.4 : 0.15);
  if (distributed) AddRun(place, members, inner);
  const bool express = inner.type != place.block.type;
  Json processor = Sequence(inner);
  if (distributed) {
    processor = processor.With(
        "ProcessorConfig",
        Json::Of({{"Mode", "DISTRIBUTED"}, {"ExecutionType", express ? "EXPRESS" : "STANDARD"}}));
  }
  members.emplace_back("ItemProcessor", std::move(processor));
  if (Chance(0.6)) {
    if (Chance(0.7)) {
      members.emplace_back("MaxConcurrency", Below(4));
    } else if (place.is_jsonata()) {
      members.emplace_back("MaxConcurrency", "{% $states.input.n %}");
    } else {
      members.emplace_back("MaxConcurrencyPath", "$.n");
    }
  }
  AddTolerance(place, members);
  if (Chance(0.3)) {
    Members selector;
    const auto item = [&](const char* name, const char* path) {
      Put(place, selector, name,
          Computed(place, absl::StrCat("$$.Map.Item.", path),
                   absl::StrCat("$states.context.Map.Item.", path)));
    };
    item("n", "Value.n");
    item("items", "Value.items");
    item("index", "Index");
    Put(place, selector, "above", Any(place));
    members.emplace_back("ItemSelector", Json(Json::Object(std::move(selector))));
  }
  const Value result = Computed(place, "$", "$states.result");
  AddResult(place, members, result);
  AddAssign(place, members, result);
  AddErrorHandling(place, members);
  return members;
}

}  // namespace segue::simulation
