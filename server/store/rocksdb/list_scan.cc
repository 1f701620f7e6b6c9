#include "server/store/rocksdb/list_scan.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/snapshot.h"
#include "server/store/micros.h"
#include "server/store/rocksdb/key.h"
#include "server/store/rocksdb/status.h"

namespace segue::store::rocks {
namespace {

constexpr int kStatusMax = 255;
constexpr int64_t kMicrosMin = std::numeric_limits<int64_t>::min();

std::string_view View(const ::rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Of key suffixes (ListSuffix): what a query asks for in each status. No row where `none`.
struct SuffixRange {
  std::string begin;
  std::string last;  // a suffix with a start time beyond this one's is too old
  bool none = false;
};

SuffixRange RangeOf(const ListQuery& query) {
  SuffixRange range;
  if (query.start_before) {
    const int64_t before = CeilMicros(*query.start_before);
    range.none = before == kMicrosMin;
    if (!range.none) range.begin = ListSuffix(before - 1, "");
  }
  if (query.after) {
    // Ids hold no NUL: the next suffix there can be.
    std::string next =
        ListSuffix(FloorMicros(query.after->first), query.after->second.value()) + '\0';
    range.begin = std::max(std::move(range.begin), std::move(next));
  }
  range.last = ListSuffix(query.start_after ? CeilMicros(*query.start_after) : kMicrosMin, "");
  return range;
}

// The rows of one status, newest first.
class Cursor {
 public:
  Cursor(const Database& db, ::rocksdb::ReadOptions options, std::string prefix,
         const SuffixRange& range)
      : prefix_(std::move(prefix)), last_(range.last), end_(PrefixEnd(prefix_)), bound_(end_) {
    options.iterate_upper_bound = &bound_;
    it_.reset(db->NewIterator(options, db.family(Family::kIndex)));
    it_->Seek(prefix_ + range.begin);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  bool Valid() const {
    return it_->Valid() && suffix().substr(0, last_.size()) <= std::string_view(last_);
  }
  std::string_view suffix() const { return View(it_->key()).substr(prefix_.size()); }
  std::string_view key() const { return View(it_->key()); }
  void Next() { it_->Next(); }
  ::rocksdb::Status status() const { return it_->status(); }

 private:
  const std::string prefix_;
  const std::string last_;
  const std::string end_;
  const ::rocksdb::Slice bound_;
  std::unique_ptr<::rocksdb::Iterator> it_;
};

class ListScan {
 public:
  ListScan(const Database& db, const ListQuery& query)
      : db_(db), query_(query), snapshot_(db.get()) {
    options_.snapshot = snapshot_.snapshot();
  }

  absl::StatusOr<std::vector<ListRow>> Run() {
    if (query_.limit <= 0) return rows_;
    if (absl::Status status = OpenCursors(); !status.ok()) return status;
    if (absl::Status status = Merge(); !status.ok()) return status;
    if (absl::Status status = ReadRecords(); !status.ok()) return status;
    return std::move(rows_);
  }

 private:
  absl::Status OpenCursors() {
    const std::string prefix =
        query_.workflow ? WorkflowListPrefix(*query_.workflow) : AllListPrefix();
    const SuffixRange range = RangeOf(query_);
    if (range.none) return absl::OkStatus();
    if (query_.status) {
      if (*query_.status >= 0 && *query_.status <= kStatusMax) Open(prefix, *query_.status, range);
      return absl::OkStatus();
    }
    const std::string end = PrefixEnd(prefix);
    const ::rocksdb::Slice end_slice(end);
    ::rocksdb::ReadOptions options = options_;
    options.iterate_upper_bound = &end_slice;
    const std::unique_ptr<::rocksdb::Iterator> it(
        db_->NewIterator(options, db_.family(Family::kIndex)));
    int status = 0;
    while (status <= kStatusMax) {
      it->Seek(ListKey(prefix, status, ""));
      if (!it->Valid()) break;
      status = static_cast<unsigned char>(it->key()[prefix.size()]);
      Open(prefix, status, range);
      ++status;
    }
    return ToStatus(it->status(), "listing executions");
  }

  void Open(const std::string& prefix, int status, const SuffixRange& range) {
    cursors_.push_back(std::make_unique<Cursor>(db_, options_, ListKey(prefix, status, ""), range));
  }

  // Few statuses: a linear search for the newest is as good as a heap.
  Cursor* Newest() {
    Cursor* newest = nullptr;
    for (const auto& cursor : cursors_) {
      if (!cursor->Valid()) continue;
      if (newest == nullptr || cursor->suffix() < newest->suffix()) newest = cursor.get();
    }
    return newest;
  }

  absl::Status Merge() {
    while (std::ssize(rows_) < query_.limit) {
      Cursor* cursor = Newest();
      if (cursor == nullptr) break;
      std::optional<TimedKey> key = ParseListSuffix(cursor->suffix());
      if (!key) return CorruptKey(FamilyName(Family::kIndex), cursor->key());
      rows_.push_back({.id = ExecutionId(std::move(key->id)),
                       .start_time = TimeFromMicros(key->micros),
                       .record = ""});
      cursor->Next();
    }
    for (const auto& cursor : cursors_) {
      if (!cursor->status().ok()) return ToStatus(cursor->status(), "listing executions");
    }
    return absl::OkStatus();
  }

  absl::Status ReadRecords() {
    std::vector<std::string> keys;
    for (const ListRow& row : rows_) keys.push_back(RecordKey(row.id));
    const std::vector<::rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<::rocksdb::PinnableSlice> values(keys.size());
    std::vector<::rocksdb::Status> statuses(keys.size());
    db_->MultiGet(options_, db_.family(Family::kRecords), keys.size(), slices.data(), values.data(),
                  statuses.data());
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::string& id = rows_[i].id.value();
      if (statuses[i].IsNotFound()) {
        return absl::DataLossError(absl::StrCat("execution ", id, " is listed but has no record"));
      }
      if (!statuses[i].ok()) return ToStatus(statuses[i], absl::StrCat("listing execution ", id));
      rows_[i].record = values[i].ToString();
    }
    return absl::OkStatus();
  }

  const Database& db_;
  const ListQuery& query_;
  ::rocksdb::ManagedSnapshot snapshot_;
  ::rocksdb::ReadOptions options_;
  std::vector<std::unique_ptr<Cursor>> cursors_;
  std::vector<ListRow> rows_;
};

}  // namespace

absl::StatusOr<std::vector<ListRow>> ScanList(const Database& db, const ListQuery& query) {
  return ListScan(db, query).Run();
}

}  // namespace segue::store::rocks
