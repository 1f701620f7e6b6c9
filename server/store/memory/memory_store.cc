#include "server/store/memory/memory_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/store/limits.h"
#include "server/store/micros.h"

namespace segue::store {
namespace {

constexpr int64_t kMicrosMin = std::numeric_limits<int64_t>::min();

IndexEntry Rounded(IndexEntry entry) {
  entry.start_time = TimeFromMicros(FloorMicros(entry.start_time));
  if (entry.end_time) entry.end_time = TimeFromMicros(FloorMicros(*entry.end_time));
  return entry;
}

bool Matches(const ListQuery& query, const IndexEntry& entry) {
  const int64_t start = FloorMicros(entry.start_time);
  return (!query.workflow || entry.workflow == *query.workflow) &&
         (!query.status || entry.status == *query.status) &&
         (!query.start_after || start >= CeilMicros(*query.start_after)) &&
         (!query.start_before || start < CeilMicros(*query.start_before));
}

}  // namespace

absl::StatusOr<Fence> MemoryStore::Acquire(SlotRange slots, const std::string&) {
  SEGUE_CHECK(0 <= slots.begin && slots.begin < slots.end && slots.end <= kSlotCount);
  const std::lock_guard lock(mutex_);
  const auto begin = epochs_.begin() + slots.begin;
  const auto end = epochs_.begin() + slots.end;
  const uint64_t epoch = *std::max_element(begin, end) + 1;
  std::fill(begin, end, epoch);
  return Fence{.slots = slots, .epoch = epoch};
}

void MemoryStore::Commit(Batch batch, async::Executor& executor, CommitDone done) {
  absl::Status status = CheckBatch(batch);
  if (status.ok()) status = Apply(std::move(batch));
  executor.Post(
      [done = std::move(done), status = std::move(status)]() mutable { done(std::move(status)); });
}

absl::Status MemoryStore::CheckFence(const Batch& batch) const {
  for (const ExecutionWrite& write : batch.executions) {
    const int slot = SlotOf(write.id.value());
    if (epochs_[slot] == batch.fence.epoch) continue;
    return absl::AbortedError(absl::StrCat("slot ", slot, " is owned under epoch ", epochs_[slot],
                                           ", not ", batch.fence.epoch));
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::Apply(Batch batch) {
  const std::lock_guard lock(mutex_);
  if (absl::Status status = CheckFence(batch); !status.ok()) return status;
  for (ExecutionWrite& write : batch.executions) ApplyExecution(std::move(write));
  for (DocumentWrite& write : batch.documents) {
    auto key = std::make_pair(std::move(write.collection), std::move(write.key));
    if (write.record) {
      documents_[std::move(key)] = *std::move(write.record);
    } else {
      documents_.erase(key);
    }
  }
  return absl::OkStatus();
}

void MemoryStore::ApplyExecution(ExecutionWrite write) {
  const std::string id = write.id.value();
  Execution& execution = executions_[id];
  if (write.remove) {
    MoveWake(id, execution, write.wake.value_or(ExecutionWrite::WakeMove()));
    MoveIndex(id, execution, write.index.value_or(ExecutionWrite::IndexMove()));
    executions_.erase(id);
    return;
  }
  if (write.record) execution.record = std::move(write.record);
  for (BranchWrite& branch : write.branches) {
    if (branch.record) {
      execution.branches[branch.id.value()] = *std::move(branch.record);
    } else {
      execution.branches.erase(branch.id.value());
    }
  }
  for (HistoryWrite& history : write.history) {
    execution.history[history.first] = {
        .first = history.first, .count = history.count, .record = std::move(history.record)};
  }
  if (write.wake) MoveWake(id, execution, *write.wake);
  if (write.index) MoveIndex(id, execution, *write.index);
}

void MemoryStore::MoveWake(const std::string& id, Execution& execution,
                           const ExecutionWrite::WakeMove& move) {
  std::optional<int64_t> from, to;
  if (move.from) from = CeilMicros(move.from->at);
  if (move.to) to = CeilMicros(move.to->at);
  SEGUE_CHECK(execution.wake_micros == from);
  const int slot = SlotOf(id);
  if (from) wakes_.erase({.slot = slot, .at_micros = *from, .id = id});
  if (to) wakes_.insert({.slot = slot, .at_micros = *to, .id = id});
  execution.wake_micros = to;
}

void MemoryStore::MoveIndex(const std::string& id, Execution& execution,
                            const ExecutionWrite::IndexMove& move) {
  std::optional<IndexEntry> from, to;
  if (move.from) from = Rounded(*move.from);
  if (move.to) to = Rounded(*move.to);
  SEGUE_CHECK(execution.index == from);
  const int slot = SlotOf(id);
  if (from) list_.erase({.start_micros = FloorMicros(from->start_time), .id = id});
  if (from && from->end_time) {
    closed_.erase({.slot = slot, .end_micros = FloorMicros(*from->end_time), .id = id});
  }
  if (to) list_.insert({.start_micros = FloorMicros(to->start_time), .id = id});
  if (to && to->end_time) {
    closed_.insert({.slot = slot, .end_micros = FloorMicros(*to->end_time), .id = id});
  }
  execution.index = std::move(to);
}

async::Task<absl::StatusOr<std::optional<StoredExecution>>> MemoryStore::Load(ExecutionId id,
                                                                              async::Executor&) {
  const std::lock_guard lock(mutex_);
  const auto found = executions_.find(id.value());
  if (found == executions_.end() || !found->second.record) {
    co_return std::optional<StoredExecution>();
  }
  StoredExecution stored{.record = *found->second.record, .branches = {}};
  for (const auto& [branch, record] : found->second.branches) {
    stored.branches.emplace_back(BranchId(branch), record);
  }
  co_return std::optional<StoredExecution>(std::move(stored));
}

async::Task<absl::StatusOr<std::vector<WakeRow>>> MemoryStore::ScanWakes(WakeQuery query,
                                                                         async::Executor&) {
  const std::lock_guard lock(mutex_);
  auto row = wakes_.lower_bound({.slot = query.slots.begin, .at_micros = kMicrosMin, .id = ""});
  if (query.after) {
    const std::string& id = query.after->id.value();
    row = wakes_.upper_bound(
        {.slot = SlotOf(id), .at_micros = CeilMicros(query.after->wake.at), .id = id});
  }
  const int64_t until = FloorMicros(query.until);
  std::vector<WakeRow> rows;
  for (; row != wakes_.end() && row->slot < query.slots.end; ++row) {
    if (std::ssize(rows) >= query.limit) break;
    if (row->at_micros > until) continue;
    rows.push_back({.id = ExecutionId(row->id), .wake = {.at = TimeFromMicros(row->at_micros)}});
  }
  co_return rows;
}

async::Task<absl::StatusOr<std::vector<ListRow>>> MemoryStore::ListExecutions(ListQuery query,
                                                                              async::Executor&) {
  const std::lock_guard lock(mutex_);
  auto key = list_.begin();
  if (query.after) {
    const auto& [start_time, id] = *query.after;
    key = list_.upper_bound({.start_micros = FloorMicros(start_time), .id = id.value()});
  }
  std::vector<ListRow> rows;
  for (; key != list_.end() && std::ssize(rows) < query.limit; ++key) {
    const Execution& execution = executions_.at(key->id);
    if (!Matches(query, *execution.index)) continue;
    rows.push_back({.id = ExecutionId(key->id),
                    .start_time = TimeFromMicros(key->start_micros),
                    .record = execution.record.value_or("")});
  }
  co_return rows;
}

async::Task<absl::StatusOr<std::vector<StoredHistory>>> MemoryStore::ReadHistory(HistoryQuery query,
                                                                                 async::Executor&) {
  const std::lock_guard lock(mutex_);
  std::vector<StoredHistory> records;
  const auto found = executions_.find(query.id.value());
  if (found == executions_.end() || query.from > query.to) co_return records;
  for (const auto& [first, record] : found->second.history) {
    if (first <= query.to && record.first + (record.count - 1) >= query.from) {
      records.push_back(record);
    }
  }
  if (query.order == HistoryQuery::Order::kDescending) std::reverse(records.begin(), records.end());
  if (std::ssize(records) > query.limit) records.resize(std::max(query.limit, 0));
  co_return records;
}

async::Task<absl::StatusOr<std::vector<Store::ClosedRow>>> MemoryStore::ScanClosed(
    ClosedQuery query, async::Executor&) {
  const std::lock_guard lock(mutex_);
  const int64_t before = CeilMicros(query.closed_before);
  std::vector<ClosedRow> rows;
  ClosedKey from{.slot = query.slots.begin, .end_micros = kMicrosMin, .id = ""};
  if (query.after) {
    const std::string& id = query.after->id.value();
    from = {.slot = SlotOf(id), .end_micros = FloorMicros(*query.after->index.end_time), .id = id};
  }
  auto key = query.after ? closed_.upper_bound(from) : closed_.lower_bound(from);
  for (; key != closed_.end() && key->slot < query.slots.end; ++key) {
    if (std::ssize(rows) >= query.limit) break;
    if (key->end_micros >= before) continue;
    rows.push_back({.id = ExecutionId(key->id), .index = *executions_.at(key->id).index});
  }
  co_return rows;
}

async::Task<absl::StatusOr<std::optional<std::string>>> MemoryStore::ReadDocument(
    std::string collection, std::string key, async::Executor&) {
  const std::lock_guard lock(mutex_);
  const auto found = documents_.find({std::move(collection), std::move(key)});
  if (found == documents_.end()) co_return std::optional<std::string>();
  co_return std::optional<std::string>(found->second);
}

async::Task<absl::StatusOr<std::vector<Document>>> MemoryStore::ReadDocuments(DocumentQuery query,
                                                                              async::Executor&) {
  const std::lock_guard lock(mutex_);
  std::vector<Document> documents;
  auto found = query.after < query.prefix ? documents_.lower_bound({query.collection, query.prefix})
                                          : documents_.upper_bound({query.collection, query.after});
  for (; found != documents_.end() && std::ssize(documents) < query.limit; ++found) {
    const auto& [collection, key] = found->first;
    if (collection != query.collection || !key.starts_with(query.prefix)) break;
    documents.push_back({.key = key, .record = found->second});
  }
  co_return documents;
}

}  // namespace segue::store
