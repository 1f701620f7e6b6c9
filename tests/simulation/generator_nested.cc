#include <utility>

#include "absl/strings/str_cat.h"
#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/generator.h"

// Tasks that start executions, and tasks that complete others'.

namespace segue::simulation {
namespace {

constexpr char kStart[] = "arn:aws:states:::states:startExecution";
constexpr char kByToken[] = ".waitForTaskToken";

}  // namespace

// The token that this execution was given; only its own input has one.
Generator::Value Generator::TokenGiven(const Place& place) const {
  if (!place.block.has_token) return {.json = ""};
  return Computed(place, "$$.Execution.Input.token", "$states.context.Execution.Input.token");
}

// Says whose child it is, and whether that one waits for it: ledger.cc reads it. And what token it
// may use: that of this very task, or else what its parent was given.
Json Generator::NestedInput(const Place& place, const std::string& completion) {
  Json input = Payload(place, "n", "items");
  Members members = input.object().members();
  Put(place, members, "parent", Computed(place, "$$.Execution.Id", "$states.context.Execution.Id"));
  const bool awaited = completion.starts_with(".sync");
  members.emplace_back("awaited_in", awaited ? Json(place.names[place.index]) : Json());
  const bool by_token = completion == kByToken;
  Put(place, members, "token",
      by_token ? Computed(place, "$$.Task.Token", "$states.context.Task.Token")
               : TokenGiven(place));
  return Json(Json::Object(std::move(members)));
}

// A name that its parent gives a child: no other child of that workflow may have it.
Generator::Value Generator::GivenName(const Place& place) {
  switch (Below(3)) {
    case 0:
      return {.json = absl::StrCat("k", Below(20))};
    case 1:
      return Computed(place, "States.Format('n{}', $.n)", "'n' & $string($states.input.n)");
    default:
      return Computed(place, "$$.Execution.Name", "$states.context.Execution.Name");
  }
}

Members Generator::NestedTask(Place& place) {
  const char* const completions[] = {"", ".sync", ".sync:2", ".sync:2", kByToken};
  const bool may_wait = place.block.type == WorkflowShape::Type::kStandard;
  const std::string completion = may_wait ? completions[Below(5)] : "";
  const std::string& workflow = shape_.workflows[random_.Below(shape_.workflows.size())];
  Members arguments = {{"StateMachineArn", scheduler::StateMachineArn({}, workflow)},
                       {"Input", NestedInput(place, completion)}};
  if (Chance(0.3)) Put(place, arguments, "Name", GivenName(place));
  Members members = {
      {"Type", "Task"},
      {"Resource", absl::StrCat(kStart, completion)},
      {place.is_jsonata() ? "Arguments" : "Parameters", Json(Json::Object(std::move(arguments)))}};
  // Nobody may ever use the token.
  const bool must_end = completion == kByToken;
  const bool may_be_late = completion.starts_with(".sync") && !is_predictable() && Chance(0.3);
  if (must_end || may_be_late) members.emplace_back("TimeoutSeconds", 5 + Below(200));
  AddNestedResult(place, members, completion);
  AddAssign(place, members, {.json = Below(100)});
  return members;
}

void Generator::AddNestedResult(Place& place, Members& members, const std::string& completion) {
  if (completion == kByToken) {
    return AddResult(place, members, Computed(place, "$", "$states.result"));
  }
  const bool as_text = completion == ".sync";
  if (place.is_jsonata()) {
    const char* const output = as_text ? "$parse($states.result.Output)" : "$states.result.Output";
    return AddResult(place, members,
                     Computed(place, "", completion.empty() ? "'started'" : output));
  }
  const char* const output = as_text ? "States.StringToJson($.Output)" : "$.Output";
  members.emplace_back("ResultSelector", completion.empty() ? Json::Of({{"started", 1}})
                                                            : Json::Of({{"output.$", output}}));
  AddResult(place, members, {});
}

// Completes the task whose token this execution was given, or says that it is being worked on.
Members Generator::SendTask(Place& place) {
  const char* const kinds[] = {"Success", "Success", "Failure", "Heartbeat"};
  // Of a workflow that begins with it somebody waits for a result.
  const std::string kind = kinds[Below(shape_.start == WorkflowShape::Start::kSend ? 3 : 4)];
  Members arguments;
  Put(place, arguments, "TaskToken", TokenGiven(place));
  if (kind == "Success") {
    Put(place, arguments, "Output",
        Computed(place, R"(States.Format('\{"call":null,"v":{}\}', $.n))",
                 R"('{"call":null,"v":' & $string($states.input.n) & '}')"));
  } else if (kind == "Failure") {
    arguments.emplace_back("Error", "Sim.Sent");
    arguments.emplace_back("Cause", "sent");
  }
  Members members = {
      {"Type", "Task"},
      {"Resource", absl::StrCat("arn:aws:states:::aws-sdk:sfn:sendTask", kind)},
      {place.is_jsonata() ? "Arguments" : "Parameters", Json(Json::Object(std::move(arguments)))}};
  AddResult(place, members, Computed(place, "$", "$states.result"));
  return members;
}

}  // namespace segue::simulation
