#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/async/executor.h"
#include "server/async/task.h"
#include "server/base/ids.h"

// The store: what survives. One contract, several implementations, one suite run on all of them
// (tests/conformance/store_suite).
//
// The store keeps records: bytes that it does not understand, under keys that it does. Who writes
// them (server/scheduler) encodes them.

namespace segue::store {

// Proof of owning some slots: every commit carries it, and the store refuses one that is not the
// newest for the slot of each execution in the batch. Documents belong to no slot: a batch of
// nothing else needs no fence.
struct Fence {
  SlotRange slots;
  uint64_t epoch = 0;
};

// When an execution has to be in memory next. The key order of the wake index is (slot, at,
// execution). InfinitePast: at once, because it is active; InfiniteFuture: never by itself.
struct Wake {
  absl::Time at;  // stored with microseconds, rounded up
  friend bool operator==(const Wake&, const Wake&) = default;
};

// What ListExecutions finds an execution by. Written when it starts and, with the status changed,
// when it closes. Times are rounded down to microseconds.
struct IndexEntry {
  std::string workflow;  // at most 320 bytes, no control characters; empty: it has no name
  absl::Time start_time;
  int status = 0;                      // scheduler's number, in [0, 255]
  std::optional<absl::Time> end_time;  // set when closed: retention counts from here
  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

struct BranchWrite {
  BranchId id;
  std::optional<std::string> record;  // nothing: deleted
};

// History events [first, first + count) as one record.
struct HistoryWrite {
  int64_t first = 0;
  int64_t count = 0;
  std::string record;
};

// All that one turn of a shard changes about one execution.
struct ExecutionWrite {
  ExecutionId id;
  std::optional<std::string> record;  // the execution's own; absent: unchanged
  std::vector<BranchWrite> branches;
  std::vector<HistoryWrite> history;
  // Both are needed to move a key: what is stored now (absent for a new execution), and what is to
  // be (absent: none, the execution is closed).
  struct WakeMove {
    std::optional<Wake> from;
    std::optional<Wake> to;
  };
  std::optional<WakeMove> wake;  // absent: unchanged
  struct IndexMove {
    std::optional<IndexEntry> from;
    std::optional<IndexEntry> to;
  };
  std::optional<IndexMove> index;  // absent: unchanged
  // Everything about it goes, history and index too; `index.from` and `wake.from` name its keys,
  // and nothing else is set. It costs a look at all of its records: some 100 a batch are right.
  bool remove = false;
};

// A small record of another kind: a workflow version, a service's budget, a schedule.
struct DocumentWrite {
  std::string collection;             // "workflow", "budget", ...; no NUL
  std::string key;                    // not empty; keys of a collection sort bytewise
  std::optional<std::string> record;  // nothing: deleted
};

struct Batch {
  Fence fence;
  std::vector<ExecutionWrite> executions;
  std::vector<DocumentWrite> documents;

  bool empty() const { return executions.empty() && documents.empty(); }
};

struct StoredExecution {
  std::string record;
  std::vector<std::pair<BranchId, std::string>> branches;  // ascending
};

struct StoredHistory {
  int64_t first = 0;
  int64_t count = 0;
  std::string record;
};

struct WakeRow {
  ExecutionId id;
  Wake wake;
};

// Newest start first; ties by id.
struct ListQuery {
  std::optional<std::string> workflow;     // only this one's
  std::optional<int> status;               // only this one
  std::optional<absl::Time> start_after;   // start_time >= this
  std::optional<absl::Time> start_before;  // start_time < this
  // Goes on after this row of an earlier page.
  std::optional<std::pair<absl::Time, ExecutionId>> after;
  int limit = 100;
};

struct ListRow {
  ExecutionId id;
  absl::Time start_time;
  std::string record;  // the execution's own
};

struct HistoryQuery {
  ExecutionId id;
  // Records that hold events of [from, to]; in that order, or with `descending` the other way.
  int64_t from = 1;
  int64_t to = INT64_MAX;
  enum class Order { kAscending, kDescending } order = Order::kAscending;
  int limit = 100;  // records
};

struct Document {
  std::string key;
  std::string record;
};

// Threads: any. Reads resume the caller on `executor`, its own; they see everything whose commit
// has been acknowledged. Times keep microseconds.
// Ownership: an executor outlives what was asked of the store on it; the store's destructor
// finishes that, so destroy the store first.
// Errors: Unavailable (try again), Aborted (the fence is stale), InvalidArgument (a key that cannot
// be: limits.h), DataLoss (a record is corrupt, named in the message), ResourceExhausted (the disk
// is full), Internal. After Aborted and InvalidArgument nothing was written; after any other error
// of Commit the outcome is unknown: load again.
class Store {
 public:
  virtual ~Store() = default;

  // Takes ownership of `slots` for `owner` (a name for people): raises the epoch of every slot in
  // the range, durably. Waits for that: not for a loop that is serving.
  virtual absl::StatusOr<Fence> Acquire(SlotRange slots, const std::string& owner) = 0;

  using CommitDone = absl::AnyInvocable<void(absl::Status)>;

  // Writes all of the batch, durably, or nothing. `done` is posted to `executor` when that is
  // known. Batches of one fence are written in the order in which they came; several may be under
  // way.
  virtual void Commit(Batch batch, async::Executor& executor, CommitDone done) = 0;

  // Nothing where there is no such execution.
  virtual async::Task<absl::StatusOr<std::optional<StoredExecution>>> Load(
      ExecutionId id, async::Executor& executor) = 0;

  struct WakeQuery {
    SlotRange slots;
    absl::Time until;              // rows with at <= until
    std::optional<WakeRow> after;  // of an earlier page; rows come in (slot, at, id) order
    int limit = 1000;
  };
  virtual async::Task<absl::StatusOr<std::vector<WakeRow>>> ScanWakes(
      WakeQuery query, async::Executor& executor) = 0;

  virtual async::Task<absl::StatusOr<std::vector<ListRow>>> ListExecutions(
      ListQuery query, async::Executor& executor) = 0;

  virtual async::Task<absl::StatusOr<std::vector<StoredHistory>>> ReadHistory(
      HistoryQuery query, async::Executor& executor) = 0;

  // Executions of `slots` that closed before `closed_before`: what retention may remove. Slot by
  // slot, in each the oldest first.
  struct ClosedRow {
    ExecutionId id;
    IndexEntry index;
  };
  struct ClosedQuery {
    SlotRange slots;
    absl::Time closed_before;
    std::optional<ClosedRow> after;  // of an earlier page
    int limit = 100;
  };
  virtual async::Task<absl::StatusOr<std::vector<ClosedRow>>> ScanClosed(
      ClosedQuery query, async::Executor& executor) = 0;

  virtual async::Task<absl::StatusOr<std::optional<std::string>>> ReadDocument(
      std::string collection, std::string key, async::Executor& executor) = 0;

  struct DocumentQuery {
    std::string collection;
    std::string prefix;  // of the key
    std::string after;   // keys greater than this; "" from the first
    int limit = 100;
  };
  virtual async::Task<absl::StatusOr<std::vector<Document>>> ReadDocuments(
      DocumentQuery query, async::Executor& executor) = 0;
};

}  // namespace segue::store
