#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/ids.h"

// Amazon Resource Names, under which the Step Functions API knows workflows and executions
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html).
// Pure.

namespace segue::scheduler {

// Whose resources they are: configuration.
struct ArnScope {
  std::string region = "us-east-1";
  std::string account = "000000000000";
};

// What an ARN of this service names. Which region and account it says is not looked at: all that is
// here is of this server's.
struct Arn {
  enum class Kind { kStateMachine, kExecution, kExpress, kActivity, kMapRun, kOther };
  Kind kind = Kind::kOther;
  std::string type;      // as written: "stateMachine", "execution", ...
  std::string workflow;  // a state machine's, execution's or Map Run's; an activity's own name
  // kStateMachine: a version's number or an alias' name, or empty. kExecution, kExpress: the
  // execution's name. kMapRun: the label.
  std::string name;
  std::string uuid;  // kExpress, kMapRun
};

// Nothing where `text` is no ARN of the service "states".
std::optional<Arn> ParseArn(std::string_view text);

std::string StateMachineArn(const ArnScope& scope, std::string_view workflow);
// `qualifier`: a version's number or an alias' name.
struct Qualified {
  std::string_view workflow;
  std::string_view qualifier;
};
std::string QualifiedArn(const ArnScope& scope, const Qualified& machine);
struct ExecutionName {
  std::string_view workflow;
  std::string_view name;
};
std::string ExecutionArn(const ArnScope& scope, const ExecutionName& execution);
std::string ExpressArn(const ArnScope& scope, const ExecutionName& execution,
                       std::string_view uuid);
// `run`: "label:uuid".
struct MapRunName {
  std::string_view workflow;
  std::string_view run;
};
std::string MapRunArn(const ArnScope& scope, const MapRunName& name);
std::string ActivityArn(const ArnScope& scope, std::string_view name);

// The id of the execution of this name: names are unique in their workflow, ids everywhere. Always
// the same for the same name; holds what of the name an id can hold, for people.
ExecutionId IdOfNamed(const ExecutionName& execution);

}  // namespace segue::scheduler
