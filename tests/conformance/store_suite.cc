#include "tests/conformance/store_suite.h"

#include <stdlib.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"

namespace segue::store {

TestDir::TestDir() {
  const char* parent = getenv("TMPDIR");
  path_ = absl::StrCat(parent != nullptr ? parent : "/tmp", "/segue-store-XXXXXX");
  SEGUE_CHECK(mkdtemp(path_.data()) != nullptr);
}

TestDir::~TestDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

StoreDriver::StoreDriver(StoreFactory factory) : factory_(std::move(factory)) {
  const absl::Status opened = Open();
  SEGUE_CHECK(opened.ok());
  Acquire();
}

absl::Status StoreDriver::Open() {
  absl::StatusOr<std::unique_ptr<Store>> opened = factory_.open(dir_.path());
  if (opened.ok()) store_ = *std::move(opened);
  return opened.status();
}

void StoreDriver::Acquire() {
  const absl::StatusOr<Fence> fence = store_->Acquire({}, "test");
  SEGUE_CHECK(fence.ok());
  fence_ = *fence;
}

absl::Status StoreDriver::Commit(std::vector<ExecutionWrite> executions,
                                 std::vector<DocumentWrite> documents) {
  return Commit(Batch{
      .fence = fence_, .executions = std::move(executions), .documents = std::move(documents)});
}

absl::Status StoreDriver::Commit(Batch batch) {
  std::optional<absl::Status> result;
  store_->Commit(std::move(batch), executor_,
                 [&result](absl::Status status) { result = std::move(status); });
  SEGUE_CHECK(executor_.RunUntil([&result] { return result.has_value(); }));
  return *result;
}

absl::StatusOr<std::optional<StoredExecution>> StoreDriver::Load(std::string_view id) {
  return executor_.Wait(store_->Load(ExecutionId(std::string(id)), executor_));
}

absl::StatusOr<std::vector<WakeRow>> StoreDriver::ScanWakes(Store::WakeQuery query) {
  return executor_.Wait(store_->ScanWakes(std::move(query), executor_));
}

absl::StatusOr<std::vector<ListRow>> StoreDriver::List(ListQuery query) {
  return executor_.Wait(store_->ListExecutions(std::move(query), executor_));
}

absl::StatusOr<std::vector<StoredHistory>> StoreDriver::History(HistoryQuery query) {
  return executor_.Wait(store_->ReadHistory(std::move(query), executor_));
}

absl::StatusOr<std::vector<Store::ClosedRow>> StoreDriver::ScanClosed(Store::ClosedQuery query) {
  return executor_.Wait(store_->ScanClosed(std::move(query), executor_));
}

absl::StatusOr<std::optional<std::string>> StoreDriver::Document(std::string_view collection,
                                                                 std::string_view key) {
  return executor_.Wait(store_->ReadDocument(std::string(collection), std::string(key), executor_));
}

absl::StatusOr<std::vector<store::Document>> StoreDriver::Documents(Store::DocumentQuery query) {
  return executor_.Wait(store_->ReadDocuments(std::move(query), executor_));
}

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(1'700'000'000 + seconds); }

ExecutionWrite Started(std::string_view id, const Start& start) {
  ExecutionWrite write{.id = ExecutionId(std::string(id)),
                       .record = std::string(id) + ":record",
                       .branches = {{.id = BranchId(0), .record = "root"}},
                       .history = {{.first = 1, .count = 2, .record = "started"}}};
  write.wake = {.to = Wake{.at = absl::InfinitePast()}};
  write.index = {.to = IndexEntry{
                     .workflow = start.workflow, .start_time = start.time, .status = start.status}};
  return write;
}

ExecutionWrite Closed(std::string_view id, const End& end, const Start& start) {
  ExecutionWrite write = Started(id, start);
  write.record = std::string(id) + ":closed";
  write.branches = {{.id = BranchId(0), .record = std::nullopt}};
  write.history = {{.first = 3, .count = 1, .record = "ended"}};
  write.wake = {.from = Wake{.at = absl::InfinitePast()}};
  write.index->from = write.index->to;
  write.index->to->status = end.status;
  write.index->to->end_time = end.time;
  return write;
}

ExecutionWrite Removed(std::string_view id, const End& end, const Start& start) {
  const ExecutionWrite closed = Closed(id, end, start);
  ExecutionWrite write{.id = closed.id, .remove = true};
  write.index = {.from = closed.index->to};
  return write;
}

ExecutionWrite Waking(std::string_view id, std::optional<absl::Time> from,
                      std::optional<absl::Time> to) {
  ExecutionWrite write{.id = ExecutionId(std::string(id))};
  ExecutionWrite::WakeMove move;
  if (from) move.from = Wake{.at = *from};
  if (to) move.to = Wake{.at = *to};
  write.wake = move;
  return write;
}

std::vector<std::string> IdsIn(std::optional<int> slot, int count) {
  std::vector<std::string> ids;
  for (int i = 0; std::ssize(ids) < count; ++i) {
    std::string id = absl::StrCat("id-", i);
    if (!slot || SlotOf(id) == *slot) ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace segue::store
