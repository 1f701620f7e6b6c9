#include "server/scheduler/store_check.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/scheduler/catalog/catalog_store.h"
#include "server/scheduler/catalog/state_machine.h"
#include "server/scheduler/catalog/token_key.h"
#include "server/scheduler/codec.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/nested/leftover.h"

namespace segue::scheduler {
namespace {

using async::Task;

// What the server would log at its start.
class Faults final : public Observer {
 public:
  explicit Faults(std::vector<StoreFault>& faults) : faults_(faults) {}
  void OnRecordUnreadable(const std::string& record, const absl::Status& status) override {
    faults_.push_back({.record = record, .fault = std::string(status.message())});
  }

 private:
  std::vector<StoreFault>& faults_;
};

absl::Status ReadLeftover(const store::Document& note) { return DecodeLeftover(note).status(); }

class Check {
 public:
  Check(store::Store& store, async::Executor& executor, std::vector<DocumentReader> others)
      : store_(store),
        executor_(executor),
        others_(std::move(others)),
        catalog_({.home = &executor,
                  .executors = {&executor},
                  .store = &store,
                  .observer = &unreadable_,
                  .commit = nullptr},
                 {}) {}

  Task<StoreReport> Run() {
    co_await TokenKey();
    co_await Workflows();
    co_await Documents<Publication>(PublicationFormat());
    co_await Documents<Activity>(ActivityFormat());
    co_await Documents<Tags>(TagsFormat());
    DocumentReader leftovers{.collection = kLeftovers, .what = "leftover", .read = ReadLeftover};
    co_await Records(std::move(leftovers));
    for (const DocumentReader& reader : others_) co_await Records(reader);
    co_await MapRuns();
    for (int slot = 0; slot < kSlotCount; ++slot) {
      co_await OpenOnes(slot);
      co_await ClosedOnes(slot);
    }
    co_return std::move(report_);
  }

 private:
  using Kind = StoreFault::Kind;

  void Found(Kind kind, std::string record, const absl::Status& status) {
    report_.faults.push_back(
        {.record = std::move(record), .fault = std::string(status.message()), .kind = kind});
  }

  Task<void> TokenKey() {
    const absl::StatusOr<std::string> key = co_await ReadTokenKey(store_, executor_);
    if (!key.ok()) Found(Kind::kShared, "secret", key.status());
  }

  // Executions whose workflow cannot be read cannot be either; so a fault here comes first.
  Task<void> Workflows() {
    absl::Status loaded = co_await catalog_.Load();
    if (!loaded.ok()) Found(Kind::kShared, "workflows", loaded);
    report_.workflows = static_cast<int64_t>(catalog_.List("", kListMax).size());
  }

  template <typename Value>
  Task<void> Documents(typename Book<Value>::Format format) {
    const std::string name = format.collection;
    Book<Value> book({.home = &executor_,
                      .executors = {&executor_},
                      .store = &store_,
                      .observer = &unreadable_,
                      .commit = nullptr},
                     std::move(format));
    absl::Status loaded = co_await book.Load();
    if (!loaded.ok()) Found(Kind::kShared, name, loaded);
  }

  // Nothing where the collection cannot be read.
  Task<std::optional<std::vector<store::Document>>> All(std::string collection, Kind kind) {
    const store::Store::DocumentQuery query{
        .collection = collection, .prefix = "", .after = "", .limit = kListMax};
    absl::StatusOr<std::vector<store::Document>> documents =
        co_await store_.ReadDocuments(query, executor_);
    if (documents.ok()) co_return *std::move(documents);
    Found(kind, std::move(collection), documents.status());
    co_return std::nullopt;
  }

  Task<void> Records(DocumentReader reader) {
    const auto documents = co_await All(reader.collection, reader.kind);
    if (!documents) co_return;
    for (const store::Document& document : *documents) {
      const absl::Status read = reader.read(document);
      if (!read.ok()) Found(reader.kind, absl::StrCat(reader.what, " ", document.key), read);
    }
  }

  // A run's record and its key among its execution's are written, and removed, together.
  Task<void> MapRuns() {
    const auto records = co_await All(kMapRuns, Kind::kMapRun);
    const auto listed = co_await All(kMapRunsOfExecutions, Kind::kMapRun);
    if (!records || !listed) co_return;
    std::set<std::string> runs;
    std::map<std::string, std::string> unlisted;  // runs, by their key among their execution's
    for (const store::Document& record : *records) {
      runs.insert(record.key);
      const absl::StatusOr<MapRun> run = DecodeMapRun(record.key, record.record);
      if (run.ok()) {
        unlisted.emplace(KeyInExecution(*run), run->uuid);
      } else {
        Found(Kind::kMapRun, absl::StrCat("map_run ", record.key), run.status());
      }
    }
    for (const store::Document& entry : *listed) {
      unlisted.erase(entry.key);
      if (runs.contains(entry.record) && entry.key.ends_with(entry.record)) continue;
      Found(Kind::kMapRun, absl::StrCat("map_run_of_execution ", entry.key),
            absl::DataLossError("the Map Run that it names is not there"));
    }
    for (const auto& [key, uuid] : unlisted) {
      Found(Kind::kMapRun, absl::StrCat("map_run ", uuid),
            absl::DataLossError("it is not among its execution's"));
    }
  }

  Task<void> OpenOnes(int slot) {
    store::Store::WakeQuery query{.slots = {.begin = slot, .end = slot + 1},
                                  .until = absl::InfiniteFuture()};
    while (true) {
      absl::StatusOr<std::vector<store::WakeRow>> rows =
          co_await store_.ScanWakes(query, executor_);
      if (!rows.ok()) {
        Found(Kind::kIndex, absl::StrCat("index of open executions, slot ", slot), rows.status());
        co_return;
      }
      for (const store::WakeRow& row : *rows) co_await Execution(row.id, Expected::kOpen);
      if (std::ssize(*rows) < query.limit) co_return;
      query.after = rows->back();
    }
  }

  Task<void> ClosedOnes(int slot) {
    const store::Store::ClosedQuery query{.slots = {.begin = slot, .end = slot + 1},
                                          .closed_before = absl::InfiniteFuture(),
                                          .limit = kListMax};
    absl::StatusOr<std::vector<store::Store::ClosedRow>> rows =
        co_await store_.ScanClosed(query, executor_);
    if (!rows.ok()) {
      Found(Kind::kIndex, absl::StrCat("index of closed executions, slot ", slot), rows.status());
      co_return;
    }
    for (const auto& row : *rows) co_await Execution(row.id, Expected::kClosed);
  }

  enum class Expected { kOpen, kClosed };

  Task<void> Execution(ExecutionId id, Expected expected) {
    ++report_.executions;
    if (expected == Expected::kOpen) ++report_.open;
    const std::string name = absl::StrCat("execution ", id.value());
    absl::StatusOr<std::optional<store::StoredExecution>> stored =
        co_await store_.Load(id, executor_);
    if (!stored.ok()) {
      Found(Kind::kExecution, name, stored.status());
    } else if (!stored->has_value()) {
      Found(Kind::kExecution, name, absl::DataLossError("it is in an index, and has no record"));
    } else if (absl::Status status = Decode(id, **stored, expected); !status.ok()) {
      Found(Kind::kExecution, name, status);
    }
    co_await History(std::move(id));
  }

  absl::Status Decode(const ExecutionId& id, const store::StoredExecution& stored,
                      Expected expected) {
    absl::StatusOr<DecodedExecution> decoded = DecodeExecution(id, stored.record);
    if (!decoded.ok()) return decoded.status();
    engine::Execution& execution = decoded->execution;
    if (IsClosed(execution.status) != (expected == Expected::kClosed)) {
      return absl::DataLossError("it is in the index of another status");
    }
    // One that ended without success may have kept where it stood, for a redrive.
    if (IsClosed(execution.status) && stored.branches.empty()) return absl::OkStatus();
    absl::StatusOr<language::WorkflowPtr> workflow =
        decoded->definition.text.empty()
            ? catalog_.CompiledFor(execution.workflow, execution.version)
            : catalog_.CompileStored(decoded->definition.text, decoded->definition.format);
    if (!workflow.ok()) return workflow.status();
    return DecodeBranches(stored.branches, **workflow, execution);
  }

  Task<void> History(ExecutionId id) {
    const std::string name = absl::StrCat("history of execution ", id.value());
    store::HistoryQuery query{.id = id};
    while (true) {
      absl::StatusOr<std::vector<store::StoredHistory>> records =
          co_await store_.ReadHistory(query, executor_);
      if (!records.ok()) {
        Found(Kind::kHistory, name, records.status());
        co_return;
      }
      for (const store::StoredHistory& record : *records) {
        absl::StatusOr<std::vector<engine::HistoryEvent>> events = DecodeHistory(id, record);
        if (!events.ok()) {
          Found(Kind::kHistory, name, events.status());
          co_return;
        }
        if (record.first != query.from) {
          Found(Kind::kHistory, name,
                absl::DataLossError(absl::StrCat("event ", query.from, " is missing")));
          co_return;
        }
        report_.history_events += std::ssize(*events);
        query.from = record.first + std::ssize(*events);
      }
      if (std::ssize(*records) < query.limit) co_return;
    }
  }

  static constexpr int kListMax = 1'000'000'000;

  store::Store& store_;
  async::Executor& executor_;
  const std::vector<DocumentReader> others_;
  StoreReport report_;
  Faults unreadable_{report_.faults};
  StoredCatalog catalog_;
};

}  // namespace

Task<StoreReport> CheckStore(store::Store& store, async::Executor& executor,
                             std::vector<DocumentReader> others) {
  auto check = std::make_unique<Check>(store, executor, std::move(others));
  co_return co_await check->Run();
}

}  // namespace segue::scheduler
