// Random work on random budgets over several loops with timers that are late: the limits hold at
// the connector, a backlog uses what it may, nobody is lost.

#include <gtest/gtest.h>

#include <set>

#include "server/base/random.h"
#include "tests/support/grant_windows.h"
#include "tests/unit/registry/registry_fixture.h"

namespace segue::services {
namespace {

using segue::testing::GrantWindows;
using segue::testing::VirtualLoops;

constexpr size_t kLoops = 3;

struct World {
  explicit World(VirtualLoops::Options options)
      : loops(options),
        registry({.clock = loops, .home = loops.loop(0), .observer = &observer}),
        connector(std::make_shared<FakeConnector>(loops, [this](const Call&) { return Next(); })) {}

  FakeConnector::Plan Next() { return planner ? planner() : FakeConnector::Plan(); }
  void Define(const BudgetLimits& limits) {
    SEGUE_CHECK(
        registry.ApplyConfig({{.name = "s", .connector = connector, .budget = limits}}).ok());
  }

  VirtualLoops loops;
  CountingObserver observer;
  ServiceRegistry registry;
  std::function<FakeConnector::Plan()> planner;
  std::shared_ptr<FakeConnector> connector;
};

// A post takes no virtual time, so the time of a call is the time of its grant.
std::string FindExcess(const World& world, const BudgetLimits& limits) {
  GrantWindows windows;
  windows.Reshape({limits.rate_per_second, limits.burst}, absl::InfinitePast());
  for (const absl::Time time : world.connector->starts()) windows.Grant(time);
  return windows.FindExcess();
}

TEST(RandomWork, ABacklogUsesItsRateAndNeverMore) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const BudgetLimits limits{.rate_per_second = 5 + random.Uniform() * 3000,
                              .burst = 2 + static_cast<double>(random.Below(20))};
    const absl::Duration late = 0.9 * absl::Seconds((limits.burst - 1) / limits.rate_per_second);
    World world({.loops = kLoops, .seed = seed, .late_max = late});
    world.Define(limits);
    const int wanted = 1200;
    int answered = 0;
    for (int i = 0; i < wanted; ++i) {
      const size_t loop = random.Below(kLoops);
      world.loops.On(loop, [&] {
        world.registry.Start({.service = "s", .workflow = std::string(1, 'a' + i % 7)},
                             world.loops.loop(loop), [&](AttemptResult) { ++answered; });
      });
    }
    const absl::Time begin = world.loops.Now();
    world.loops.RunFor(absl::Seconds(1000 / limits.rate_per_second));
    EXPECT_GE(world.connector->calls().size(), 980u);
    EXPECT_LE(world.connector->calls().size(), 1000u);
    world.loops.RunAll();
    EXPECT_EQ(answered, wanted);
    EXPECT_EQ(FindExcess(world, limits), "") << absl::FormatDuration(world.loops.Now() - begin);
  }
}

// Across restarts at any moment: the registry is gone, calls and all, and a new one begins.
TEST(RandomWork, TheRateHoldsAcrossRestarts) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const BudgetLimits limits{.rate_per_second = 50, .burst = 5};
    GrantWindows windows;
    windows.Reshape({limits.rate_per_second, limits.burst}, absl::InfinitePast());
    absl::Duration offset;
    for (int life = 0; life < 12; ++life) {
      World world({.loops = 1, .seed = seed});
      const absl::Time birth = world.loops.Now();
      world.Define(limits);
      if (random.Below(2) == 0) world.loops.RunFor(absl::Milliseconds(random.Below(300)));
      world.loops.On(0, [&] {
        for (int i = 0; i < 40; ++i) {
          world.registry.Start({.service = "s"}, world.loops.loop(0), [](AttemptResult) {});
        }
      });
      world.loops.RunFor(absl::Milliseconds(random.Below(500)));
      for (const absl::Time time : world.connector->starts()) windows.Grant(time + offset);
      offset += world.loops.Now() - birth;
    }
    EXPECT_GT(windows.size(), 50u);
    EXPECT_EQ(windows.FindExcess(), "");
  }
}

// Everything at once.
class Chaos {
 public:
  explicit Chaos(uint64_t seed)
      : random_(seed), world_({.loops = kLoops, .seed = seed, .late_max = absl::Milliseconds(3)}) {
    world_.planner = [this] { return AnyPlan(); };
    world_.Define(AnyLimits());
  }

  void Run(int steps) {
    for (int step = 0; step < steps; ++step) Step();
    world_.Define({.rate_per_second = 200, .burst = 4, .max_concurrency = 3});
    world_.loops.RunAll();
    // Every attempt was answered once or cancelled, and nothing is held any more.
    for (const auto& [id, attempt] : attempts_) {
      EXPECT_EQ(attempt.answers, attempt.cancelled ? 0 : 1) << id;
    }
    const auto usage = world_.registry.Get("s")->usage;
    EXPECT_EQ(usage.slots_in_use, 0);
    EXPECT_EQ(usage.queue_depth, 0);
    EXPECT_EQ(world_.observer.slots_in_use, 0);
    EXPECT_EQ(world_.observer.queue_depth, 0);
    EXPECT_EQ(world_.connector->in_flight(), 0);
    EXPECT_EQ(world_.registry.calls_under_way(), 0);
    EXPECT_EQ(world_.loops.timers_set(), 0u);
  }

 private:
  struct Tracked {
    AttemptHandle handle;
    size_t loop = 0;
    int answers = 0;
    bool cancelled = false;
  };

  BudgetLimits AnyLimits() {
    BudgetLimits limits{.timeout = absl::Milliseconds(1 + random_.Below(400))};
    if (random_.Below(3) != 0) limits.rate_per_second = 20 + random_.Uniform() * 500;
    if (random_.Below(2) != 0) limits.max_concurrency = static_cast<int32_t>(1 + random_.Below(5));
    limits.burst = random_.Below(2) == 0 ? 0 : 1 + static_cast<double>(random_.Below(5));
    return limits;
  }
  FakeConnector::Plan AnyPlan() {
    FakeConnector::Plan plan;
    plan.latency = absl::Milliseconds(random_.Below(100));
    if (random_.Below(30) == 0) plan.latency = absl::InfiniteDuration();
    if (random_.Below(20) == 0 && plan.latency < absl::InfiniteDuration()) {
      plan.on_cancel = FakeConnector::Plan::OnCancel::kGoesOn;
    }
    if (random_.Below(20) == 0) {
      plan.result = {.outcome = WorkflowError{"Grpc.ResourceExhausted", ""},
                     .retry_after = absl::Milliseconds(random_.Below(200))};
    }
    return plan;
  }

  void Step() {
    const uint64_t kind = random_.Below(100);
    if (kind < 45) {
      Start();
    } else if (kind < 60 && !attempts_.empty()) {
      Cancel();
    } else if (kind < 65) {
      SEGUE_CHECK(world_.registry
                      .UpdateBudget({.service = "s", .budget = AnyLimits(), .etag = ""},
                                    [](const absl::Status&) {})
                      .ok());
    } else if (kind < 67) {
      SEGUE_CHECK(world_.registry.ApplyConfig({}).ok());
      if (random_.Below(2) == 0) world_.loops.RunFor(absl::Milliseconds(random_.Below(30)));
      world_.Define(AnyLimits());
    } else if (kind < 70) {
      world_.loops.Stall(absl::Milliseconds(random_.Below(50)));
    } else if (kind < 85) {
      world_.loops.Step();
    } else {
      world_.loops.RunFor(absl::Milliseconds(random_.Below(20)));
    }
    const auto usage = world_.registry.Get("s")->usage;
    EXPECT_EQ(world_.observer.queue_depth, usage.queue_depth);
    EXPECT_EQ(world_.observer.slots_in_use, usage.slots_in_use);
  }

  void Start() {
    const int id = ids_++;
    Tracked& attempt = attempts_[id];
    attempt.loop = random_.Below(kLoops);
    AttemptRequest request{.service = random_.Below(50) == 0 ? "nobody" : "s",
                           .workflow = std::string(1, static_cast<char>('a' + random_.Below(4))),
                           .priority = static_cast<int>(random_.Below(10))};
    if (random_.Below(3) == 0) request.timeout = absl::Milliseconds(1 + random_.Below(100));
    if (random_.Below(5) == 0) request.heartbeat = absl::Milliseconds(1 + random_.Below(100));
    world_.loops.On(attempt.loop, [&] {
      attempt.handle = world_.registry.Start(std::move(request), world_.loops.loop(attempt.loop),
                                             [this, id](AttemptResult) {
                                               ++attempts_[id].answers;
                                               // What the scheduler does: one ends, and another
                                               // begins inside the callback.
                                               if (random_.Below(4) == 0 && ids_ < 2000) Start();
                                             });
    });
  }
  void Cancel() {
    Tracked& attempt = attempts_[static_cast<int>(random_.Below(attempts_.size()))];
    static_cast<void>(world_.registry.Explain(attempt.handle));
    world_.loops.On(attempt.loop, [&] { world_.registry.Cancel(attempt.handle); });
    attempt.cancelled = attempt.cancelled || attempt.answers == 0;
  }

  Random random_;
  int ids_ = 0;
  std::map<int, Tracked> attempts_;
  World world_;
};

TEST(RandomWork, NobodyIsLostWhateverHappens) {
  for (uint64_t seed = 0; seed < 60 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Chaos(seed).Run(600);
  }
}

}  // namespace
}  // namespace segue::services
