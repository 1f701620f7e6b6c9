// What the registry costs for one attempt: Start, the grant, the call's coroutine, its end.

#include <benchmark/benchmark.h>

#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "server/async/executor.h"
#include "server/base/clock.h"
#include "services/registry/service_registry.h"

namespace segue::services {
namespace {

// A loop without sockets: a queue of posts, and timers that are set and taken off again.
class BareLoop final : public async::Executor {
 public:
  void Post(async::Callback callback) override { posted_.push_back(std::move(callback)); }
  bool IsCurrent() const override { return true; }
  absl::Time Now() const override { return absl::Now(); }
  async::TimerId At(absl::Time time, async::Callback callback) override {
    const async::TimerId id(++timers_made_);
    timers_.emplace(std::pair(time, id), std::move(callback));
    times_.emplace(id, time);
    return id;
  }
  void Cancel(async::TimerId timer) override {
    const auto found = times_.find(timer);
    if (found == times_.end()) return;
    timers_.erase({found->second, timer});
    times_.erase(found);
  }
  void SetTurnEndHook(async::Callback) override {}

  // False where nothing was posted.
  bool RunOne() {
    if (posted_.empty()) return false;
    async::Callback callback = std::move(posted_.front());
    posted_.pop_front();
    callback();
    return true;
  }
  void RunTimers() {
    while (!timers_.empty() && timers_.begin()->first.first <= absl::Now()) {
      auto node = timers_.extract(timers_.begin());
      times_.erase(node.key().second);
      node.mapped()();
    }
  }

 private:
  std::deque<async::Callback> posted_;
  std::map<std::pair<absl::Time, async::TimerId>, async::Callback> timers_;
  std::map<async::TimerId, absl::Time> times_;
  uint64_t timers_made_ = 0;
};

class AtOnce final : public Connector {
 public:
  async::Task<CallResult> Invoke(Call, async::Executor&, async::CancelToken) override {
    co_return CallResult{.outcome = Json(), .retry_after = std::nullopt};
  }
  std::optional<std::string> CheckMethod(const std::string&) const override { return std::nullopt; }
};

AttemptRequest Request() {
  return {.service = "inventory",
          .method = "shop.v1.Inventory/Reserve",
          .idempotency_key = "0a1b2c3d4e5f/0/Reserve/1",
          .execution_id = "0a1b2c3d4e5f",
          .workflow = "order"};
}

struct World {
  explicit World(const BudgetLimits& limits) : registry({.clock = clock, .home = loop}) {
    const absl::Status applied = registry.ApplyConfig(
        {{.name = "inventory", .connector = std::make_shared<AtOnce>(), .budget = limits}});
    if (!applied.ok()) std::abort();
  }
  RealClock clock;
  BareLoop loop;
  ServiceRegistry registry;
};

// One attempt at a time, nothing in the way.
void RunThrough(benchmark::State& state, const BudgetLimits& limits) {
  World world(limits);
  int64_t done = 0;
  for (auto _ : state) {
    world.registry.Start(Request(), world.loop, [&done](AttemptResult) { ++done; });
    while (world.loop.RunOne()) {
    }
  }
  if (done != state.iterations()) state.SkipWithError("an attempt was lost");
}
void BM_Unlimited(benchmark::State& state) { RunThrough(state, {}); }
BENCHMARK(BM_Unlimited);

// As many slots as nobody needs, and tokens faster than they are taken.
void BM_LimitedNotWaiting(benchmark::State& state) {
  const BudgetLimits limits{.rate_per_second = 1e9, .burst = 1e9, .max_concurrency = 1000};
  RunThrough(state, limits);
}
BENCHMARK(BM_LimitedNotWaiting);

// Every attempt waits in a queue of state.range(0) and gets a freed slot.
void BM_LimitedThroughTheQueue(benchmark::State& state) {
  World world({.max_concurrency = 1});
  int64_t done = 0;
  const auto start = [&world, &done] {
    world.registry.Start(Request(), world.loop, [&done](AttemptResult) { ++done; });
  };
  for (int64_t i = 0; i <= state.range(0); ++i) start();
  for (auto _ : state) {
    start();
    const int64_t before = done;
    while (done == before) world.loop.RunOne();
  }
}
BENCHMARK(BM_LimitedThroughTheQueue)->Arg(1)->Arg(1000)->Arg(100'000);

// A backlog at a rate, real time: how much of the rate it uses (share), and what it costs.
void BM_ShareOfRate(benchmark::State& state) {
  const double rate = static_cast<double>(state.range(0));
  World world({.rate_per_second = rate, .burst = 100});
  int64_t done = 0;
  const int64_t backlog = static_cast<int64_t>(rate) * 2;
  for (int64_t i = 0; i < backlog; ++i) {
    world.registry.Start(Request(), world.loop, [&done](AttemptResult) { ++done; });
  }
  for (auto _ : state) {
    const int64_t before = done;
    const absl::Time begin = absl::Now();
    while (absl::Now() < begin + absl::Seconds(1)) {
      world.loop.RunTimers();
      while (world.loop.RunOne()) {
      }
      benchmark::ClobberMemory();
    }
    state.counters["share"] =
        static_cast<double>(done - before) / (rate * absl::ToDoubleSeconds(absl::Now() - begin));
  }
}
BENCHMARK(BM_ShareOfRate)->Arg(100)->Arg(10'000)->Arg(50'000)->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace segue::services
