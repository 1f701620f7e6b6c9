#include "server/store/rocksdb/reads.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/limits.h"
#include "server/store/micros.h"
#include "server/store/rocksdb/key.h"
#include "server/store/rocksdb/status.h"

namespace segue::store::rocks {
namespace {

std::string_view View(const ::rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// An iterator over the keys in [begin, end), "" being no end.
class Range {
 public:
  Range(const Database& db, Family family, std::string begin, std::string end,
        ::rocksdb::ReadOptions options = {})
      : begin_(std::move(begin)), end_(std::move(end)), begin_slice_(begin_), end_slice_(end_) {
    options.iterate_lower_bound = &begin_slice_;
    if (!end_.empty()) options.iterate_upper_bound = &end_slice_;
    it_.reset(db->NewIterator(options, db.family(family)));
  }
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;

  ::rocksdb::Iterator* operator->() const { return it_.get(); }
  std::string_view key() const { return View(it_->key()); }
  std::string_view value() const { return View(it_->value()); }

 private:
  const std::string begin_;
  const std::string end_;
  const ::rocksdb::Slice begin_slice_;
  const ::rocksdb::Slice end_slice_;
  std::unique_ptr<::rocksdb::Iterator> it_;
};

// Where slot `end`'s wakes would begin; "" after the last slot.
std::string WakeEnd(int end) { return end < kSlotCount ? WakePrefix(end) : ""; }

// How the keys of a slot begin.
using SlotPrefix = std::string (*)(int slot);

// Calls `row` with the rows of the range, slot by slot, less those later than `last_micros`, until
// it returns false.
template <typename Row>
absl::Status ScanSlots(Range& range, std::string from, int64_t last_micros, SlotPrefix prefix_of,
                       Family family, Row row) {
  const size_t prefix_bytes = prefix_of(0).size();
  range->Seek(from);
  while (range->Valid()) {
    const std::string_view key = range.key();
    const std::optional<TimedKey> parsed = ParseTimedSuffix(key.substr(prefix_bytes));
    if (!parsed) return CorruptKey(FamilyName(family), key);
    if (parsed->micros > last_micros) {
      const int next = static_cast<unsigned char>(key[prefix_bytes - 1]) + 1;
      if (next == kSlotCount) break;
      range->Seek(prefix_of(next));
      continue;
    }
    if (!row(*parsed)) break;
    range->Next();
  }
  return ToStatus(range->status(), absl::StrCat("scanning ", FamilyName(family)));
}

absl::StatusOr<StoredHistory> HistoryAt(const Range& range, size_t prefix_bytes) {
  std::optional<StoredHistory> stored =
      ParseHistory(range.key().substr(prefix_bytes), range.value());
  if (!stored) return CorruptKey(FamilyName(Family::kHistory), range.key());
  return *std::move(stored);
}

int64_t LastEvent(const StoredHistory& stored) { return stored.first + (stored.count - 1); }

}  // namespace

absl::StatusOr<std::optional<StoredExecution>> LoadExecution(const Database& db,
                                                             const ExecutionId& id) {
  if (!IsExecutionId(id.value())) return std::nullopt;
  const std::string prefix = ExecutionPrefix(id);
  ::rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  const Range range(db, Family::kRecords, prefix, PrefixEnd(prefix), options);
  std::optional<StoredExecution> stored;
  for (range->Seek(prefix); range->Valid(); range->Next()) {
    const std::optional<RecordSuffix> suffix = ParseRecordSuffix(range.key().substr(prefix.size()));
    if (!suffix) return CorruptKey(FamilyName(Family::kRecords), range.key());
    if (!suffix->branch) {
      stored = StoredExecution{.record = std::string(range.value()), .branches = {}};
    } else if (stored) {
      stored->branches.emplace_back(*suffix->branch, range.value());
    } else {
      return CorruptKey(FamilyName(Family::kRecords), range.key());  // a branch of nothing
    }
  }
  if (!range->status().ok()) {
    return ToStatus(range->status(), absl::StrCat("loading execution ", id.value()));
  }
  return stored;
}

absl::StatusOr<std::vector<WakeRow>> ScanWakeRange(const Database& db,
                                                   const Store::WakeQuery& query) {
  std::vector<WakeRow> rows;
  if (query.limit <= 0) return rows;
  std::string from = WakePrefix(query.slots.begin);
  if (query.after) {
    from = WakeKey(query.after->id, CeilMicros(query.after->wake.at)) + '\0';
  }
  Range range(db, Family::kWake, WakePrefix(query.slots.begin), WakeEnd(query.slots.end));
  const auto take = [&](const TimedKey& key) {
    rows.push_back({.id = ExecutionId(key.id), .wake = {.at = TimeFromMicros(key.micros)}});
    return std::ssize(rows) < query.limit;
  };
  const absl::Status status =
      ScanSlots(range, from, FloorMicros(query.until), WakePrefix, Family::kWake, take);
  if (!status.ok()) return status;
  return rows;
}

absl::StatusOr<std::vector<Store::ClosedRow>> ScanClosedRange(const Database& db,
                                                              const Store::ClosedQuery& query) {
  std::vector<Store::ClosedRow> rows;
  const int64_t before = CeilMicros(query.closed_before);
  if (query.limit <= 0 || before == FloorMicros(absl::InfinitePast())) return rows;
  const std::string begin = ClosedPrefix(query.slots.begin);
  Range range(db, Family::kIndex, begin, PrefixEnd(ClosedPrefix(query.slots.end - 1)));
  std::string from = begin;
  if (query.after) {
    from = ClosedKey(query.after->id, FloorMicros(*query.after->index.end_time)) + '\0';
  }
  bool corrupt = false;
  const auto take = [&](const TimedKey& key) {
    std::optional<IndexEntry> entry = ParseClosedValue(range.value());
    corrupt = !entry.has_value();
    if (corrupt) return false;
    entry->end_time = TimeFromMicros(key.micros);
    rows.push_back({.id = ExecutionId(key.id), .index = *std::move(entry)});
    return std::ssize(rows) < query.limit;
  };
  const absl::Status status =
      ScanSlots(range, from, before - 1, ClosedPrefix, Family::kIndex, take);
  if (!status.ok()) return status;
  if (corrupt) return CorruptKey(FamilyName(Family::kIndex), range.key());
  return rows;
}

absl::StatusOr<std::vector<StoredHistory>> ReadHistoryRange(const Database& db,
                                                            const HistoryQuery& query) {
  std::vector<StoredHistory> records;
  const int64_t from = std::max<int64_t>(query.from, 1);
  if (!IsExecutionId(query.id.value()) || from > query.to) return records;
  const bool ascending = query.order == HistoryQuery::Order::kAscending;
  const std::string prefix = ExecutionPrefix(query.id);
  const Range range(db, Family::kHistory, prefix, PrefixEnd(prefix));
  // The record that holds `from` may begin before it.
  range->SeekForPrev(HistoryKey(query.id, ascending ? from : query.to));
  if (ascending && !range->Valid() && range->status().ok()) range->Seek(prefix);
  while (range->Valid() && std::ssize(records) < query.limit) {
    absl::StatusOr<StoredHistory> stored = HistoryAt(range, prefix.size());
    if (!stored.ok()) return stored.status();
    if (ascending ? stored->first > query.to : LastEvent(*stored) < from) break;
    if (LastEvent(*stored) >= from) records.push_back(*std::move(stored));
    ascending ? range->Next() : range->Prev();
  }
  if (!range->status().ok()) {
    return ToStatus(range->status(), absl::StrCat("history of execution ", query.id.value()));
  }
  return records;
}

absl::StatusOr<std::optional<std::string>> GetDocument(const Database& db,
                                                       const std::string& collection,
                                                       const std::string& key) {
  std::string record;
  const auto read = db->Get(::rocksdb::ReadOptions(), db.family(Family::kDefault),
                            DocumentKey(collection, key), &record);
  if (read.IsNotFound()) return std::nullopt;
  if (!read.ok()) return ToStatus(read, absl::StrCat("document ", collection, "/", key));
  return record;
}

absl::StatusOr<std::vector<Document>> ScanDocuments(const Database& db,
                                                    const Store::DocumentQuery& query) {
  const std::string collection = DocumentPrefix(query.collection);
  const std::string begin = collection + query.prefix;
  const Range range(db, Family::kDefault, begin, PrefixEnd(begin));
  std::vector<Document> documents;
  for (range->Seek(std::max(begin, collection + query.after + '\0'));
       range->Valid() && std::ssize(documents) < query.limit; range->Next()) {
    documents.push_back({.key = std::string(range.key().substr(collection.size())),
                         .record = std::string(range.value())});
  }
  if (!range->status().ok()) {
    return ToStatus(range->status(), absl::StrCat("documents of ", query.collection));
  }
  return documents;
}

}  // namespace segue::store::rocks
