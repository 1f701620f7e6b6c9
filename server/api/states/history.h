#pragma once

#include <string>

#include "server/base/json.h"
#include "server/engine/history.h"

namespace segue::api::states {

// What AWS's history names of an execution that the events themselves do not hold. ARNs are whole;
// empty ones are left out.
struct HistoryNames {
  std::string region;
  std::string input;     // of the execution, as it was given
  std::string role;      // roleArn
  std::string version;   // stateMachineVersionArn
  std::string alias;     // stateMachineAliasArn
  std::string map_runs;  // what a Map Run's ARN begins with: "arn:aws:states:...:mapRun:name/"
};

// GetExecutionHistory's includeExecutionData.
enum class ExecutionData { kInclude, kOmit };

// An event as GetExecutionHistory shows it (service-2.json, HistoryEvent): `timestamp` in seconds
// since the epoch, the details under the name that the event's type has for them. Pure.
Json HistoryEventJson(const engine::HistoryEvent& event, const HistoryNames& names,
                      ExecutionData data);

}  // namespace segue::api::states
