#include "server/api/grpc/convert.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/engine/idempotency_key.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

v1::ExecutionStatus MessageOf(engine::ExecutionStatus status) {
  switch (status) {
    case engine::ExecutionStatus::kRunning:
      return v1::EXECUTION_STATUS_RUNNING;
    case engine::ExecutionStatus::kSucceeded:
      return v1::EXECUTION_STATUS_SUCCEEDED;
    case engine::ExecutionStatus::kFailed:
      return v1::EXECUTION_STATUS_FAILED;
    case engine::ExecutionStatus::kTimedOut:
      return v1::EXECUTION_STATUS_TIMED_OUT;
    case engine::ExecutionStatus::kCancelled:
      return v1::EXECUTION_STATUS_CANCELLED;
  }
}

v1::BranchStatus MessageOf(const scheduler::BranchView& view) {
  switch (view.branch.phase) {
    case engine::BranchPhase::kReady:
    case engine::BranchPhase::kFinished:
    case engine::BranchPhase::kStopped:
      return v1::BRANCH_STATUS_RUNNING;
    case engine::BranchPhase::kCalling:
      return view.waiting_on ? v1::BRANCH_STATUS_QUEUED : v1::BRANCH_STATUS_CALLING;
    case engine::BranchPhase::kAwaitingToken:
      return v1::BRANCH_STATUS_AWAITING_TOKEN;
    case engine::BranchPhase::kBackoff:
      return v1::BRANCH_STATUS_RETRYING;
    case engine::BranchPhase::kWaiting:
      return v1::BRANCH_STATUS_WAITING;
    case engine::BranchPhase::kJoining:
      return v1::BRANCH_STATUS_JOINING;
  }
}

v1::LimitKind MessageOf(services::WaitReason::Limit limit) {
  switch (limit) {
    case services::WaitReason::Limit::kRate:
      return v1::LIMIT_KIND_RATE;
    case services::WaitReason::Limit::kConcurrency:
      return v1::LIMIT_KIND_CONCURRENCY;
    case services::WaitReason::Limit::kPushBack:
      return v1::LIMIT_KIND_PUSH_BACK;
  }
}

void SetError(const WorkflowError& error, v1::WorkflowError* message) {
  message->set_error(error.name);
  message->set_cause(error.cause);
}

void ToMessage(const scheduler::BranchView& view, const ExecutionId& execution,
               v1::Branch* message) {
  const engine::Branch& branch = view.branch;
  message->set_branch_id(static_cast<int64_t>(branch.id.value()));
  if (branch.parent) {
    message->set_parent_branch_id(static_cast<int64_t>(branch.parent->value()));
  }
  message->set_index(static_cast<int32_t>(branch.index));
  message->set_state_name(view.state_name);
  message->set_state_type(view.state_type);
  message->set_status(MessageOf(view));
  SetTime(branch.entered, message->mutable_entered_time());
  message->set_resource(view.resource);
  message->set_attempt(branch.attempt);
  if (branch.due) SetTime(*branch.due, message->mutable_next_event_time());
  if (branch.error) SetError(*branch.error, message->mutable_last_error());
  if (!view.resource.empty()) {
    message->set_idempotency_key(engine::IdempotencyKey(execution, branch, view.state_name));
  }
  if (!view.waiting_on) return;
  v1::WaitReason* reason = message->mutable_waiting_on();
  reason->set_service(view.waiting_on->service);
  reason->set_limit(MessageOf(view.waiting_on->limit));
  reason->set_position(view.waiting_on->position);
  SetTime(view.waiting_on->since, reason->mutable_since_time());
  if (view.waiting_on->expected_start) {
    SetTime(*view.waiting_on->expected_start, reason->mutable_expected_start_time());
  }
}

void SetJson(const std::optional<Json>& json, std::string* field) {
  if (json) json->DumpTo(field);
}

}  // namespace

void SetTime(absl::Time time, google::protobuf::Timestamp* timestamp) {
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t seconds = micros >= 0 ? micros / 1'000'000 : (micros - 999'999) / 1'000'000;
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(static_cast<int32_t>((micros - seconds * 1'000'000) * 1000));
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  // Whole microseconds, as they are stored; far times saturate.
  return absl::FromUnixMicros(absl::ToUnixMicros(absl::FromUnixSeconds(timestamp.seconds()) +
                                                 absl::Nanoseconds(timestamp.nanos())));
}

void ToMessage(const scheduler::ExecutionView& view, scheduler::Detail detail, InputText input,
               v1::Execution* message) {
  const engine::Execution& execution = view.execution;
  message->set_execution_id(execution.id.value());
  message->set_workflow(execution.workflow);
  message->set_version(execution.version);
  message->set_type(execution.type == engine::ExecutionType::kExpress
                        ? v1::EXECUTION_TYPE_EXPRESS
                        : v1::EXECUTION_TYPE_STANDARD);
  message->set_status(MessageOf(execution.status));
  if (execution.error) SetError(*execution.error, message->mutable_error());
  SetTime(execution.start_time, message->mutable_start_time());
  if (execution.end_time) SetTime(*execution.end_time, message->mutable_end_time());
  if (execution.deadline) SetTime(*execution.deadline, message->mutable_deadline());
  message->set_priority(execution.priority);
  message->mutable_labels()->insert(execution.labels.begin(), execution.labels.end());
  message->set_request_id(execution.request_id);
  message->set_branch_count(view.branch_count);
  message->set_trace_parent(execution.trace_parent);
  if (execution.type == engine::ExecutionType::kStandard) {
    message->set_history_event_count(execution.last_event);
  }
  message->set_redrive_count(execution.redrive_count);
  if (execution.redrive_time) SetTime(*execution.redrive_time, message->mutable_redrive_time());
  if (IsClosed(execution.status)) message->set_redrive_fault(view.redrive_fault);
  if (detail == scheduler::Detail::kBasic) return;
  if (input == InputText::kShow) message->set_input(execution.input_text);
  if (execution.status == engine::ExecutionStatus::kSucceeded) {
    execution.output.DumpTo(message->mutable_output());
  }
  for (const scheduler::BranchView& branch : view.branches) {
    ToMessage(branch, execution.id, message->add_branches());
  }
}

void ToMessage(const engine::HistoryEvent& event, v1::HistoryEvent* message) {
  message->set_id(event.id);
  message->set_previous_event_id(event.previous_id);
  SetTime(event.time, message->mutable_time());
  message->set_type(engine::HistoryEventTypeName(event.type));
  message->set_state_name(event.name);
  if (event.input) SetJson(event.input, message->mutable_input());
  if (event.output) SetJson(event.output, message->mutable_output());
  if (event.error) message->set_error(*event.error);
  if (event.cause) message->set_cause(*event.cause);
  message->set_resource(event.resource);
  message->set_resource_type(event.resource_type);
  if (event.parameters) SetJson(event.parameters, message->mutable_parameters());
  if (event.timeout_seconds) message->set_timeout_seconds(*event.timeout_seconds);
  if (event.heartbeat_seconds) message->set_heartbeat_seconds(*event.heartbeat_seconds);
  if (event.index) message->set_index(static_cast<int32_t>(*event.index));
  if (event.length) message->set_length(static_cast<int32_t>(*event.length));
  message->set_attempt(event.attempt);
  message->set_branch_id(static_cast<int64_t>(event.branch.value()));
  message->set_idempotency_key(event.idempotency_key);
  if (event.started) SetTime(*event.started, message->mutable_started_time());
  if (event.assigned) SetJson(event.assigned, message->mutable_assigned_variables());
  message->set_location(event.location);
}

void ToMessage(const scheduler::WorkflowVersion& version, v1::Workflow* message) {
  message->set_name(version.name);
  message->set_version(version.version);
  message->set_definition(version.definition);
  message->set_definition_format(version.format == language::Format::kYaml
                                     ? v1::DEFINITION_FORMAT_YAML
                                     : v1::DEFINITION_FORMAT_JSON);
  message->set_description(version.description.empty() ? version.workflow->comment
                                                       : version.description);
  message->set_etag(version.etag);
  SetTime(version.create_time, message->mutable_create_time());
  SetTime(version.update_time, message->mutable_update_time());
  message->mutable_labels()->insert(version.labels.begin(), version.labels.end());
}

void ToMessage(const language::Fault& fault, v1::Fault* message) {
  message->set_json_pointer(fault.position.pointer);
  message->set_line(fault.position.line);
  message->set_column(fault.position.column);
  message->set_code(fault.code);
  message->set_message(fault.message);
}

language::Format FormatOf(v1::DefinitionFormat format) {
  if (format == v1::DEFINITION_FORMAT_JSON) return language::Format::kJson;
  if (format == v1::DEFINITION_FORMAT_YAML) return language::Format::kYaml;
  return language::Format::kDetect;
}

scheduler::Detail DetailOf(v1::ExecutionView view, scheduler::Detail usual) {
  if (view == v1::EXECUTION_VIEW_BASIC) return scheduler::Detail::kBasic;
  if (view == v1::EXECUTION_VIEW_FULL) return scheduler::Detail::kFull;
  return usual;
}

absl::StatusOr<scheduler::SubmitRequest> FromMessage(const v1::SubmitWorkflowRequest& message) {
  scheduler::SubmitRequest request;
  request.workflow = message.workflow();
  request.version = message.version();
  request.inline_definition = message.inline_definition().definition();
  request.inline_format = FormatOf(message.inline_definition().definition_format());
  if (!message.input().empty()) request.input = message.input();
  request.request_id = message.request_id();
  request.execution_id = message.execution_id();
  if (message.has_priority()) request.priority = message.priority();
  if (message.has_deadline()) request.deadline = TimeOf(message.deadline());
  request.labels = {message.labels().begin(), message.labels().end()};
  if (message.type() == v1::EXECUTION_TYPE_EXPRESS) {
    request.type = engine::ExecutionType::kExpress;
  }
  if (message.validate_only()) request.mode = scheduler::SubmitRequest::Mode::kValidateOnly;
  return request;
}

absl::StatusOr<scheduler::ListFilter> FromMessage(const v1::ExecutionFilter& message) {
  scheduler::ListFilter filter;
  if (!message.workflow().empty()) filter.workflow = message.workflow();
  for (const int status : message.statuses()) {
    switch (status) {
      case v1::EXECUTION_STATUS_RUNNING:
        filter.statuses.push_back(engine::ExecutionStatus::kRunning);
        break;
      case v1::EXECUTION_STATUS_SUCCEEDED:
        filter.statuses.push_back(engine::ExecutionStatus::kSucceeded);
        break;
      case v1::EXECUTION_STATUS_FAILED:
        filter.statuses.push_back(engine::ExecutionStatus::kFailed);
        break;
      case v1::EXECUTION_STATUS_TIMED_OUT:
        filter.statuses.push_back(engine::ExecutionStatus::kTimedOut);
        break;
      case v1::EXECUTION_STATUS_CANCELLED:
        filter.statuses.push_back(engine::ExecutionStatus::kCancelled);
        break;
      default:
        return scheduler::BadField("filter.statuses", "BAD_STATUS",
                                   absl::StrCat(status, " is not a status to filter by"));
    }
  }
  if (message.has_start_time_after()) filter.start_after = TimeOf(message.start_time_after());
  if (message.has_start_time_before()) filter.start_before = TimeOf(message.start_time_before());
  filter.labels = {message.labels().begin(), message.labels().end()};
  if (message.has_redriven()) {
    filter.redrives = message.redriven() ? scheduler::Redrives::kSome : scheduler::Redrives::kNone;
  }
  return filter;
}

}  // namespace segue::api
