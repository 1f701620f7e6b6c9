#include "tests/simulation/ledger.h"

#include <algorithm>

#include "segue/storage/v1/records.pb.h"
#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/token_book.h"

namespace segue::simulation {

namespace pb = segue::storage::v1;

namespace {

// The id of an execution, as its Context Object calls it: that, or an ARN.
std::string IdInContext(const std::string& name) {
  const std::optional<scheduler::Arn> arn = scheduler::ParseArn(name);
  if (!arn) return name;
  // A child of a Map Run has its id as its name.
  if (arn->workflow.find('/') != arn->workflow.npos) return arn->name;
  return scheduler::IdOfNamed({arn->workflow, arn->name}).value();
}

}  // namespace

const Ledger::Execution* Ledger::Find(const std::string& id) const {
  const auto found = executions_.find(id);
  return found == executions_.end() ? nullptr : &found->second;
}

int64_t Ledger::open() const {
  return std::ranges::count_if(executions_,
                               [](const auto& entry) { return !entry.second.closed(); });
}

// What is about to be written, should the store then stop the process: the last lines of a trace.
void Ledger::BeforeWrite(const store::Batch& batch) {
  for (const store::ExecutionWrite& write : batch.executions) {
    trace_.Say(clock_.Now(), "write ", write.id.value(), " epoch ", batch.fence.epoch,
               write.record ? " record" : "", " branches ", write.branches.size(), " history ",
               write.history.empty() ? 0 : write.history.front().first,
               write.remove ? " remove" : "");
  }
}

void Ledger::OnDurable(const store::Batch& batch) {
  last_change_ = clock_.Now();
  for (const store::ExecutionWrite& write : batch.executions) OnExecution(write);
  for (const store::DocumentWrite& write : batch.documents) {
    trace_.Say(clock_.Now(), "durable ", write.collection, " ", write.key);
    if (write.record) {
      documents_.emplace(write.collection, write.key);
    } else {
      documents_.erase({write.collection, write.key});
    }
    if (write.collection == scheduler::kMapRuns) OnMapRun(write);
  }
}

void Ledger::OnExecution(const store::ExecutionWrite& write) {
  const std::string& id = write.id.value();
  if (write.remove) {
    OnRemoved(id);
    return;
  }
  const bool is_new = !executions_.contains(id);
  Execution& execution = executions_[id];
  if (is_new && !write.record) verdict_.Broken("store", id, " is written without its record");
  if (execution.closed()) CheckReopening(write, execution);
  trace_.Say(clock_.Now(), "durable ", id);
  for (const store::BranchWrite& branch : write.branches) OnBranch(id, branch, execution);
  for (const store::HistoryWrite& history : write.history) OnHistory(id, history, execution);
  if (write.record) OnRecord(id, *write.record, execution);
  if (execution.closed() && write.wake && write.wake->to) {
    verdict_.Broken("index", id, " is closed and has a wake");
  }
}

// What has closed is written again by a redrive alone, and that opens it.
void Ledger::CheckReopening(const store::ExecutionWrite& write, const Execution& execution) {
  pb::ExecutionRecord record;
  const bool opens = write.record && record.ParseFromString(*write.record) &&
                     record.redrive_count() == execution.redrives + 1 &&
                     execution.status != engine::ExecutionStatus::kSucceeded;
  if (!opens) verdict_.Broken("history", write.id.value(), " is written after it has closed");
}

void Ledger::OnRemoved(const std::string& id) {
  const Execution* execution = Find(id);
  if (execution == nullptr) return verdict_.Broken("retention", id, " is removed twice");
  if (!execution->closed()) return verdict_.Broken("retention", id, " is removed while it is open");
  if (execution->closed_time > clock_.Now() - retention_ + absl::Seconds(20)) {
    verdict_.Broken("retention", id, " is removed too early");
  }
  trace_.Say(clock_.Now(), "removed ", id);
  if (!execution->map_run.empty()) runs_cut_.insert(execution->map_run);
  executions_.erase(id);
  removed_.insert(id);
}

void Ledger::OnRecord(const std::string& id, const std::string& record, Execution& execution) {
  trace_.Mix(record);
  pb::ExecutionRecord decoded;
  if (!decoded.ParseFromString(record)) return verdict_.Broken("store", id, ": no record");
  execution.status = static_cast<engine::ExecutionStatus>(decoded.status());
  execution.redrives = decoded.redrive_count();
  execution.workflow = decoded.workflow();
  execution.name = decoded.context_name();
  execution.input = decoded.input_text();
  execution.map_run = decoded.map_run();
  execution.start_time = absl::FromUnixMicros(decoded.start_time_us());
  execution.end_time.reset();
  if (decoded.has_end_time_us()) execution.end_time = absl::FromUnixMicros(decoded.end_time_us());
  if (decoded.has_redrive_time_us()) {
    execution.redrive_time = absl::FromUnixMicros(decoded.redrive_time_us());
  }
  execution.output = decoded.output();
  execution.error = decoded.error().name();
  if (const absl::StatusOr<Json> input = Json::Parse(execution.input); input.ok()) {
    if (const std::string* parent = input->FindString("parent")) {
      execution.parent = IdInContext(*parent);
    }
    if (const std::string* state = input->FindString("awaited_in")) execution.awaited_in = *state;
  }
  if (execution.closed()) {
    execution.closed_time = clock_.Now();
    if (!decoded.has_end_time_us()) verdict_.Broken("store", id, " is closed without an end time");
  }
}

void Ledger::OnBranch(const std::string& id, const store::BranchWrite& branch,
                      Execution& execution) {
  if (!branch.record) {
    execution.branches.erase(branch.id.value());
    return;
  }
  trace_.Mix(*branch.record);
  pb::BranchRecord decoded;
  if (!decoded.ParseFromString(*branch.record)) return verdict_.Broken("store", id, ": no branch");
  const auto phase = static_cast<engine::BranchPhase>(decoded.phase());
  execution.branches[branch.id.value()] = {.state = decoded.state(), .phase = phase};
  if (phase != engine::BranchPhase::kCalling) return;
  attempts_.insert(absl::StrCat(id, "/", branch.id.value(), "/", decoded.state(), "/",
                                decoded.visit(), "#", decoded.attempt()));
}

void Ledger::OnHistory(const std::string& id, const store::HistoryWrite& history,
                       Execution& execution) {
  trace_.Mix(history.record);
  if (history.first != execution.last_event + 1) {
    verdict_.Broken("history", id, " goes from event ", execution.last_event, " on to ",
                    history.first);
  }
  execution.last_event = history.first + history.count - 1;
  execution.last_event_time = clock_.Now();
}

// Counts never go below zero.
void Ledger::OnMapRun(const store::DocumentWrite& write) {
  if (!write.record) {
    map_runs_.erase(write.key);
    return;
  }
  const absl::StatusOr<scheduler::MapRun> run = scheduler::DecodeMapRun(write.key, *write.record);
  if (!run.ok()) return verdict_.Broken("store", write.key, ": no Map Run");
  trace_.Mix(*write.record);
  for (const scheduler::MapRunCounts* counts : {&run->items, &run->executions}) {
    trace_.Say(clock_.Now(), "map run ", write.key, " status ", static_cast<int>(run->status), ": ",
               counts->pending, " pending ", counts->pending_redrive, " pending redrive ",
               counts->running, " running ", counts->succeeded, " succeeded ", counts->failed,
               " failed ", counts->timed_out, " timed out ", counts->aborted, " aborted");
    const int64_t least =
        std::min({counts->pending, counts->pending_redrive, counts->running, counts->succeeded,
                  counts->failed, counts->timed_out, counts->aborted});
    if (least < 0) verdict_.Broken("map run", write.key, " counts ", least);
  }
  map_runs_[write.key] = *run;
}

std::string Ledger::RootOf(const std::string& id) const {
  const Execution* execution = Find(id);
  if (execution == nullptr) return "";
  if (!execution->map_run.empty()) {
    const auto run = map_runs_.find(scheduler::UuidOfRun(execution->map_run));
    return run == map_runs_.end() ? "" : RootOf(run->second.execution.value());
  }
  return execution->parent.empty() ? id : RootOf(execution->parent);
}

int64_t Ledger::OnCompletion(const std::string& key, int attempt) {
  last_change_ = clock_.Now();
  trace_.Say(clock_.Now(), "completion ", calls_.size(), " of ", key, "#", attempt);
  calls_.push_back({.key = key,
                    .attempt = attempt,
                    .service = "token",
                    .time = clock_.Now(),
                    .succeeded = true});
  return std::ssize(calls_) - 1;
}

int64_t Ledger::OnCall(const std::string& service, const services::Call& call) {
  last_change_ = clock_.Now();
  const std::string attempt = absl::StrCat(call.idempotency_key, "#", call.attempt);
  trace_.Say(clock_.Now(), "call ", calls_.size(), " ", service, " ", attempt);
  const bool express = IsExpress(call.idempotency_key);
  if (!express && !attempts_.contains(attempt)) {
    verdict_.Broken("rule 1", "attempt ", attempt, " went out before it was durable");
  }
  if (!call.idempotency_key.starts_with(absl::StrCat(call.execution_id, "/"))) {
    verdict_.Broken("rule 3", "key ", call.idempotency_key, " in a call of ", call.execution_id);
  }
  calls_.push_back({.key = call.idempotency_key,
                    .attempt = call.attempt,
                    .service = service,
                    .time = clock_.Now()});
  return std::ssize(calls_) - 1;
}

}  // namespace segue::simulation
