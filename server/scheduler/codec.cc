#include "server/scheduler/codec.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "segue/storage/v1/records.pb.h"
#include "server/engine/history.h"

namespace segue::scheduler {
namespace {

namespace pb = segue::storage::v1;

int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }
absl::Time FromMicros(int64_t micros) { return absl::FromUnixMicros(micros); }

absl::Status Corrupt(const ExecutionId& id, std::string_view what) {
  return absl::DataLossError(absl::StrCat("the stored record of execution ", id.value(),
                                          " cannot be read: ", std::string(what)));
}

void EncodeError(const WorkflowError& error, pb::ErrorRecord* record) {
  record->set_name(error.name);
  record->set_cause(error.cause);
}

WorkflowError DecodeError(const pb::ErrorRecord& record) { return {record.name(), record.cause()}; }

// Reads the JSON fields of one record; remembers whether one was not JSON.
class JsonFields {
 public:
  Json Read(const std::string& text) {
    if (text.empty()) return Json();
    absl::StatusOr<Json> json = Json::Parse(text);
    if (json.ok()) return *std::move(json);
    ok_ = false;
    return Json();
  }
  bool ok() const { return ok_; }

 private:
  bool ok_ = true;
};

// Null is stored as nothing: the field of most branches.
void WriteJson(const Json& value, std::string* field) {
  if (!value.is_null()) value.DumpTo(field);
}

engine::Branch DecodeBranch(BranchId id, const pb::BranchRecord& record, JsonFields& json) {
  engine::Branch branch;
  branch.id = id;
  if (record.has_parent()) branch.parent = BranchId(record.parent());
  branch.index = record.index();
  if (record.has_item()) {
    branch.item =
        engine::MapItem{.index = record.item().index(), .value = json.Read(record.item().value())};
  }
  branch.phase = static_cast<engine::BranchPhase>(record.phase());
  branch.visit = record.visit();
  branch.entered = FromMicros(record.entered_us());
  branch.entered_event = record.entered_event();
  branch.input = json.Read(record.input());
  branch.attempt = record.attempt();
  branch.retries.assign(record.retries().begin(), record.retries().end());
  if (record.has_due_us()) branch.due = FromMicros(record.due_us());
  branch.arguments = json.Read(record.arguments());
  if (record.has_timeout_us()) branch.timeout = absl::Microseconds(record.timeout_us());
  if (record.has_heartbeat_us()) branch.heartbeat = absl::Microseconds(record.heartbeat_us());
  branch.items = json.Read(record.items());
  branch.max_concurrency = record.max_concurrency();
  branch.tolerated_failures = record.tolerated_failures();
  branch.output = json.Read(record.output());
  if (record.has_error()) branch.error = DecodeError(record.error());
  branch.last_event = record.last_event();
  if (record.has_submitted()) branch.submitted = json.Read(record.submitted());
  if (record.has_started_us()) branch.started = FromMicros(record.started_us());
  if (record.has_map_run()) {
    branch.map_run = {.state_started_event = record.map_run().state_started_event(),
                      .redrives = record.map_run().redrives()};
  }
  if (const Json variables = json.Read(record.variables()); variables.is_object()) {
    branch.variables = variables.object();
  }
  return branch;
}

void EncodeEvent(const engine::HistoryEvent& event, pb::HistoryEventRecord* record) {
  record->set_previous_id(event.previous_id);
  record->set_time_us(ToMicros(event.time));
  record->set_type(engine::HistoryEventTypeName(event.type));
  record->set_branch(event.branch.value());
  record->set_name(event.name);
  if (event.input) event.input->DumpTo(record->mutable_input());
  if (event.output) event.output->DumpTo(record->mutable_output());
  if (event.error) record->set_error(*event.error);
  if (event.cause) record->set_cause(*event.cause);
  record->set_resource(event.resource);
  record->set_resource_type(event.resource_type);
  if (event.parameters) event.parameters->DumpTo(record->mutable_parameters());
  if (event.timeout_seconds) record->set_timeout_seconds(*event.timeout_seconds);
  if (event.heartbeat_seconds) record->set_heartbeat_seconds(*event.heartbeat_seconds);
  if (event.index) record->set_index(*event.index);
  if (event.length) record->set_length(*event.length);
  record->set_attempt(event.attempt);
  record->set_idempotency_key(event.idempotency_key);
  if (event.assigned) event.assigned->DumpTo(record->mutable_assigned());
  record->set_location(event.location);
  if (event.started) record->set_started_us(ToMicros(*event.started));
  record->set_worker(event.worker);
  record->set_credentials_role(event.credentials_role);
  record->set_sender(event.sender);
  record->set_map_run(event.map_run);
  record->set_redrive_count(event.redrive_count);
}

std::optional<engine::HistoryEventType> EventTypeByName(std::string_view name) {
  static const auto* const kTypes = [] {
    auto* types = new absl::flat_hash_map<std::string, engine::HistoryEventType>();
    for (int i = 0; i <= static_cast<int>(engine::HistoryEventType::kLast); ++i) {
      const auto type = static_cast<engine::HistoryEventType>(i);
      types->emplace(engine::HistoryEventTypeName(type), type);
    }
    return types;
  }();
  const auto found = kTypes->find(std::string(name));
  if (found == kTypes->end()) return std::nullopt;
  return found->second;
}

engine::HistoryEvent DecodeEvent(const pb::HistoryEventRecord& record, JsonFields& json) {
  engine::HistoryEvent event;
  event.previous_id = record.previous_id();
  event.time = FromMicros(record.time_us());
  event.branch = BranchId(record.branch());
  event.name = record.name();
  if (record.has_input()) event.input = json.Read(record.input());
  if (record.has_output()) event.output = json.Read(record.output());
  if (record.has_error()) event.error = record.error();
  if (record.has_cause()) event.cause = record.cause();
  event.resource = record.resource();
  event.resource_type = record.resource_type();
  if (record.has_parameters()) event.parameters = json.Read(record.parameters());
  if (record.has_timeout_seconds()) event.timeout_seconds = record.timeout_seconds();
  if (record.has_heartbeat_seconds()) event.heartbeat_seconds = record.heartbeat_seconds();
  if (record.has_index()) event.index = record.index();
  if (record.has_length()) event.length = record.length();
  event.attempt = record.attempt();
  event.idempotency_key = record.idempotency_key();
  if (record.has_assigned()) event.assigned = json.Read(record.assigned());
  event.location = record.location();
  if (record.has_started_us()) event.started = FromMicros(record.started_us());
  event.worker = record.worker();
  event.credentials_role = record.credentials_role();
  event.sender = record.sender();
  event.map_run = record.map_run();
  event.redrive_count = record.redrive_count();
  return event;
}

// Whether a stored number is one of the enum's: a switch, so that a new one is not forgotten.
bool IsPhase(int number) {
  switch (static_cast<engine::BranchPhase>(number)) {
    case engine::BranchPhase::kReady:
    case engine::BranchPhase::kCalling:
    case engine::BranchPhase::kBackoff:
    case engine::BranchPhase::kWaiting:
    case engine::BranchPhase::kJoining:
    case engine::BranchPhase::kFinished:
    case engine::BranchPhase::kAwaitingToken:
    case engine::BranchPhase::kStopped:
      return true;
  }
  return false;
}

bool IsStatus(int number) {
  switch (static_cast<engine::ExecutionStatus>(number)) {
    case engine::ExecutionStatus::kRunning:
    case engine::ExecutionStatus::kSucceeded:
    case engine::ExecutionStatus::kFailed:
    case engine::ExecutionStatus::kTimedOut:
    case engine::ExecutionStatus::kCancelled:
      return true;
  }
  return false;
}

// What the engine takes for granted of a branch; empty where it holds.
std::string_view BranchFault(const pb::BranchRecord& record, const engine::Branch& branch,
                             const language::Workflow& workflow) {
  if (!IsPhase(record.phase())) return "has an unknown phase";
  if (branch.phase == engine::BranchPhase::kFinished) return "";
  if (branch.state < 0) return "stands in no state";
  const language::StateType type = workflow.state(branch.state).type;
  const bool map = type == language::StateType::kMap;
  switch (branch.phase) {
    case engine::BranchPhase::kCalling:
    case engine::BranchPhase::kAwaitingToken:
      if (type != language::StateType::kTask && !map) return "calls, and is in no Task";
      break;
    case engine::BranchPhase::kWaiting:
      if (type != language::StateType::kWait) return "waits, and is in no Wait";
      break;
    case engine::BranchPhase::kJoining:
      if (type != language::StateType::kParallel && !map) return "joins, and has no branches";
      if (map && !branch.items.is_array()) return "has no items";
      break;
    case engine::BranchPhase::kReady:
    case engine::BranchPhase::kBackoff:
    case engine::BranchPhase::kFinished:
    case engine::BranchPhase::kStopped:
      break;
  }
  return "";
}

void EncodeRedrives(const engine::Execution& execution, pb::ExecutionRecord& record) {
  record.set_run_redrive(execution.run_redrive);
  record.set_redrive_count(execution.redrive_count);
  if (execution.redrive_time) record.set_redrive_time_us(ToMicros(*execution.redrive_time));
  for (const engine::RedriveToken& token : execution.redrive_tokens) {
    pb::RedriveTokenRecord* added = record.add_redrive_tokens();
    added->set_token(token.token);
    added->set_time_us(ToMicros(token.time));
  }
}

void DecodeRedrives(const pb::ExecutionRecord& record, engine::Execution& execution) {
  execution.run_redrive = record.run_redrive();
  execution.redrive_count = record.redrive_count();
  if (record.has_redrive_time_us()) execution.redrive_time = FromMicros(record.redrive_time_us());
  for (const pb::RedriveTokenRecord& token : record.redrive_tokens()) {
    execution.redrive_tokens.push_back(
        {.token = token.token(), .time = FromMicros(token.time_us())});
  }
}

}  // namespace

std::string EncodeExecution(const engine::Execution& execution,
                            const InlineDefinition& definition) {
  pb::ExecutionRecord record;
  record.set_workflow(execution.workflow);
  record.set_version(execution.version);
  record.set_inline_definition(definition.text);
  record.set_inline_format(static_cast<int>(definition.format));
  record.set_type(static_cast<int>(execution.type));
  record.set_status(static_cast<int>(execution.status));
  record.set_input_text(execution.input_text);
  if (execution.status == engine::ExecutionStatus::kSucceeded) {
    execution.output.DumpTo(record.mutable_output());
  }
  if (execution.error) EncodeError(*execution.error, record.mutable_error());
  record.set_start_time_us(ToMicros(execution.start_time));
  if (execution.end_time) record.set_end_time_us(ToMicros(*execution.end_time));
  if (execution.deadline) record.set_deadline_us(ToMicros(*execution.deadline));
  record.set_priority(execution.priority);
  record.mutable_labels()->insert(execution.labels.begin(), execution.labels.end());
  record.set_trace_parent(execution.trace_parent);
  record.set_request_id(execution.request_id);
  record.set_request_fingerprint(execution.request_fingerprint);
  record.set_seed(execution.seed);
  record.set_next_branch(execution.next_branch);
  record.set_last_event(execution.last_event);
  record.set_last_event_time_us(ToMicros(execution.last_event_time));
  record.set_context_execution(execution.names.execution);
  record.set_context_workflow(execution.names.workflow);
  record.set_context_role(execution.names.role);
  record.set_context_name(execution.names.name);
  record.set_published_version(execution.names.published_version);
  record.set_alias(execution.names.alias);
  record.set_start_state(execution.start_state);
  record.set_map_run(execution.map_run);
  record.set_depth(execution.depth);
  EncodeRedrives(execution, record);
  return record.SerializeAsString();
}

absl::StatusOr<DecodedExecution> DecodeExecution(const ExecutionId& id, const std::string& bytes) {
  pb::ExecutionRecord record;
  if (!record.ParseFromString(bytes)) return Corrupt(id, "not an ExecutionRecord");
  JsonFields json;
  DecodedExecution decoded;
  engine::Execution& execution = decoded.execution;
  execution.id = id;
  execution.workflow = record.workflow();
  execution.version = record.version();
  decoded.definition = {.text = record.inline_definition(),
                        .format = static_cast<language::Format>(record.inline_format())};
  execution.type = static_cast<engine::ExecutionType>(record.type());
  execution.status = static_cast<engine::ExecutionStatus>(record.status());
  execution.input_text = record.input_text();
  execution.input = json.Read(record.input_text());
  execution.output = json.Read(record.output());
  if (record.has_error()) execution.error = DecodeError(record.error());
  execution.start_time = FromMicros(record.start_time_us());
  if (record.has_end_time_us()) execution.end_time = FromMicros(record.end_time_us());
  if (record.has_deadline_us()) execution.deadline = FromMicros(record.deadline_us());
  execution.priority = record.priority();
  execution.labels = {record.labels().begin(), record.labels().end()};
  execution.trace_parent = record.trace_parent();
  execution.request_id = record.request_id();
  execution.request_fingerprint = record.request_fingerprint();
  execution.seed = record.seed();
  execution.next_branch = record.next_branch();
  execution.last_event = record.last_event();
  execution.last_event_time = FromMicros(record.last_event_time_us());
  execution.start_state = record.start_state();
  execution.map_run = record.map_run();
  execution.depth = record.depth();
  DecodeRedrives(record, execution);
  execution.names = {.execution = record.context_execution(),
                     .workflow = record.context_workflow(),
                     .role = record.context_role(),
                     .name = record.context_name(),
                     .published_version = record.published_version(),
                     .alias = record.alias()};
  if (!json.ok()) return Corrupt(id, "its input or output is not JSON");
  if (!IsStatus(record.status())) return Corrupt(id, "its status is unknown");
  return decoded;
}

std::string EncodeBranch(const engine::Execution& execution, const engine::Branch& branch,
                         const language::Workflow& workflow) {
  pb::BranchRecord record;
  if (branch.parent) record.set_parent(branch.parent->value());
  record.set_index(branch.index);
  if (branch.item) {
    record.mutable_item()->set_index(branch.item->index);
    WriteJson(branch.item->value, record.mutable_item()->mutable_value());
  }
  if (branch.state >= 0) record.set_state(workflow.state(branch.state).name);
  record.set_phase(static_cast<int>(branch.phase));
  record.set_visit(branch.visit);
  record.set_entered_us(ToMicros(branch.entered));
  record.set_entered_event(branch.entered_event);
  WriteJson(branch.input, record.mutable_input());
  record.set_attempt(branch.attempt);
  record.mutable_retries()->Add(branch.retries.begin(), branch.retries.end());
  if (branch.due) record.set_due_us(ToMicros(*branch.due));
  WriteJson(branch.arguments, record.mutable_arguments());
  if (branch.timeout) record.set_timeout_us(absl::ToInt64Microseconds(*branch.timeout));
  if (branch.heartbeat) record.set_heartbeat_us(absl::ToInt64Microseconds(*branch.heartbeat));
  WriteJson(branch.items, record.mutable_items());
  record.set_max_concurrency(branch.max_concurrency);
  record.set_tolerated_failures(branch.tolerated_failures);
  WriteJson(branch.output, record.mutable_output());
  if (branch.error) EncodeError(*branch.error, record.mutable_error());
  record.set_last_event(branch.last_event);
  if (!branch.variables.empty()) Json(branch.variables).DumpTo(record.mutable_variables());
  if (branch.submitted) branch.submitted->DumpTo(record.mutable_submitted());
  if (branch.started != absl::Time()) record.set_started_us(ToMicros(branch.started));
  if (branch.map_run) {
    record.mutable_map_run()->set_state_started_event(branch.map_run->state_started_event);
    record.mutable_map_run()->set_redrives(branch.map_run->redrives);
  }
  record.set_execution_last_event(execution.last_event);
  record.set_execution_last_event_time_us(ToMicros(execution.last_event_time));
  record.set_execution_next_branch(execution.next_branch);
  return record.SerializeAsString();
}

absl::Status DecodeBranches(const std::vector<std::pair<BranchId, std::string>>& records,
                            const language::Workflow& workflow, engine::Execution& execution) {
  absl::flat_hash_map<std::string, int> states;
  for (size_t i = 0; i < workflow.states.size(); ++i) {
    states.emplace(workflow.states[i].name, static_cast<int>(i));
  }
  JsonFields json;
  for (const auto& [id, bytes] : records) {
    pb::BranchRecord record;
    if (!record.ParseFromString(bytes)) return Corrupt(execution.id, "not a BranchRecord");
    engine::Branch branch = DecodeBranch(id, record, json);
    if (!record.state().empty()) {
      const auto state = states.find(record.state());
      if (state == states.end()) {
        return Corrupt(execution.id, absl::StrCat("its workflow has no state ", record.state()));
      }
      branch.state = state->second;
    }
    if (const std::string_view fault = BranchFault(record, branch, workflow); !fault.empty()) {
      return Corrupt(execution.id, absl::StrCat("branch ", id.value(), " ", std::string(fault)));
    }
    execution.last_event = std::max(execution.last_event, record.execution_last_event());
    execution.last_event_time =
        std::max(execution.last_event_time, FromMicros(record.execution_last_event_time_us()));
    execution.next_branch = std::max(execution.next_branch, record.execution_next_branch());
    execution.branches.emplace(id, std::move(branch));
  }
  if (!json.ok()) return Corrupt(execution.id, "a branch holds text that is not JSON");
  for (const auto& [id, branch] : execution.branches) {
    if (branch.parent && !execution.branches.contains(*branch.parent)) {
      return Corrupt(execution.id, absl::StrCat("branch ", id.value(), " has lost its parent"));
    }
  }
  execution.Restore();
  return absl::OkStatus();
}

std::string EncodeHistory(const std::vector<engine::HistoryEvent>& events) {
  pb::HistoryRecord record;
  record.mutable_events()->Reserve(static_cast<int>(events.size()));
  for (const engine::HistoryEvent& event : events) EncodeEvent(event, record.add_events());
  return record.SerializeAsString();
}

absl::StatusOr<std::vector<engine::HistoryEvent>> DecodeHistory(
    const ExecutionId& id, const store::StoredHistory& stored) {
  pb::HistoryRecord record;
  if (!record.ParseFromString(stored.record)) return Corrupt(id, "not a HistoryRecord");
  JsonFields json;
  std::vector<engine::HistoryEvent> events;
  int64_t next = stored.first;
  for (const pb::HistoryEventRecord& event : record.events()) {
    const auto type = EventTypeByName(event.type());
    if (!type) return Corrupt(id, absl::StrCat("unknown history event type ", event.type()));
    events.push_back(DecodeEvent(event, json));
    events.back().type = *type;
    events.back().id = next++;
  }
  if (!json.ok()) return Corrupt(id, "a history event holds text that is not JSON");
  return events;
}

}  // namespace segue::scheduler
