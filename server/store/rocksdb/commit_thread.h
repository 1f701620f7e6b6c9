#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "rocksdb/write_batch.h"
#include "server/async/executor.h"
#include "server/store/rocksdb/database.h"
#include "server/store/store.h"

namespace segue::store::rocks {

// The one thread that writes. It takes all that waits, drops the batches whose fence is stale,
// merges the rest into one write, syncs it, posts their answers, and takes what came meanwhile: the
// busier, the larger the group and the fewer the fsyncs per batch. Epochs change on this thread
// too, so that no batch of an old owner is written once Acquire has returned.
//
// Threads: Commit and Acquire by any; Acquire waits for its answer.
// Ownership: the destructor writes what waits, posts all answers and joins. Executors outlive it.
// Errors: after a failed write the database refuses others until it is resumed. That is tried
// before the next group, so that commits succeed again as soon as the disk has room. The queue is
// not bounded here but by its callers: a shard has few commits under way.
class CommitThread {
 public:
  struct Options {
    bool sync = true;  // lint: allow(bool): RocksDB's own
  };
  struct Counters {
    std::atomic<uint64_t> commits = 0;
    std::atomic<uint64_t> groups = 0;
    std::atomic<uint64_t> bytes = 0;
  };

  // `epochs`: of each slot, as the database has them.
  using Epochs = std::array<uint64_t, kSlotCount>;
  CommitThread(const Database& db, const Epochs& epochs, Options options);
  ~CommitThread();

  static absl::StatusOr<Epochs> ReadEpochs(const Database& db);

  void Commit(Batch batch, async::Executor& executor, Store::CommitDone done);
  absl::StatusOr<Fence> Acquire(SlotRange slots, const std::string& owner);

  const Counters& counters() const { return counters_; }

 private:
  struct CommitRequest {
    Batch batch;
    async::Executor* executor;
    Store::CommitDone done;
  };
  struct AcquireRequest {
    SlotRange slots;
    std::string owner;
    std::promise<absl::StatusOr<Fence>> result;
  };
  using Request = std::variant<CommitRequest, AcquireRequest>;

  void Push(Request request);
  void Run();

  // On the thread.
  void Take(CommitRequest request);
  void Take(AcquireRequest request);
  absl::Status CheckFence(const Batch& batch) const;
  absl::StatusOr<Fence> RaiseEpochs(SlotRange slots, const std::string& owner);
  void WriteGroup();
  absl::Status Write(::rocksdb::WriteBatch* batch);
  static void Answer(CommitRequest request, absl::Status status);

  const Database& db_;
  const Options options_;
  Epochs epochs_;                      // the thread's own
  ::rocksdb::WriteBatch group_batch_;  // and the rest of these
  std::vector<CommitRequest> group_;
  absl::Status write_error_;  // of the last write, if the database has not been resumed since
  Counters counters_;

  std::mutex mutex_;
  std::condition_variable changed_;  // of these, under the mutex:
  std::deque<Request> requests_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace segue::store::rocks
