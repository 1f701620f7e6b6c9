// Real threads against one registry, for the sanitizers: nobody is lost, no slot too many.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "server/async/one_shot.h"
#include "services/registry/service_registry.h"

namespace segue::services {
namespace {

// The smallest loop on a thread of its own.
class ThreadLoop final : public async::Executor {
 public:
  ThreadLoop() : thread_([this] { Run(); }) {}
  ~ThreadLoop() override { Stop(); }

  void Stop() {
    if (!thread_.joinable()) return;
    Post([this] { stopped_ = true; });
    thread_.join();
  }
  void Post(async::Callback callback) override {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(callback));
    posted_some_.notify_one();
  }
  bool IsCurrent() const override { return std::this_thread::get_id() == id_.load(); }
  absl::Time Now() const override { return absl::Now(); }
  async::TimerId At(absl::Time time, async::Callback callback) override {
    const async::TimerId id(++timers_made_);
    timers_.emplace(std::pair(time, id), std::move(callback));
    return id;
  }
  void Cancel(async::TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  void SetTurnEndHook(async::Callback) override {}

 private:
  void Run() {
    id_.store(std::this_thread::get_id());
    while (!stopped_) {
      const absl::Time next =
          timers_.empty() ? absl::Now() + absl::Hours(1) : timers_.begin()->first.first;
      std::vector<async::Callback> ready;
      {
        std::unique_lock lock(mutex_);
        posted_some_.wait_until(lock, absl::ToChronoTime(next),
                                [this] { return !posted_.empty(); });
        ready.swap(posted_);
      }
      for (async::Callback& callback : ready) callback();
      while (!timers_.empty() && timers_.begin()->first.first <= absl::Now()) {
        async::Callback callback = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        callback();
      }
    }
  }

  std::map<std::pair<absl::Time, async::TimerId>, async::Callback> timers_;
  uint64_t timers_made_ = 0;
  bool stopped_ = false;
  std::mutex mutex_;
  std::condition_variable posted_some_;
  std::vector<async::Callback> posted_;  // under the mutex
  std::atomic<std::thread::id> id_{};
  std::thread thread_;
};

// Answers in the next turn.
class NextTurn final : public Connector {
 public:
  async::Task<CallResult> Invoke(Call, async::Executor& executor, async::CancelToken) override {
    const int64_t now = in_flight.fetch_add(1) + 1;
    if (now > limit.load()) too_many.store(true);
    async::OneShot<bool> over;
    executor.Post([&over] { over.Set(true); });
    co_await over;
    in_flight.fetch_sub(1);
    co_return CallResult{.outcome = Json(), .retry_after = std::nullopt};
  }
  std::optional<std::string> CheckMethod(const std::string&) const override { return std::nullopt; }

  std::atomic<int64_t> in_flight{0};
  std::atomic<int64_t> limit{1 << 30};
  std::atomic<bool> too_many{false};
};

class Worker {
 public:
  Worker(ServiceRegistry* registry, ThreadLoop* loop, int wanted)
      : registry_(registry), loop_(loop), left_(wanted) {
    loop_->Post([this] {
      for (int i = 0; i < 20; ++i) Next();
    });
  }
  void Wait() { over_.get_future().wait(); }

 private:
  void Next() {
    if (left_ == 0) return;
    --left_;
    ++open_;
    const AttemptHandle handle =
        registry_->Start({.service = "s", .workflow = left_ % 2 ? "a" : "b"}, *loop_,
                         [this](AttemptResult) { Ended(); });
    static_cast<void>(registry_->Explain(handle));
    if (left_ % 17 != 0) return;
    registry_->Cancel(handle);
    loop_->Post([this] { Ended(); });
  }
  void Ended() {
    --open_;
    Next();
    if (left_ == 0 && open_ == 0) over_.set_value();
  }

  ServiceRegistry* registry_;
  ThreadLoop* loop_;
  int left_;
  int open_ = 0;
  std::promise<void> over_;
};

TEST(RegistryThreads, ManyLoopsOneBudget) {
  constexpr int kWanted = 1500;
  RealClock clock;
  auto loops = std::make_unique<std::array<ThreadLoop, 3>>();
  auto registry = std::make_unique<ServiceRegistry>(
      ServiceRegistry::Options{.clock = clock, .home = (*loops)[0]});
  auto connector = std::make_shared<NextTurn>();
  const BudgetLimits limits{.rate_per_second = 50'000, .burst = 500, .max_concurrency = 4};
  ASSERT_TRUE(
      registry->ApplyConfig({{.name = "s", .connector = connector, .budget = limits}}).ok());
  connector->limit = 4;
  {
    std::array<Worker, 3> workers{Worker(registry.get(), &(*loops)[0], kWanted),
                                  Worker(registry.get(), &(*loops)[1], kWanted),
                                  Worker(registry.get(), &(*loops)[2], kWanted)};
    for (int i = 0; i < 50; ++i) {
      BudgetLimits changed = limits;
      changed.max_concurrency = 1 + i % 4;
      const absl::Status updated =
          registry
              ->UpdateBudget({.service = "s", .budget = changed, .etag = ""},
                             [](const absl::Status&) {})
              .status();
      ASSERT_TRUE(updated.ok());
      static_cast<void>(registry->List());
    }
    for (Worker& worker : workers) worker.Wait();
  }
  EXPECT_FALSE(connector->too_many);
  registry->StopAdmission();
  std::promise<void> quiet;
  registry->WhenQuiet((*loops)[1], [&] { quiet.set_value(); });
  quiet.get_future().wait();
  for (ThreadLoop& loop : *loops) loop.Stop();
  EXPECT_EQ(registry->Get("s")->usage.slots_in_use, 0);
  EXPECT_EQ(connector->in_flight, 0);
}

}  // namespace
}  // namespace segue::services
