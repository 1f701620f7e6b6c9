#include "tests/simulation/fault_store.h"

#include <utility>

#include "segue/storage/v1/records.pb.h"
#include "server/engine/execution.h"
#include "server/scheduler/map_run/map_run.h"

namespace segue::simulation {

using store::Batch;

namespace {

namespace pb = segue::storage::v1;

absl::Status Crashed() { return absl::UnavailableError("simulated: crashed"); }

// What planted faults pick out of a batch.
pb::ExecutionRecord RecordOf(const store::ExecutionWrite& write) {
  pb::ExecutionRecord record;
  if (write.record) record.ParseFromString(*write.record);
  return record;
}

bool IsRedrive(const store::ExecutionWrite& write) {
  const pb::ExecutionRecord record = RecordOf(write);
  return record.redrive_count() > 0 && !record.has_end_time_us();
}

bool IsChildsEnd(const store::ExecutionWrite& write) {
  const pb::ExecutionRecord record = RecordOf(write);
  const bool cancelled = record.status() == static_cast<int>(engine::ExecutionStatus::kCancelled);
  return cancelled && (!record.map_run().empty() || record.depth() > 0);
}

bool IsRunsEnd(const store::DocumentWrite& write) {
  if (write.collection != scheduler::kMapRuns || !write.record) return false;
  return scheduler::DecodeMapRun(write.key, *write.record)->status !=
         scheduler::MapRunStatus::kRunning;
}

// What a task got from another.
void Alter(store::HistoryWrite& write) {
  pb::HistoryRecord record;
  if (!record.ParseFromString(write.record)) return;
  for (pb::HistoryEventRecord& event : *record.mutable_events()) {
    if (event.sender().empty()) continue;
    if (event.has_output()) event.set_output("\"another\"");
    if (event.has_error()) event.set_error("Sim.Another");
  }
  write.record = record.SerializeAsString();
}

void Disown(store::StoredExecution& stored) {
  pb::ExecutionRecord record;
  if (!record.ParseFromString(stored.record)) return;
  if (record.depth() == 0 || !record.map_run().empty()) return;
  record.set_request_id("another");
  record.set_request_fingerprint(record.request_fingerprint() + 1);
  stored.record = record.SerializeAsString();
}

void Miscount(Plant plant, store::DocumentWrite& write) {
  const bool counts = plant == Plant::kMapCountLost || plant == Plant::kMapCountNegative;
  if (!counts || write.collection != scheduler::kMapRuns || !write.record) return;
  scheduler::MapRun run = *scheduler::DecodeMapRun(write.key, *write.record);
  if (plant == Plant::kMapCountNegative) --run.items.pending;
  if (plant == Plant::kMapCountLost && run.executions.succeeded > 0) --run.executions.succeeded;
  write.record = scheduler::EncodeMapRun(run);
}

}  // namespace

FaultStore::FaultStore(const World& world) : world_(world) {}

absl::Duration FaultStore::DrawDelay() {
  const int64_t max = absl::ToInt64Nanoseconds(world_.faults.store_delay_max);
  // Mostly short, now and then long.
  const uint64_t bound = static_cast<uint64_t>(world_.random.Below(8) == 0 ? max : max / 50);
  return absl::Nanoseconds(world_.random.Below(bound + 1));
}

absl::Status FaultStore::DrawError() {
  switch (world_.random.Below(3)) {
    case 0:
      return absl::UnavailableError("simulated: the store is gone");
    case 1:
      return absl::ResourceExhaustedError("simulated: the disk is full");
    default:
      return absl::InternalError("simulated: the store has a fault");
  }
}

FaultStore::Fate FaultStore::DrawFate() {
  double drawn = world_.random.Uniform();
  if ((drawn -= world_.faults.commit_refused) < 0) return Fate::kRefused;
  if ((drawn -= world_.faults.commit_answer_lost) < 0) return Fate::kAnswerLost;
  if ((drawn -= world_.faults.commit_late) < 0) return Fate::kLate;
  return Fate::kWritten;
}

absl::StatusOr<store::Fence> FaultStore::Acquire(SlotRange slots, const std::string& owner) {
  if (cut_) return Crashed();
  if (world_.random.Uniform() < world_.faults.acquire_fails) return DrawError();
  return world_.disk.Acquire(slots, owner);
}

// What a planted fault keeps from being written.
void FaultStore::DropPlanted(Batch& batch, uint64_t commit) const {
  if (world_.plant == Plant::kBudgetForgotten) {
    std::erase_if(batch.documents,
                  [](const store::DocumentWrite& write) { return write.collection == "budget"; });
  }
  if (world_.plant == Plant::kActivityForgotten) {
    std::erase_if(batch.documents,
                  [](const store::DocumentWrite& write) { return write.collection == "activity"; });
  }
  if (world_.plant == Plant::kSentOther) {
    for (store::ExecutionWrite& write : batch.executions) {
      for (store::HistoryWrite& history : write.history) Alter(history);
    }
  }
  if (world_.plant == Plant::kRedriveForgotten) std::erase_if(batch.executions, IsRedrive);
  if (world_.plant == Plant::kChildLeftRunning) std::erase_if(batch.executions, IsChildsEnd);
  if (world_.plant == Plant::kMapRunLeftOpen) std::erase_if(batch.documents, IsRunsEnd);
  for (store::DocumentWrite& write : batch.documents) Miscount(world_.plant, write);
  if (commit % 10 != 0) return;
  for (store::ExecutionWrite& write : batch.executions) {
    if (world_.plant == Plant::kHistoryLost) write.history.clear();
    if (world_.plant == Plant::kIndexLost && write.index && !write.index->from) write.index.reset();
  }
}

void FaultStore::WriteAgain(Batch& batch, uint64_t commit) {
  if (newest_end_ && commit % 10 == 0 &&
      batch.fence.slots.Contains(SlotOf(newest_end_->id.value()))) {
    batch.executions.push_back(*std::exchange(newest_end_, std::nullopt));
  }
  for (const store::ExecutionWrite& write : batch.executions) {
    if (RecordOf(write).has_end_time_us()) {
      newest_end_ = {.id = write.id, .record = write.record};
    }
  }
}

void FaultStore::Commit(Batch batch, async::Executor& executor, CommitDone done) {
  const uint64_t commit = ++commits_made_;
  under_way_->unanswered.emplace(commit, std::pair(&executor, std::move(done)));
  if (cut_) {
    under_way_->Answer(commit, Crashed());
    return;
  }
  Fate fate = DrawFate();
  const absl::Duration before = DrawDelay();
  const absl::Duration after = DrawDelay();
  absl::Status error = DrawError();
  DropPlanted(batch, commit);
  if (world_.plant == Plant::kWrittenAfterEnd) WriteAgain(batch, commit);
  const bool lies = world_.plant == Plant::kAckBeforeWrite ||
                    (world_.plant == Plant::kAckWithoutWrite && commit % 10 == 0);
  if (lies) {
    fate = world_.plant == Plant::kAckBeforeWrite ? Fate::kLate : Fate::kRefused;
    error = absl::OkStatus();
  }
  const auto fencing =
      world_.plant == Plant::kFenceIgnored ? Disk::Fencing::kIgnored : Disk::Fencing::kHeld;
  if (fencing == Disk::Fencing::kIgnored && commit % 10 == 0) fate = Fate::kLate;
  Loop* outside = &world_.outside;
  const absl::Time now = outside->Now();
  if (fate != Fate::kRefused) under_way_->unwritten.insert(commit);
  // What is on its way may stay there when the server crashes, and this is gone.
  if (fate == Fate::kRefused || fate == Fate::kLate) {
    outside->At(now + before,
                [under_way = under_way_, commit, error] { under_way->Answer(commit, error); });
    if (fate == Fate::kRefused) return;
    outside->At(now + before + after, [disk = &world_.disk, batch = std::move(batch), fencing,
                                       under_way = under_way_, commit]() mutable {
      if (under_way->Arrives(commit)) (void)disk->Write(std::move(batch), fencing);
    });
    return;
  }
  outside->At(now + before, [disk = &world_.disk, batch = std::move(batch), fate, error, after,
                             outside, under_way = under_way_, commit]() mutable {
    if (!under_way->Arrives(commit)) return;
    absl::Status status = disk->Write(std::move(batch));
    if (fate == Fate::kAnswerLost) status = error;
    outside->At(outside->Now() + after,
                [under_way, commit, status] { under_way->Answer(commit, status); });
  });
}

void FaultStore::UnderWay::Answer(uint64_t commit, const absl::Status& status) {
  auto node = unanswered.extract(commit);
  if (node.empty()) return;
  auto& [executor, answer] = node.mapped();
  executor->Post([done = std::move(answer), status]() mutable { done(status); });
}

void FaultStore::Cut() {
  cut_ = true;
  std::erase_if(under_way_->unwritten, [this](uint64_t) { return world_.random.Below(2) == 0; });
  while (!under_way_->unanswered.empty()) {
    under_way_->Answer(under_way_->unanswered.begin()->first, Crashed());
  }
}

template <typename T>
async::Task<absl::StatusOr<T>> FaultStore::Read(async::Task<absl::StatusOr<T>> task,
                                                async::Executor& executor) {
  if (cut_) co_return Crashed();
  const absl::Duration before = DrawDelay();
  const absl::Duration after = DrawDelay();
  const bool fails = world_.random.Uniform() < world_.faults.read_fails;
  co_await Sleep(before, executor);
  if (cut_) co_return Crashed();
  absl::StatusOr<T> result = co_await std::move(task);
  co_await Sleep(after, executor);
  if (cut_) co_return Crashed();
  if (fails) co_return absl::UnavailableError("simulated: a read failed");
  co_return result;
}

async::Task<absl::StatusOr<std::optional<store::StoredExecution>>> FaultStore::Load(
    ExecutionId id, async::Executor& executor) {
  if (world_.plant == Plant::kChildDisowned) return LoadDisowned(std::move(id), executor);
  return Read(world_.disk.store().Load(std::move(id), executor), executor);
}

async::Task<absl::StatusOr<std::optional<store::StoredExecution>>> FaultStore::LoadDisowned(
    ExecutionId id, async::Executor& executor) {
  absl::StatusOr<std::optional<store::StoredExecution>> stored =
      co_await Read(world_.disk.store().Load(std::move(id), executor), executor);
  if (stored.ok() && stored->has_value()) Disown(**stored);
  co_return stored;
}

async::Task<absl::StatusOr<std::vector<store::WakeRow>>> FaultStore::ScanWakes(
    WakeQuery query, async::Executor& executor) {
  if (world_.plant == Plant::kWakeLost) return ScanSomeWakes(std::move(query), executor);
  return Read(world_.disk.store().ScanWakes(std::move(query), executor), executor);
}

async::Task<absl::StatusOr<std::vector<store::WakeRow>>> FaultStore::ScanSomeWakes(
    WakeQuery query, async::Executor& executor) {
  absl::StatusOr<std::vector<store::WakeRow>> rows =
      co_await Read(world_.disk.store().ScanWakes(std::move(query), executor), executor);
  if (rows.ok()) {
    std::erase_if(*rows, [](const store::WakeRow& row) { return SlotOf(row.id.value()) % 4 == 0; });
  }
  co_return rows;
}

async::Task<absl::StatusOr<std::vector<store::ListRow>>> FaultStore::ListExecutions(
    store::ListQuery query, async::Executor& executor) {
  if (world_.plant == Plant::kRowUnlisted) return ListSome(std::move(query), executor);
  return Read(world_.disk.store().ListExecutions(std::move(query), executor), executor);
}

async::Task<absl::StatusOr<std::vector<store::ListRow>>> FaultStore::ListSome(
    store::ListQuery query, async::Executor& executor) {
  absl::StatusOr<std::vector<store::ListRow>> rows =
      co_await Read(world_.disk.store().ListExecutions(std::move(query), executor), executor);
  // The last of a page says whether there is another.
  if (rows.ok() && rows->size() > 1) rows->erase(rows->begin());
  co_return rows;
}

async::Task<absl::StatusOr<std::vector<store::StoredHistory>>> FaultStore::ReadHistory(
    store::HistoryQuery query, async::Executor& executor) {
  return Read(world_.disk.store().ReadHistory(std::move(query), executor), executor);
}

async::Task<absl::StatusOr<std::vector<store::Store::ClosedRow>>> FaultStore::ScanClosed(
    ClosedQuery query, async::Executor& executor) {
  return Read(world_.disk.store().ScanClosed(std::move(query), executor), executor);
}

async::Task<absl::StatusOr<std::optional<std::string>>> FaultStore::ReadDocument(
    std::string collection, std::string key, async::Executor& executor) {
  return Read(world_.disk.store().ReadDocument(std::move(collection), std::move(key), executor),
              executor);
}

async::Task<absl::StatusOr<std::vector<store::Document>>> FaultStore::ReadDocuments(
    DocumentQuery query, async::Executor& executor) {
  return Read(world_.disk.store().ReadDocuments(std::move(query), executor), executor);
}

}  // namespace segue::simulation
