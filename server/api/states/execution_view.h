#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/states/call.h"
#include "server/engine/execution.h"

// An execution as the operations see it.

namespace segue::api::states {

ApiError ExecutionDoesNotExist(std::string_view arn);

// The execution that `member` of the input names: started under that name here, or with it as its
// id through the gRPC API.
async::Task<ApiResult<scheduler::ExecutionView>> FindExecution(Call& call, std::string_view member);

// The state machine as ARNs name it: of a child of a Map Run, "workflow/label".
std::string MachineOf(const engine::Execution& execution);
// The name that it has in its workflow.
const std::string& NameOf(const engine::Execution& execution);
std::string ExecutionArnOf(const scheduler::ArnScope& scope, const engine::Execution& execution);
std::optional<engine::ExecutionStatus> StatusOf(std::string_view name);

// input, output, error and cause, with inputDetails and outputDetails, as `includedData` asks for.
// AWS describes the output of one that failed only where the call started it.
enum class OutputDetails { kAlways, kWithOutput };
Json WithData(const Call& call, const engine::Execution& execution, Json answer,
              OutputDetails details);

// stateMachineVersionArn and stateMachineAliasArn, as far as it was started by them.
Json WithQualifiers(const scheduler::ArnScope& scope, const engine::Execution& execution,
                    Json answer);

}  // namespace segue::api::states
