#pragma once

#include <google/protobuf/timestamp.pb.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "segue/v1/execution.pb.h"
#include "segue/v1/execution_service.pb.h"
#include "segue/v1/history.pb.h"
#include "segue/v1/workflow.pb.h"
#include "server/engine/history.h"
#include "server/scheduler/catalog/catalog.h"
#include "server/scheduler/requests.h"

// Between the API's messages and the scheduler's values.

namespace segue::api {

void SetTime(absl::Time time, google::protobuf::Timestamp* timestamp);
absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);

enum class InputText { kShow, kLeaveOut };
void ToMessage(const scheduler::ExecutionView& view, scheduler::Detail detail, InputText input,
               v1::Execution* message);
void ToMessage(const engine::HistoryEvent& event, v1::HistoryEvent* message);
void ToMessage(const scheduler::WorkflowVersion& version, v1::Workflow* message);
void ToMessage(const language::Fault& fault, v1::Fault* message);

language::Format FormatOf(v1::DefinitionFormat format);
// Unspecified gives `usual`.
scheduler::Detail DetailOf(v1::ExecutionView view, scheduler::Detail usual);

absl::StatusOr<scheduler::SubmitRequest> FromMessage(const v1::SubmitWorkflowRequest& message);
absl::StatusOr<scheduler::ListFilter> FromMessage(const v1::ExecutionFilter& message);

}  // namespace segue::api
