#include "tests/conformance/store_crash_load.h"

#include <functional>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/random.h"

namespace segue::store {
namespace {

constexpr char kLives[] = "life";
constexpr int kAll = 1'000'000;

std::string IdOf(int life, int number) { return absl::StrCat("life-", life, "-", number); }

// Mostly small; some as large as a memtable. Nothing that compresses.
std::string PayloadOf(int life, int number) {
  Random random(static_cast<uint64_t>(life) * 1000 + static_cast<uint64_t>(number));
  const uint64_t bytes = random.Below(number % 8 == 7 ? 60'000 : 8'000);
  std::string payload;
  while (payload.size() < bytes) absl::StrAppend(&payload, random.Next());
  return payload;
}

std::string Short(const std::string& record) {
  return absl::StrCat(record.size(), "/", std::hash<std::string>()(record));
}

void AddExecution(StoreDriver& driver, const std::string& id, std::set<std::string>& lines) {
  const auto stored = StoreDriver::Get(driver.Load(id));
  if (stored) {
    std::string line = absl::StrCat("execution ", id, " ", Short(stored->record));
    for (const auto& [branch, record] : stored->branches) {
      absl::StrAppend(&line, " branch ", branch.value(), " ", Short(record));
    }
    lines.insert(std::move(line));
  }
  for (const StoredHistory& record :
       StoreDriver::Get(driver.History({.id = ExecutionId(id), .limit = kAll}))) {
    lines.insert(absl::StrCat("history ", id, " ", record.first, " ", Short(record.record)));
  }
}

}  // namespace

Batch BatchOf(int life, int number, const Fence& fence) {
  constexpr int kOpenFor = 2;
  constexpr int kKeptFor = 6;
  ExecutionWrite started = Started(IdOf(life, number));
  started.record = PayloadOf(life, number);
  started.history.front().record = PayloadOf(life, number + kBatchesOfALife);
  Batch batch{.fence = fence, .executions = {std::move(started)}};
  if (number >= kOpenFor) batch.executions.push_back(Closed(IdOf(life, number - kOpenFor)));
  if (number >= kKeptFor) batch.executions.push_back(Removed(IdOf(life, number - kKeptFor)));
  batch.documents.push_back(
      {.collection = kLives, .key = absl::StrCat(life), .record = absl::StrCat(number + 1)});
  return batch;
}

absl::StatusOr<int> Landed(StoreDriver& driver, int life) {
  const auto document = driver.Document(kLives, absl::StrCat(life));
  if (!document.ok()) return document.status();
  int landed = 0;
  if (document->has_value() && !absl::SimpleAtoi(**document, &landed)) {
    return absl::DataLossError(absl::StrCat("no number: ", **document));
  }
  return landed;
}

std::set<std::string> Contents(StoreDriver& driver, int life) {
  std::set<std::string> lines;
  std::set<std::string> ids;
  for (int number = 0; number < kBatchesOfALife; ++number) ids.insert(IdOf(life, number));
  for (const ListRow& row : StoreDriver::Get(driver.List({.limit = kAll}))) {
    ids.insert(row.id.value());
    lines.insert(absl::StrCat("listed ", row.id.value(), " ", Short(row.record)));
  }
  for (const WakeRow& row :
       StoreDriver::Get(driver.ScanWakes({.until = absl::InfiniteFuture(), .limit = kAll}))) {
    lines.insert(absl::StrCat("wakes ", row.id.value()));
  }
  for (const Store::ClosedRow& row : StoreDriver::Get(
           driver.ScanClosed({.closed_before = absl::InfiniteFuture(), .limit = kAll}))) {
    lines.insert(absl::StrCat("closed ", row.id.value(), " ", row.index.status));
  }
  for (const Document& document :
       StoreDriver::Get(driver.Documents({.collection = kLives, .limit = kAll}))) {
    lines.insert(absl::StrCat("life ", document.key, " ", document.record));
  }
  for (const std::string& id : ids) AddExecution(driver, id, lines);
  return lines;
}

}  // namespace segue::store
