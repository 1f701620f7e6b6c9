#include "tests/simulation/server.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/random.h"
#include "server/scheduler/catalog/token_key.h"

namespace segue::simulation {
namespace {

constexpr char kBudgets[] = "budget";

// Another in each life: the store's own is what counts.
std::string FreshTokenKey(uint64_t seed) {
  Random random(seed);
  std::string key;
  while (key.size() < scheduler::kTokenKeyBytes) {
    absl::StrAppend(&key, absl::Hex(random.Next(), absl::kZeroPad16));
  }
  return key;
}

// Stands in for the server's own record of a changed budget.
std::string EncodeLimits(const services::BudgetLimits& limits) {
  return absl::StrCat(limits.rate_per_second, " ", limits.burst, " ", limits.max_concurrency, " ",
                      absl::ToInt64Nanoseconds(limits.timeout));
}

services::BudgetLimits DecodeLimits(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ' ');
  return {.rate_per_second = std::stod(parts[0]),
          .burst = std::stod(parts[1]),
          .max_concurrency = std::stoi(parts[2]),
          .timeout = absl::Nanoseconds(std::stoll(parts[3]))};
}

}  // namespace

class Server::Events final : public scheduler::Observer {
 public:
  explicit Events(Server& server) : server_(server) {}

  void OnCommitFailed(int shard, const absl::Status& status) override {
    Say("commit failed at shard ", shard, ": ", std::string(status.message()));
    if (status.code() == absl::StatusCode::kInvalidArgument) {
      Broken("commit", std::string(status.message()));
    }
  }
  void OnLoadFailed(const ExecutionId& id, const absl::Status& status) override {
    Say("load failed of ", id.value(), ": ", std::string(status.message()));
    if (status.code() != absl::StatusCode::kUnavailable) {
      Broken("load", id.value(), ": ", status.ToString());
    }
  }
  void OnUpkeepFailed(int shard, const absl::Status& status) override {
    Say("upkeep failed at shard ", shard, ": ", std::string(status.message()));
  }
  void OnStarted(const engine::Execution& execution) override { Count(execution, 1); }
  void OnClosed(const engine::Execution& execution) override {
    const bool untold = server_.world_.knobs.plant == Plant::kCloseUntold && ++closed_ % 10 == 0;
    if (!untold) Count(execution, -1);
  }
  void OnRedriven(const engine::Execution& execution) override { Count(execution, 1); }
  void OnRecovered(const Recovery& recovery) override {
    open_ += recovery.open_change;
    Say("recovered shard ", recovery.shard, " active ", recovery.active, " sleeping ",
        recovery.sleeping, " open ", recovery.open);
  }

  int64_t open() const { return open_; }
  int64_t express_open() const { return express_open_; }

 private:
  // A recovery changes nothing about EXPRESS executions, so it tells of the others alone.
  void Count(const engine::Execution& execution, int64_t change) {
    const bool express = execution.type == engine::ExecutionType::kExpress;
    (express ? express_open_ : open_) += change;
  }
  template <typename... Parts>
  void Say(const Parts&... parts) {
    if (!server_.cut_) server_.world_.trace.Say(server_.Now(), parts...);
  }
  template <typename... Parts>
  void Broken(const Parts&... parts) {
    if (!server_.cut_) server_.world_.verdict.Broken(parts...);
  }

  Server& server_;
  int64_t open_ = 0;
  int64_t express_open_ = 0;  // in this life
  int64_t closed_ = 0;
};

int64_t Server::open_told() const { return events_->open(); }

int64_t Server::express_open_told() const { return events_->express_open(); }

Server::Server(const World& world, const Life& life)
    : world_(world),
      time_(&world.timeline),
      objects_({.buckets = world.buckets,
                .random = world.random,
                .faults = world.faults,
                .plant = world.knobs.plant}) {
  for (int i = 0; i < life.shards; ++i) loops_.push_back(world.timeline.MakeLoop());
  events_ = std::make_unique<Events>(*this);
  store_ = std::make_unique<FaultStore>(FaultStore::World{.disk = world.disk,
                                                          .outside = world.outside,
                                                          .random = world.random,
                                                          .faults = world.faults,
                                                          .plant = world.knobs.plant});
  line_ = std::make_shared<FakeServices::Line>();
  const auto save = [this](const std::string& service, const auto& made, auto saved) {
    SaveOverride(service, made, std::move(saved));
  };
  registry_ = std::make_unique<services::ServiceRegistry>(services::ServiceRegistry::Options{
      .clock = *this, .home = *loops_.front(), .save_override = save});
  scheduler::Scheduler::Dependencies dependencies{.store = store_.get(),
                                                  .runner = registry_.get(),
                                                  .observer = events_.get(),
                                                  .objects = &objects_,
                                                  .seed = life.seed,
                                                  .owner = "simulated",
                                                  .fresh_token_key = FreshTokenKey(life.seed)};
  for (const auto& loop : loops_) dependencies.executors.push_back(loop.get());
  scheduler::Options options = world.knobs.scheduler;
  if (world.knobs.plant == Plant::kRemovedEarly) options.retention /= 10;
  scheduler_ = std::make_unique<scheduler::Scheduler>(std::move(dependencies), options);
  states_ = std::make_unique<StatesDoor>(StatesDoor::World{.timeline = world.timeline,
                                                           .shards = loops_,
                                                           .scheduler = *scheduler_,
                                                           .tasks = workers_,
                                                           .clock = *this,
                                                           .plant = world.knobs.plant,
                                                           .seed = life.seed + 1});
}

Server::~Server() { SEGUE_CHECK(scheduler_ == nullptr || stuck_); }

void Server::Start(absl::AnyInvocable<void()> failed) {
  failed_ = std::move(failed);
  world_.trace.Say(Now(), "start with ", loops_.size(), " shards");
  const absl::Status configured =
      registry_->ApplyConfig(world_.services.DefinitionsFor(line_, workers_));
  if (!configured.ok()) world_.verdict.Broken("config", configured.ToString());
  scheduler_->ReadDocuments(kBudgets, [this](auto documents) {
    if (cut_) return;
    if (!documents.ok()) return failed_();
    Restore(*documents);
    scheduler_->Start([this](const absl::Status& status) {
      if (cut_) return;
      world_.trace.Say(Now(), "started: ", std::string(status.message()));
      if (!status.ok()) return failed_();
      states_->SetReady();
      ready_ = true;
    });
  });
}

void Server::Restore(const std::vector<store::Document>& documents) {
  std::vector<services::BudgetOverride> overrides;
  for (const store::Document& document : documents) {
    const std::vector<std::string> parts = absl::StrSplit(document.record, '|');
    overrides.push_back({.service = document.key,
                         .budget = DecodeLimits(parts[0]),
                         .configured = DecodeLimits(parts[1])});
  }
  registry_->RestoreOverrides(overrides);
  for (size_t i = 0; i < world_.services.size(); ++i) {
    world_.services.OnBudgetRestored(i, registry_->Get(FakeServices::NameOf(i))->budget);
  }
}

void Server::SaveOverride(const std::string& service,
                          const std::optional<services::BudgetOverride>& made,
                          services::ServiceRegistry::Saved saved) {
  store::DocumentWrite document{.collection = kBudgets, .key = service};
  if (made) {
    document.record = absl::StrCat(EncodeLimits(made->budget), "|", EncodeLimits(made->configured));
  }
  scheduler_->WriteDocument(std::move(document), std::move(saved));
}

Loop& Server::Here() {
  for (const auto& loop : loops_) {
    if (loop->IsCurrent()) return *loop;
  }
  SEGUE_CHECK(false);
}

void Server::Stop(absl::Duration patience, absl::AnyInvocable<void()> stopped) {
  world_.trace.Say(Now(), "stop");
  stopping_ = true;
  registry_->StopAdmission();
  workers_.StopPolls();
  scheduler_->Stop(Now() + patience, [this, stopped = std::move(stopped)]() mutable {
    stopped_ = true;
    stopped();
  });
}

void Server::Crash() {
  world_.trace.Say(Now(), "crash");
  cut_ = true;
  ready_ = false;
  Drain();
  if (stuck_) return;
  states_.reset();
  scheduler_.reset();
  registry_.reset();
  for (const auto& loop : loops_) loop->Clear();
}

void Server::Drain() {
  constexpr int64_t kStepsMax = 2'000'000;
  limbo_ = std::make_unique<Timeline>(
      Timeline::Options{.seed = world_.knobs.seed, .now = Now(), .late_max = {}});
  time_ = limbo_.get();
  for (const auto& loop : loops_) loop->MoveTo(limbo_.get());
  states_->MoveTo(limbo_.get());
  store_->Cut();
  objects_.Cut();
  line_->Cut();
  workers_.StopPolls();
  if (!stopping_) {
    registry_->StopAdmission();
    scheduler_->Stop(Now(), [this] { stopped_ = true; });
  }
  const absl::Time until = Now() + absl::Hours(1);
  while (limbo_->steps() < kStepsMax && (limbo_->Step() || limbo_->Jump(until))) {
  }
  if (!stopped_ || calls_.size() > 0) {
    world_.verdict.Broken("drain", stopped_ ? "" : "the scheduler did not stop; ", calls_.size(),
                          " calls of clients have no end, after ", limbo_->steps(), " steps");
    stuck_ = true;
  }
}

}  // namespace segue::simulation
