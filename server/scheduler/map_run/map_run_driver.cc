#include "server/scheduler/map_run/map_run_driver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/engine/apply.h"
#include "server/scheduler/catalog/arn.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/fingerprint.h"
#include "server/scheduler/map_run/item_reader.h"
#include "server/scheduler/nested/retry_call.h"
#include "server/scheduler/shard.h"

namespace segue::scheduler {
namespace {

// How long a child is waited for at a time. A driver that is abandoned ends by then, and the one
// that takes its place begins after it.
constexpr absl::Duration kChildWait = absl::Seconds(30);

// The id of child `index`: the run's uuid and its number, so that it is the same each time.
std::string ChildId(const std::string& uuid, int64_t index) {
  return absl::StrCat(absl::StrReplaceAll(uuid, {{"-", ""}}), "-", index);
}

WorkflowError ResultWriterFailed(absl::string_view cause) {
  return {"States.ResultWriterFailed", std::string(cause)};
}

// A member that is text; else empty.
std::string TextOf(const Json& arguments, const char* name) {
  const std::string* text = arguments.FindString(name);
  return text == nullptr ? "" : *text;
}

WorkflowError ToleranceExceeded() {
  return {"States.ExceedToleratedFailureThreshold",
          "The specified tolerated failure threshold was exceeded"};
}

}  // namespace

MapRunDriver::MapRunDriver(Dependencies dependencies, MapScene scene, InlineDefinition definition)
    : deps_(std::move(dependencies)), scene_(std::move(scene)), definition_(std::move(definition)) {
  if (deps_.objects != nullptr) objects_.emplace(*deps_.objects, deps_.executor);
}

async::Task<Outcome<RunItems>> MapRunDriver::OpenItems() {
  if (plan_->items) co_return RunItems{.items = *plan_->items, .origin = engine::kItemsOfState};
  Outcome<Json> items = co_await ReadItemsOf(*plan_, objects_ ? &*objects_ : nullptr);
  if (!items.ok()) co_return items.error();
  const bool are_the_same = co_await HoldItems(*items);
  if (!are_the_same) {
    co_return ItemReaderFailed("the items are not those that this Map Run began with");
  }
  co_return RunItems{.items = *std::move(items), .origin = OriginOfItems(*plan_)};
}

// Children are found again by their items' numbers. So a driver that begins anew needs the items
// that the first one had; false where they have changed.
async::Task<bool> MapRunDriver::HoldItems(Json items) {
  Fingerprint fingerprint;
  for (int64_t i = 0; i < engine::ItemCount(items); ++i) {
    const engine::MapItem item = engine::ItemAt(items, i);
    if (item.key) fingerprint.Add(*item.key);
    fingerprint.Add(item.value.Dump());
  }
  if (run_.items_fingerprint != 0) co_return run_.items_fingerprint == fingerprint.value();
  run_.items_fingerprint = fingerprint.value();
  co_await SaveUntilDurable();
  co_return true;
}

// Nothing where there is nothing to write, or all is well.
std::optional<WorkflowError> MapRunDriver::OpenWriter() {
  if (plan_->writer == nullptr || !plan_->writer->resource) return std::nullopt;
  if (!objects_) {
    return ResultWriterFailed("this server's configuration has no `objects`");
  }
  const std::string arn =
      MapRunArn(deps_.scheduler.arns(), {.workflow = run_.workflow, .run = plan_->id});
  writer_.emplace(*objects_,
                  ResultWriter::Destination{.bucket = TextOf(plan_->writer_arguments, "Bucket"),
                                            .prefix = TextOf(plan_->writer_arguments, "Prefix"),
                                            .uuid = run_.uuid,
                                            .map_run_arn = arn},
                  plan_->writer->config);
  return std::nullopt;
}

async::Task<void> MapRunDriver::Write(engine::Execution closed) {
  const bool succeeded = closed.status == engine::ExecutionStatus::kSucceeded;
  absl::Status written = co_await writer_->Add(std::move(closed));
  if (written.ok()) {
    if (succeeded) ++run_.executions.results_written;
    co_return;
  }
  Fail(ResultWriterFailed(written.message()));
}

// What it fails with is settled now, whatever is changed or happens while children end.
void MapRunDriver::Fail(WorkflowError error) {
  if (stage_ != Stage::kRunning) return;
  error_ = std::move(error);
  stage_ = Stage::kFailing;
  CancelChildren();
}

async::Task<std::optional<Outcome<Json>>> MapRunDriver::Run() {
  const std::shared_ptr<MapRunDriver> self = shared_from_this();
  if (stage_ != Stage::kRunning) co_return std::nullopt;  // while it waited for another
  Outcome<engine::MapRunPlan> plan = engine::PlanMapRun(scene_.place());
  if (!plan.ok()) co_return Outcome<Json>(plan.error());
  plan_ = *std::move(plan);
  const size_t colon = plan_->id.find(':');
  run_ = {.uuid = plan_->id.substr(colon + 1),
          .label = plan_->id.substr(0, colon),
          .execution = scene_.execution.id,
          .workflow = scene_.execution.workflow,
          .execution_arn = scene_.execution.names.execution,
          .start_time = scene_.now,
          .redrive_count = plan_->redrives,
          .max_concurrency = plan_->max_concurrency,
          .tolerance = plan_->tolerance};
  if (plan_->redrives > 0) run_.redrive_time = scene_.execution.redrive_time;
  is_restored_ = co_await RestoreSettings();
  // Whoever gave it up closes it, with what is stored (leftovers.cc).
  if (!is_restored_) co_return std::nullopt;
  co_await SaveUntilDurable();
  Outcome<Json> result = co_await RunAll();
  // Everything of this run has ended: children hold it, and must not be left behind.
  async::OneShot<bool> drained;
  tasks_.WhenDrained([&drained] { drained.Set(true); });
  co_await drained;
  co_await EndOthers();
  co_await CountAll();
  if (stage_ == Stage::kAbandoned) co_return std::nullopt;
  if (stage_ == Stage::kAborted) {
    run_.status = MapRunStatus::kAborted;
  } else {
    run_.status = result.ok() ? MapRunStatus::kSucceeded : MapRunStatus::kFailed;
  }
  run_.stop_time = deps_.executor.Now();
  co_await SaveUntilDurable();
  if (stage_ != Stage::kRunning && stage_ != Stage::kFailing) co_return std::nullopt;
  co_return std::optional<Outcome<Json>>(std::move(result));
}

async::Task<Outcome<Json>> MapRunDriver::RunAll() {
  // A driver before this one may have started children, whatever this one finds.
  Outcome<RunItems> items = co_await OpenItems();
  if (!items.ok()) Fail(items.error());
  if (!items.ok()) co_return items.error();
  if (const std::optional<WorkflowError> error = OpenWriter()) {
    Fail(*error);
    co_return *error;
  }
  ChildInputs inputs(scene_, *plan_, *std::move(items));
  run_.items.pending = inputs.items() - run_.items_before.begun();
  const int64_t next = co_await StartChildren(&inputs);
  while (at_work_ > 0) {
    co_await SleepUntilWoken();
  }
  co_await KeepTheRest(&inputs, next);
  if (writer_ && (stage_ == Stage::kRunning || stage_ == Stage::kFailing)) {
    absl::Status written = co_await writer_->Finish();
    if (!written.ok() && !error_) error_ = ResultWriterFailed(written.message());
  }
  if (error_) co_return *error_;
  co_return Result();
}

// As many as there are, or until it fails; returns the number of the first that it has not come to.
async::Task<int64_t> MapRunDriver::StartChildren(ChildInputs* inputs) {
  int64_t index = 0;
  for (; stage_ == Stage::kRunning; ++index) {
    while (stage_ == Stage::kRunning && at_work_ >= Limit()) {
      co_await SleepUntilWoken();
    }
    if (stage_ != Stage::kRunning) break;
    Outcome<std::optional<ChildInputs::Child>> next = inputs->Next();
    if (!next.ok()) Fail(next.error());
    if (!next.ok() || !next->has_value()) break;
    ChildInputs::Child child = **std::move(next);
    ++at_work_;
    tasks_.Spawn(RunChild(shared_from_this(), index, std::move(child)));
  }
  co_return index;
}

// What an attempt before this one had begun and this one does not come to stays as it is, and its
// results are written with the others. Afterwards nothing is pending a redrive (Developer Guide,
// "Redriving Map Runs").
async::Task<void> MapRunDriver::KeepTheRest(ChildInputs* inputs, int64_t index) {
  for (; index < run_.executions_before.begun() && stage_ != Stage::kAbandoned; ++index) {
    Outcome<std::optional<ChildInputs::Child>> next = inputs->Next();
    if (!next.ok() || !next->has_value()) break;
    AtWork child{.index = index, .items = (*next)->items};
    std::optional<ExecutionView> ended = co_await FindEnded(index);
    if (!ended) continue;
    Begin(&child, ended->execution);
    co_await End(child, *std::move(ended));
  }
  for (MapRunCounts* counts : {&run_.items, &run_.executions}) {
    counts->aborted += std::exchange(counts->pending_redrive, 0);
  }
}

async::Task<std::optional<ExecutionView>> MapRunDriver::FindEnded(int64_t index) {
  const ExecutionId id(ChildId(run_.uuid, index));
  while (stage_ != Stage::kAbandoned) {
    absl::StatusOr<ExecutionView> view = co_await deps_.scheduler.Get(id, Detail::kBasic);
    if (view.ok() && IsClosed(view->execution.status)) co_return *std::move(view);
    if (!IsTransient(view.status()) || IsDraining(view.status())) break;
    co_await PauseBeforeRetry(deps_.executor);
  }
  co_return std::nullopt;
}

async::Task<void> MapRunDriver::RunChild(std::shared_ptr<MapRunDriver> /*self*/, int64_t index,
                                         ChildInputs::Child child) {
  AtWork at_work{.index = index, .items = child.items};
  std::optional<ExecutionView> closed = co_await StartAndWait(&at_work, std::move(child.input));
  children_.erase(ExecutionId(ChildId(run_.uuid, index)));
  if (closed) {
    co_await End(at_work, *std::move(closed));
  } else if (at_work.is_begun) {
    // Left to whoever recovers.
    run_.items.running -= at_work.items;
    run_.items.aborted += at_work.items;
    --run_.executions.running;
    ++run_.executions.aborted;
  }
  if (!ToleratesFailures()) Fail(ToleranceExceeded());
  --at_work_;
  Wake();
}

// What a child was counted as before it began; pending: as nothing, only its items were.
int64_t MapRunCounts::* MapRunDriver::CounterBefore(int64_t index,
                                                    const engine::Execution& child) const {
  // Children begin in order.
  if (index >= run_.executions_before.begun()) return &MapRunCounts::pending;
  const bool had_succeeded =
      child.status == engine::ExecutionStatus::kSucceeded && child.run_redrive < run_.redrive_count;
  // An EXPRESS one whose success is forgotten runs again.
  const bool is_forgotten = run_.executions.pending_redrive == 0;
  return had_succeeded || is_forgotten ? &MapRunCounts::succeeded : &MapRunCounts::pending_redrive;
}

void MapRunDriver::Begin(AtWork* child, const engine::Execution& execution) {
  if (std::exchange(child->is_begun, true)) return;
  int64_t MapRunCounts::* const before = CounterBefore(child->index, execution);
  run_.items.*before -= child->items;
  run_.items.running += child->items;
  if (before != &MapRunCounts::pending) --(run_.executions.*before);
  ++run_.executions.running;
}

async::Task<void> MapRunDriver::End(AtWork child, ExecutionView closed) {
  run_.items.running -= child.items;
  --run_.executions.running;
  CountChild(run_, closed, child.items);
  if (writer_) {
    co_await Write(std::move(closed.execution));
  } else {
    Keep(child.index, closed.execution);
  }
}

Admission MapRunDriver::AdmissionFor(int64_t index, Json input) const {
  const engine::Execution& parent = scene_.execution;
  const std::string id = ChildId(run_.uuid, index);
  Admission admission;
  admission.workflow = scene_.workflow;
  admission.definition = definition_;
  admission.id = Admission::Id::kChosen;
  engine::Execution& child = admission.execution;
  child.id = ExecutionId(id);
  child.workflow = parent.workflow;
  child.version = parent.version;
  child.type = plan_->child_type;
  if (child.type == engine::ExecutionType::kExpress) {
    child.deadline = deps_.executor.Now() + kExpressMax;
  }
  child.input_text = input.Dump();
  child.input = std::move(input);
  child.start_state = plan_->first_state;
  child.map_run = plan_->id;
  child.depth = parent.depth + 1;
  child.run_redrive = plan_->redrives;
  child.limits = parent.limits;
  child.priority = parent.priority;
  child.trace_parent = parent.trace_parent;
  child.seed = Fingerprint().Add(id).Add(static_cast<int64_t>(parent.seed)).value();
  child.request_fingerprint = Fingerprint().Add(id).value();
  // AWS: a child's state machine is the workflow and the Map's label.
  const std::string machine = absl::StrCat(parent.workflow, "/", run_.label);
  child.names.name = id;
  child.names.role = parent.names.role;
  child.names.workflow = StateMachineArn(deps_.scheduler.arns(), machine);
  child.names.execution = ExecutionArn(deps_.scheduler.arns(), {machine, id});
  return admission;
}

// Nothing where the run was abandoned first.
async::Task<std::optional<ExecutionView>> MapRunDriver::StartAndWait(AtWork* child, Json input) {
  const ExecutionId id(ChildId(run_.uuid, child->index));
  while (stage_ != Stage::kAbandoned) {
    if (stage_ != Stage::kRunning && !children_.contains(id)) break;
    auto admission = std::make_unique<Admission>(AdmissionFor(child->index, input));
    absl::StatusOr<SubmitResult> started = co_await deps_.scheduler.Admit(std::move(admission));
    if (IsDraining(started.status())) break;
    if (!started.ok() && !IsTransient(started.status())) {
      Fail({"States.TaskFailed", std::string(started.status().message())});
      break;
    }
    if (!started.ok()) {
      co_await PauseBeforeRetry(deps_.executor);
      continue;
    }
    Begin(child, started->view.execution);
    if (IsClosed(started->view.execution.status)) co_return std::move(started->view);
    children_.insert(id);
    if (stage_ == Stage::kFailing || stage_ == Stage::kAborted) {
      co_await CancelChild(id);
    }
    absl::StatusOr<ExecutionView> view =
        co_await deps_.scheduler.Wait(id, Detail::kBasic, deps_.executor.Now() + kChildWait);
    if (view.ok() && IsClosed(view->execution.status)) co_return *std::move(view);
    if (IsDraining(view.status())) break;
    if (absl::IsDataLoss(view.status())) {
      Fail({"States.TaskFailed", std::string(view.status().message())});
      break;
    }
    // Still at work, or the shard that owns it recovers: found again by its id.
    if (!view.ok()) co_await PauseBeforeRetry(deps_.executor);
  }
  co_return std::nullopt;
}

// Results that make a result too large are of no use to anybody.
void MapRunDriver::Keep(int64_t index, const engine::Execution& closed) {
  if (closed.status != engine::ExecutionStatus::kSucceeded) return;
  if (result_bytes_ > scene_.execution.limits.payload_bytes_max) return;
  result_bytes_ += std::ssize(closed.output.Dump()) + 1;
  if (result_bytes_ > scene_.execution.limits.payload_bytes_max) {
    results_ = {};
    return;
  }
  if (std::ssize(results_) <= index) results_.resize(static_cast<size_t>(index) + 1);
  results_[static_cast<size_t>(index)] = closed.output;
}

Outcome<Json> MapRunDriver::Result() {
  if (!ToleratesFailures()) return ToleranceExceeded();
  if (writer_) return writer_->Result();
  if (result_bytes_ > scene_.execution.limits.payload_bytes_max) {
    return engine::DataLimitExceeded(plan_->state_name);
  }
  Json::Array results;
  for (std::optional<Json>& result : results_) {
    if (result) results.push_back(*std::move(result));
  }
  return Json(std::move(results));
}

bool MapRunDriver::ToleratesFailures() const {
  const bool none = !run_.tolerance.count && !run_.tolerance.percentage;
  const int64_t tolerated =
      none ? 0 : engine::ToleratedFailures(run_.tolerance, run_.items.total());
  return run_.items.unsuccessful() <= tolerated;
}

int64_t MapRunDriver::Limit() const {
  return run_.max_concurrency == 0 ? kConcurrencyMax
                                   : std::min(run_.max_concurrency, kConcurrencyMax);
}

async::Task<absl::Status> MapRunDriver::Update(MapRunUpdate update) {
  const std::shared_ptr<MapRunDriver> self = shared_from_this();
  if (!is_restored_) co_return Recovering();
  if (update.max_concurrency) run_.max_concurrency = *update.max_concurrency;
  if (update.tolerated_failure_count) run_.tolerance.count = update.tolerated_failure_count;
  if (update.tolerated_failure_percentage) {
    run_.tolerance.percentage = update.tolerated_failure_percentage;
  }
  Wake();
  co_return co_await Save();
}

void MapRunDriver::Abandon() {
  stage_ = Stage::kAbandoned;
  if (objects_) objects_->Cancel();
  Wake();
}

void MapRunDriver::Abort() {
  if (stage_ == Stage::kAborted) return;
  stage_ = Stage::kAborted;
  if (objects_) objects_->Cancel();
  CancelChildren();
  Wake();
}

async::Task<void> MapRunDriver::CancelChild(ExecutionId id) {
  const StartedChild child{.id = std::move(id), .request_id = {}};
  while (stage_ != Stage::kAbandoned) {
    absl::Status ended = co_await deps_.scheduler.EndStarted(child);
    if (!IsTransient(ended) || IsDraining(ended)) co_return;
    co_await PauseBeforeRetry(deps_.executor);
  }
}

// Only while children are at work: afterwards the driver may go before what is spawned here ends.
void MapRunDriver::CancelChildren() {
  for (const ExecutionId& id : std::set<ExecutionId>(children_)) tasks_.Spawn(CancelChild(id));
}

// A run that fails or is aborted stops where it is. Beyond, a driver before this one may have
// started children: it went in a crash, or more were allowed at a time.
async::Task<void> MapRunDriver::EndOthers() {
  while (stage_ == Stage::kFailing || stage_ == Stage::kAborted) {
    absl::Status ended = co_await deps_.end_children(run_.id());
    if (!IsTransient(ended) || IsDraining(ended)) co_return;
    co_await PauseBeforeRetry(deps_.executor);
  }
}

// Those beyond count as they ended, too. Of EXPRESS ones nothing is kept.
async::Task<void> MapRunDriver::CountAll() {
  const bool are_kept = plan_->child_type == engine::ExecutionType::kStandard;
  if (!has_predecessor_ || !are_kept) co_return;
  const StartedMapRun run{.id = run_.id(),
                          .children = plan_->batch ? StartedMapRun::Children::kOfBatches
                                                   : StartedMapRun::Children::kOfItems};
  while (stage_ == Stage::kFailing || stage_ == Stage::kAborted) {
    StartedMapRun copy = run;
    MapRun counted = run_;
    absl::Status status = co_await deps_.count_children(std::move(copy), &counted);
    if (status.ok()) {  // settings may have changed meanwhile
      run_.items = counted.items;
      run_.executions = counted.executions;
    }
    if (!IsTransient(status) || IsDraining(status)) co_return;
    co_await PauseBeforeRetry(deps_.executor);
  }
}

void MapRunDriver::Wake() {
  if (woken_ != nullptr) std::exchange(woken_, nullptr)->Set(true);
}

async::Task<void> MapRunDriver::SleepUntilWoken() {
  async::OneShot<bool> woken;
  woken_ = &woken;
  co_await woken;
}

// What was changed while it ran stays changed after a crash, and in a redrive.
async::Task<bool> MapRunDriver::RestoreSettings() {
  absl::StatusOr<std::optional<std::string>> record = co_await deps_.read(run_.uuid);
  while (IsTransient(record.status()) && stage_ == Stage::kRunning) {
    co_await PauseBeforeRetry(deps_.executor);
    record = co_await deps_.read(run_.uuid);
  }
  if (IsTransient(record.status())) co_return false;
  has_predecessor_ = !record.ok() || record->has_value();
  if (!record.ok() || !record->has_value()) co_return true;
  const absl::StatusOr<MapRun> stored = DecodeMapRun(run_.uuid, **record);
  if (!stored.ok()) co_return true;
  // The first to take up a redrive finds what the attempt before it has come to.
  const bool is_first = stored->redrive_count < run_.redrive_count;
  run_.items_before = is_first ? stored->items : stored->items_before;
  run_.executions_before = is_first ? stored->executions : stored->executions_before;
  run_.items = run_.items_before.AtRedrive();
  run_.executions = run_.executions_before.AtRedrive();
  run_.start_time = stored->start_time;
  run_.max_concurrency = stored->max_concurrency;
  run_.tolerance = stored->tolerance;
  run_.items_fingerprint = stored->items_fingerprint;
  co_return true;
}

async::Task<absl::Status> MapRunDriver::Save() {
  std::vector<store::DocumentWrite> documents;
  documents.push_back({.collection = kMapRuns, .key = run_.uuid, .record = EncodeMapRun(run_)});
  documents.push_back(
      {.collection = kMapRunsOfExecutions, .key = KeyInExecution(run_), .record = run_.uuid});
  co_return co_await deps_.write(std::move(documents));
}

async::Task<void> MapRunDriver::SaveUntilDurable() {
  while (stage_ != Stage::kAbandoned) {
    absl::Status saved = co_await Save();
    // Whoever recovers saves it.
    if (saved.ok() || IsDraining(saved)) co_return;
    co_await PauseBeforeRetry(deps_.executor);
  }
}

}  // namespace segue::scheduler
