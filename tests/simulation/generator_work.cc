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

// EXPRESS executions have no activities.
std::string Generator::PulledResource(const Place& place) {
  const bool express = place.block.type == WorkflowShape::Type::kExpress;
  const int activities = is_predictable() ? 1 : kActivities;
  const int drawn = Below(kTaskTypes + (express ? 0 : activities));
  if (drawn < kTaskTypes) return absl::StrCat("worker:", TaskType(drawn));
  return scheduler::ActivityArn({}, ActivityName(drawn - kTaskTypes));
}

Members Generator::WorkerTask(Place& place) {
  Members members = {{"Type", "Task"}, {"Resource", PulledResource(place)}};
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

Members Generator::Task(Place& place) {
  const bool may_wait = place.block.type == WorkflowShape::Type::kStandard;
  const int drawn = Below(100);
  Members members;
  if (drawn < 18 && !shape_.workflows.empty()) {
    members = NestedTask(place);
  } else if (drawn < 22 && place.block.has_token) {
    members = SendTask(place);
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

}  // namespace segue::simulation
