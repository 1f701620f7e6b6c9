#include "server/store/rocksdb/commit_thread.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/store/rocksdb/batch_encoder.h"
#include "server/store/rocksdb/key.h"
#include "server/store/rocksdb/status.h"

namespace segue::store::rocks {
namespace {

// A group stops growing here: beyond it a larger write saves nothing and delays the first answers.
constexpr size_t kGroupBytesMax = size_t{8} << 20;

}  // namespace

CommitThread::CommitThread(const Database& db, const Epochs& epochs, Options options)
    : db_(db), options_(options), epochs_(epochs), thread_([this] { Run(); }) {}

CommitThread::~CommitThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

absl::StatusOr<CommitThread::Epochs> CommitThread::ReadEpochs(const Database& db) {
  Epochs epochs = {};
  for (int slot = 0; slot < kSlotCount; ++slot) {
    std::string value;
    const std::string key = EpochKey(slot);
    const auto read = db->Get(::rocksdb::ReadOptions(), db.family(Family::kDefault), key, &value);
    if (read.IsNotFound()) continue;
    if (!read.ok()) return ToStatus(read, absl::StrCat("reading the epoch of slot ", slot));
    const std::optional<uint64_t> epoch = ParseEpochValue(value);
    if (!epoch) return CorruptKey(FamilyName(Family::kDefault), key);
    epochs[slot] = *epoch;
  }
  return epochs;
}

void CommitThread::Commit(Batch batch, async::Executor& executor, Store::CommitDone done) {
  Push(CommitRequest{.batch = std::move(batch), .executor = &executor, .done = std::move(done)});
}

absl::StatusOr<Fence> CommitThread::Acquire(SlotRange slots, const std::string& owner) {
  AcquireRequest request{.slots = slots, .owner = owner};
  std::future<absl::StatusOr<Fence>> result = request.result.get_future();
  Push(std::move(request));
  return result.get();
}

void CommitThread::Push(Request request) {
  {
    const std::lock_guard lock(mutex_);
    SEGUE_CHECK(!stopping_);
    requests_.push_back(std::move(request));
  }
  changed_.notify_one();
}

void CommitThread::Run() {
  for (;;) {
    std::deque<Request> requests;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !requests_.empty(); });
      requests.swap(requests_);
    }
    if (requests.empty()) return;
    for (Request& request : requests) {
      std::visit([this](auto& r) { Take(std::move(r)); }, request);
    }
    WriteGroup();
  }
}

void CommitThread::Take(CommitRequest request) {
  if (absl::Status status = CheckFence(request.batch); !status.ok()) {
    Answer(std::move(request), std::move(status));
    return;
  }
  if (Removes(request.batch)) WriteGroup();
  absl::Status encoded = EncodeBatch(db_, request.batch, &group_batch_);
  if (!encoded.ok()) {
    Answer(std::move(request), std::move(encoded));
    return;
  }
  group_.push_back(std::move(request));
  if (group_batch_.GetDataSize() >= kGroupBytesMax) WriteGroup();
}

void CommitThread::Take(AcquireRequest request) {
  WriteGroup();
  request.result.set_value(RaiseEpochs(request.slots, request.owner));
}

absl::Status CommitThread::CheckFence(const Batch& batch) const {
  for (const ExecutionWrite& write : batch.executions) {
    const int slot = SlotOf(write.id.value());
    if (epochs_[slot] == batch.fence.epoch) continue;
    return absl::AbortedError(absl::StrCat("slot ", slot, " is owned under epoch ", epochs_[slot],
                                           ", not ", batch.fence.epoch));
  }
  return absl::OkStatus();
}

absl::StatusOr<Fence> CommitThread::RaiseEpochs(SlotRange slots, const std::string& owner) {
  const auto begin = epochs_.begin() + slots.begin;
  const auto end = epochs_.begin() + slots.end;
  const uint64_t epoch = *std::max_element(begin, end) + 1;
  ::rocksdb::WriteBatch batch;
  for (int slot = slots.begin; slot < slots.end; ++slot) {
    const auto put =
        batch.Put(db_.family(Family::kDefault), EpochKey(slot), EpochValue(epoch, owner));
    SEGUE_CHECK(put.ok());
  }
  if (absl::Status status = Write(&batch); !status.ok()) return status;
  std::fill(begin, end, epoch);
  return Fence{.slots = slots, .epoch = epoch};
}

void CommitThread::WriteGroup() {
  if (group_.empty()) return;
  const absl::Status status = Write(&group_batch_);
  if (status.ok()) {
    counters_.commits.fetch_add(group_.size(), std::memory_order_relaxed);
    counters_.groups.fetch_add(1, std::memory_order_relaxed);
    counters_.bytes.fetch_add(group_batch_.GetDataSize(), std::memory_order_relaxed);
  }
  group_batch_.Clear();
  for (CommitRequest& request : group_) Answer(std::move(request), status);
  group_.clear();
}

absl::Status CommitThread::Write(::rocksdb::WriteBatch* batch) {
  if (!write_error_.ok()) {
    if (const auto resumed = db_->Resume(); !resumed.ok()) {
      return absl::Status(write_error_.code(),
                          absl::StrCat("not writing since ", std::string(write_error_.message()),
                                       "; retried: ", resumed.ToString()));
    }
    write_error_ = absl::OkStatus();
  }
  ::rocksdb::WriteOptions options;
  options.sync = options_.sync;
  const auto written = db_->Write(options, batch);
  if (written.ok()) {
    if (options_.sync) db_.MarkSynced();
    return absl::OkStatus();
  }
  write_error_ = ToStatus(written, "writing a commit");
  return write_error_;
}

void CommitThread::Answer(CommitRequest request, absl::Status status) {
  request.executor->Post([done = std::move(request.done), status = std::move(status)]() mutable {
    done(std::move(status));
  });
}

}  // namespace segue::store::rocks
