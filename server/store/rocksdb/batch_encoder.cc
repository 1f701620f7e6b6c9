#include "server/store/rocksdb/batch_encoder.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/store/micros.h"
#include "server/store/rocksdb/key.h"
#include "server/store/rocksdb/status.h"

namespace segue::store::rocks {
namespace {

class Encoder {
 public:
  Encoder(const Database& db, ::rocksdb::WriteBatch* out) : db_(db), out_(out) {}

  absl::Status Encode(const ExecutionWrite& write);
  void Encode(const DocumentWrite& write);

 private:
  void Put(Family family, const std::string& key, const std::string& value) {
    Check(out_->Put(db_.family(family), key, value));
  }
  void Delete(Family family, const std::string& key) {
    Check(out_->Delete(db_.family(family), key));
  }
  // Building a batch in memory fails only on misuse.
  static void Check(const ::rocksdb::Status& status) { SEGUE_CHECK(status.ok()); }

  void PutOrDelete(Family family, const std::string& key, const std::optional<std::string>& value);
  void PutHistory(const ExecutionId& id, const HistoryWrite& history);
  void MoveWake(const ExecutionId& id, const ExecutionWrite::WakeMove& move);
  void MoveIndex(const ExecutionId& id, const ExecutionWrite::IndexMove& move);
  absl::Status DeleteAll(Family family, const ExecutionId& id);

  const Database& db_;
  ::rocksdb::WriteBatch* const out_;
};

struct IndexKey {
  std::string key;
  std::string value;
};

std::vector<IndexKey> IndexKeys(const ExecutionId& id, const std::optional<IndexEntry>& entry) {
  std::vector<IndexKey> keys;
  if (!entry) return keys;
  const std::string suffix = ListSuffix(FloorMicros(entry->start_time), id.value());
  keys.push_back({ListKey(AllListPrefix(), entry->status, suffix), ""});
  keys.push_back({ListKey(WorkflowListPrefix(entry->workflow), entry->status, suffix), ""});
  if (entry->end_time) {
    keys.push_back({ClosedKey(id, FloorMicros(*entry->end_time)), ClosedValue(*entry)});
  }
  return keys;
}

bool HasKey(const std::vector<IndexKey>& keys, const std::string& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const IndexKey& k) { return k.key == key; });
}

absl::Status Encoder::Encode(const ExecutionWrite& write) {
  if (write.remove) {
    for (const Family family : {Family::kRecords, Family::kHistory}) {
      if (absl::Status status = DeleteAll(family, write.id); !status.ok()) return status;
    }
  }
  if (write.record) Put(Family::kRecords, RecordKey(write.id), *write.record);
  for (const BranchWrite& branch : write.branches) {
    PutOrDelete(Family::kRecords, BranchKey(write.id, branch.id), branch.record);
  }
  for (const HistoryWrite& history : write.history) PutHistory(write.id, history);
  if (write.wake) MoveWake(write.id, *write.wake);
  if (write.index) MoveIndex(write.id, *write.index);
  return absl::OkStatus();
}

void Encoder::Encode(const DocumentWrite& write) {
  PutOrDelete(Family::kDefault, DocumentKey(write.collection, write.key), write.record);
}

void Encoder::PutOrDelete(Family family, const std::string& key,
                          const std::optional<std::string>& value) {
  if (value) {
    Put(family, key, *value);
  } else {
    Delete(family, key);
  }
}

void Encoder::PutHistory(const ExecutionId& id, const HistoryWrite& history) {
  const std::string key = HistoryKey(id, history.first);
  const std::string header = HistoryValueHeader(history.count);
  const ::rocksdb::Slice key_slice(key);
  const std::array<::rocksdb::Slice, 2> value = {header, history.record};
  Check(out_->Put(db_.family(Family::kHistory), ::rocksdb::SliceParts(&key_slice, 1),
                  ::rocksdb::SliceParts(value.data(), value.size())));
}

void Encoder::MoveWake(const ExecutionId& id, const ExecutionWrite::WakeMove& move) {
  std::optional<int64_t> from, to;
  if (move.from) from = CeilMicros(move.from->at);
  if (move.to) to = CeilMicros(move.to->at);
  if (from == to) return;
  if (from) Delete(Family::kWake, WakeKey(id, *from));
  if (to) Put(Family::kWake, WakeKey(id, *to), "");
}

void Encoder::MoveIndex(const ExecutionId& id, const ExecutionWrite::IndexMove& move) {
  const std::vector<IndexKey> from = IndexKeys(id, move.from);
  const std::vector<IndexKey> to = IndexKeys(id, move.to);
  for (const IndexKey& key : from) {
    if (!HasKey(to, key.key)) Delete(Family::kIndex, key.key);
  }
  for (const IndexKey& key : to) Put(Family::kIndex, key.key, key.value);
}

absl::Status Encoder::DeleteAll(Family family, const ExecutionId& id) {
  const std::string prefix = ExecutionPrefix(id);
  const std::string end = PrefixEnd(prefix);
  const ::rocksdb::Slice end_slice(end);
  ::rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end_slice;
  options.fill_cache = false;
  const std::unique_ptr<::rocksdb::Iterator> it(db_->NewIterator(options, db_.family(family)));
  for (it->Seek(prefix); it->Valid(); it->Next()) {
    Check(out_->Delete(db_.family(family), it->key()));
  }
  return ToStatus(it->status(), absl::StrCat("removing execution ", id.value()));
}

}  // namespace

bool Removes(const Batch& batch) {
  return std::any_of(batch.executions.begin(), batch.executions.end(),
                     [](const ExecutionWrite& write) { return write.remove; });
}

absl::Status EncodeBatch(const Database& db, const Batch& batch, ::rocksdb::WriteBatch* out) {
  out->SetSavePoint();
  Encoder encoder(db, out);
  for (const ExecutionWrite& write : batch.executions) {
    if (absl::Status status = encoder.Encode(write); !status.ok()) {
      SEGUE_CHECK(out->RollbackToSavePoint().ok());
      return status;
    }
  }
  for (const DocumentWrite& write : batch.documents) encoder.Encode(write);
  SEGUE_CHECK(out->PopSavePoint().ok());
  return absl::OkStatus();
}

}  // namespace segue::store::rocks
