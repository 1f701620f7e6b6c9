#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/scheduler/catalog/token_key.h"
#include "server/scheduler/map_run/map_run.h"
#include "server/scheduler/scheduler.h"
#include "server/store/memory/memory_store.h"
#include "tests/support/manual_executor.h"

namespace segue::scheduler {

// Services that do what the test says.
class ScriptedRunner final : public services::TaskRunner {
 public:
  struct Started {
    services::AttemptRequest request;
    Done done;
    bool cancelled = false;
  };

  services::AttemptHandle Start(services::AttemptRequest request, async::Executor& executor,
                                Done done) override {
    executor_ = &executor;
    started.push_back({.request = std::move(request), .done = std::move(done)});
    return services::AttemptHandle(started.size());
  }
  void Cancel(services::AttemptHandle handle) override {
    started[handle.value() - 1].cancelled = true;
  }
  std::optional<services::WaitReason> Explain(services::AttemptHandle) const override {
    return std::nullopt;
  }
  std::optional<std::string> Check(const std::string& service, const std::string&) const override {
    if (service == "shop" || service.starts_with("activity:")) return std::nullopt;
    return "there is no service " + service;
  }

  // The call of attempt `index`, counted from 0, goes out.
  void Send(size_t index) {
    executor_->Post([this, index] { started[index].request.started(executor_->Now()); });
  }

  // Ends attempt `index`.
  void End(size_t index, Outcome<Json> result) {
    executor_->Post([this, index, result = std::move(result)]() mutable {
      started[index].done({.outcome = std::move(result), .started = absl::FromUnixSeconds(0)});
    });
  }
  void Succeed(size_t index, Json result) { End(index, std::move(result)); }

  std::vector<Started> started;

 private:
  async::Executor* executor_ = nullptr;
};

// The memory store; the next commit can be made to fail.
class FailingStore final : public store::Store {
 public:
  // kHeld: from that commit on they wait for Release.
  enum class Failure { kNone, kBefore, kAfter, kHeld };
  Failure next = Failure::kNone;
  int fail_after = 0;                      // so many commits come before that one
  const async::Executor* fails = nullptr;  // whose commits these are; null: anybody's
  int commits = 0;
  bool full = false;                       // nothing can be written
  std::optional<SlotRange> damaged_index;  // which of these slots' executions are open: unreadable
  bool held = false;                       // commits wait for Release
  int reads_to_fail = 0;                   // of records of Map Runs
  ExecutionId corrupt;                     // cannot be read
  std::string bad_collection;              // of documents; likewise
  bool unreadable = false;                 // likewise all executions, for a while
  bool loads_held = false;                 // executions are read once ReleaseLoads is called

  void Release() {
    held = false;
    for (absl::AnyInvocable<void()>& commit : std::exchange(waiting_, {})) commit();
  }
  // The newest first: reads may overtake one another.
  void ReleaseLoads() {
    loads_held = false;
    const auto loads = std::exchange(loads_, {});
    for (auto load = loads.rbegin(); load != loads.rend(); ++load) (*load)->Set(true);
  }
  // What waits is lost, as in a crash.
  void Lose() {
    held = false;
    next = Failure::kNone;
    fails = nullptr;
    waiting_.clear();
    loads_.clear();
  }

  absl::StatusOr<store::Fence> Acquire(SlotRange slots, const std::string& owner) override {
    if (full) return absl::ResourceExhaustedError("the disk is full");
    return memory_.Acquire(slots, owner);
  }
  void Commit(store::Batch batch, async::Executor& executor, CommitDone done) override {
    ++commits;
    const bool is_meant = fails == nullptr || fails == &executor;
    if (next == Failure::kHeld && is_meant && fail_after-- == 0) {
      held = true;
      next = Failure::kNone;
    }
    if (held && is_meant) {
      waiting_.push_back(
          [this, batch = std::move(batch), &executor, done = std::move(done)]() mutable {
            memory_.Commit(std::move(batch), executor, std::move(done));
          });
      return;
    }
    if (full) {
      executor.Post([done = std::move(done)]() mutable {
        done(absl::ResourceExhaustedError("the disk is full"));
      });
      return;
    }
    if (!is_meant || next == Failure::kHeld || (next != Failure::kNone && fail_after-- > 0)) {
      memory_.Commit(std::move(batch), executor, std::move(done));
      return;
    }
    const Failure failure = std::exchange(next, Failure::kNone);
    if (failure == Failure::kBefore) {
      executor.Post([done = std::move(done)]() mutable { done(absl::UnavailableError("disk")); });
      return;
    }
    if (failure == Failure::kAfter) {
      done = [done = std::move(done)](const absl::Status&) mutable {
        done(absl::UnavailableError("disk"));
      };
    }
    memory_.Commit(std::move(batch), executor, std::move(done));
  }
  async::Task<absl::StatusOr<std::optional<store::StoredExecution>>> Load(
      ExecutionId id, async::Executor& executor) override {
    if (id == corrupt) co_return absl::DataLossError("it cannot be read");
    if (unreadable) co_return absl::UnavailableError("disk");
    if (loads_held) {
      async::OneShot<bool> released;
      loads_.push_back(&released);
      co_await released;
    }
    co_return co_await memory_.Load(std::move(id), executor);
  }
  async::Task<absl::StatusOr<std::vector<store::WakeRow>>> ScanWakes(
      WakeQuery query, async::Executor& executor) override {
    if (damaged_index && query.slots.begin < damaged_index->end &&
        damaged_index->begin < query.slots.end) {
      co_return absl::DataLossError("a bad block");
    }
    co_return co_await memory_.ScanWakes(std::move(query), executor);
  }
  async::Task<absl::StatusOr<std::vector<store::ListRow>>> ListExecutions(
      store::ListQuery query, async::Executor& executor) override {
    return memory_.ListExecutions(std::move(query), executor);
  }
  async::Task<absl::StatusOr<std::vector<store::StoredHistory>>> ReadHistory(
      store::HistoryQuery query, async::Executor& executor) override {
    return memory_.ReadHistory(std::move(query), executor);
  }
  async::Task<absl::StatusOr<std::vector<ClosedRow>>> ScanClosed(
      ClosedQuery query, async::Executor& executor) override {
    return memory_.ScanClosed(std::move(query), executor);
  }
  async::Task<absl::StatusOr<std::optional<std::string>>> ReadDocument(
      std::string collection, std::string key, async::Executor& executor) override {
    if (collection == kMapRuns && reads_to_fail > 0) {
      --reads_to_fail;
      co_return absl::UnavailableError("disk");
    }
    co_return co_await memory_.ReadDocument(std::move(collection), std::move(key), executor);
  }
  async::Task<absl::StatusOr<std::vector<store::Document>>> ReadDocuments(
      DocumentQuery query, async::Executor& executor) override {
    if (query.collection == bad_collection) co_return absl::DataLossError("a bad block");
    co_return co_await memory_.ReadDocuments(std::move(query), executor);
  }

 private:
  store::MemoryStore memory_;
  std::vector<absl::AnyInvocable<void()>> waiting_;
  std::vector<async::OneShot<bool>*> loads_;
};

// How many executions are open, by what it is told.
class OpenCount final : public Observer {
 public:
  void OnStarted(const engine::Execution&) override { ++open; }
  void OnClosed(const engine::Execution&) override { --open; }
  void OnRedriven(const engine::Execution&) override { ++open; }
  void OnRecovered(const Recovery& recovery) override {
    open += recovery.open_change;
    EXPECT_EQ(open, recovery.open);
  }
  void OnLoadFailed(const ExecutionId& id, const absl::Status& status) override {
    unreadable["execution " + id.value()] = std::string(status.message());
  }
  void OnRecordUnreadable(const std::string& record, const absl::Status& status) override {
    unreadable[record] = std::string(status.message());
  }
  int64_t open = 0;
  std::map<std::string, std::string> unreadable;  // why, by record
};

// One shard on a clock that the test moves.
class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() { Restart(); }
  ~SchedulerTest() override { calls_.ThrowAway(); }

  // A new scheduler over what the one before made durable: as after a crash.
  void Restart() {
    calls_.ThrowAway();
    scheduler_.reset();
    store_.Lose();
    observer_.open = 0;
    observer_.unreadable.clear();
    executor_ = std::make_unique<segue::testing::ManualExecutor>(now_);
    runner_ = std::make_unique<ScriptedRunner>();
    Scheduler::Dependencies dependencies{.executors = {executor_.get()},
                                         .store = &store_,
                                         .runner = runner_.get(),
                                         .observer = &observer_,
                                         .objects = objects_,
                                         .seed = ++seed_,
                                         .owner = "test",
                                         .fresh_token_key = FreshTokenKey()};
    scheduler_ = std::make_unique<Scheduler>(std::move(dependencies), options_);
    std::optional<absl::Status> ready;
    scheduler_->Start([&ready](absl::Status status) { ready = std::move(status); });
    executor_->RunUntilIdle();
    ASSERT_TRUE(ready && ready->ok()) << *ready;
  }

  // Another each time: the store's own is what counts.
  std::string FreshTokenKey() const {
    return std::string(kTokenKeyBytes, static_cast<char>('a' + seed_));
  }

  // Coroutines of the scheduler that wait come to their end.
  void Stop() {
    bool stopped = false;
    scheduler_->Stop(executor_->Now(), [&stopped] { stopped = true; });
    Advance(absl::Seconds(1));
    ASSERT_TRUE(stopped);
  }
  // As Restart, where coroutines wait.
  void StopAndRestart() {
    Stop();
    Restart();
  }

  void Advance(absl::Duration duration) {
    executor_->Advance(duration);
    now_ = executor_->Now();
  }

  // Begins a call whose answer nobody looks at.
  template <typename T>
  void Begin(async::Task<T> task) {
    executor_->Post(
        [this, task = std::move(task)]() mutable { calls_.Spawn(Drop(std::move(task))); });
  }
  // Goes on until one more batch is with the store; those after it wait.
  void RunToNextCommitAndHold() {
    const int before = store_.commits;
    ASSERT_TRUE(executor_->RunUntil([&] { return store_.commits > before; }));
    store_.held = true;
    executor_->RunUntilIdle();
  }

  void Store(const std::string& name, const std::string& definition) {
    const auto put = executor_->Wait(scheduler_->catalog().Put(
        {.name = name, .definition = definition, .mode = PutWorkflow::Mode::kCreate}));
    ASSERT_TRUE(put.ok()) << put.status();
  }

  static SubmitRequest Inline(std::string definition) {
    SubmitRequest request;
    request.inline_definition = std::move(definition);
    return request;
  }
  absl::StatusOr<SubmitResult> Submit(SubmitRequest request) {
    return executor_->Wait(scheduler_->Submit(std::move(request)));
  }
  ExecutionView Get(const ExecutionId& id) {
    auto view = executor_->Wait(scheduler_->Get(id, Detail::kFull));
    EXPECT_TRUE(view.ok()) << view.status();
    return *std::move(view);
  }
  engine::ExecutionStatus StatusOf(const ExecutionId& id) { return Get(id).execution.status; }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  uint64_t seed_ = 0;
  Options options_;
  FailingStore store_;
  OpenCount observer_;
  services::ObjectStore* objects_ = nullptr;
  std::unique_ptr<segue::testing::ManualExecutor> executor_;
  std::unique_ptr<ScriptedRunner> runner_;
  std::unique_ptr<Scheduler> scheduler_;

 private:
  template <typename T>
  static async::Task<void> Drop(async::Task<T> task) {
    T ignored = co_await std::move(task);
    static_cast<void>(ignored);
  }
  async::TaskGroup calls_;
};

inline constexpr char kPass[] = R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";
inline constexpr char kTask[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"grpc:shop/s.S/M","End":true}}})";
inline constexpr char kWait[] =
    R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}})";

}  // namespace segue::scheduler
