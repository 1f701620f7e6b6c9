#include "tests/simulation/simulation.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/async/task_group.h"
#include "server/scheduler/codec.h"
#include "tests/simulation/buckets.h"
#include "tests/simulation/client.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/fake_services.h"
#include "tests/simulation/families.h"
#include "tests/simulation/history_check.h"
#include "tests/simulation/items.h"
#include "tests/simulation/knobs.h"
#include "tests/simulation/model.h"
#include "tests/simulation/results_check.h"
#include "tests/simulation/server.h"
#include "tests/simulation/timeline.h"

namespace segue::simulation {
namespace {

// No run may make more steps than this, nor so many without time going on.
constexpr int64_t kStepsMax = 20'000'000;
constexpr int64_t kStepsAtOnceMax = 300'000;
// From the moment that is drawn for a crash; a commit and what follows it are some dozens.
constexpr uint64_t kStepsToEndMax = 200;
// The quiet phase ends by then, whatever the definitions wait for.
constexpr absl::Duration kQuietMax = absl::Hours(24 * 30);
// Nothing that a definition waits for takes so long: the longest Wait is 50 minutes.
constexpr absl::Duration kStandstillMax = absl::Hours(3);

class Simulation {
 public:
  explicit Simulation(const RunOptions& options);
  ~Simulation();
  RunResult Run();

 private:
  enum class Phase { kFaults, kQuiet, kOver };

  // Steps and time until `condition` holds. False where it will not.
  template <typename Condition>
  bool RunUntil(Condition condition, absl::Time until);
  void StartServer();
  void EndServer();
  void Restart();
  void ScheduleEndOfLife();
  void EndLife();
  void ScheduleClient(size_t index);
  void OnClientTime(size_t index);
  void ScheduleLook();
  void DrawStartable();
  void DrawObjects();
  void BeginQuiet();
  bool AllEnded();
  void CheckEnd();
  void CheckOpenTold();
  void CheckLists();
  using Listed = ResultsCheck::Listed;
  void CheckPredictions(const Listed& listed);
  void CheckResults(const Listed& listed);
  ModelWorld WorldOf(const std::string& id) const;
  async::Task<void> ListAll(Server* server, scheduler::ListFilter filter, Listed* listed);
  async::Task<void> ReadAll(Server* server);
  RunResult Result() const;
  absl::Duration Span(absl::Duration max) {
    return absl::Nanoseconds(
        random_.Below(static_cast<uint64_t>(absl::ToInt64Nanoseconds(max)) + 1));
  }

  const RunOptions options_;
  Trace trace_;
  Verdict verdict_;
  const Knobs knobs_;
  Faults faults_;
  Random random_;
  Timeline timeline_;
  std::unique_ptr<Loop> outside_;
  Ledger ledger_;
  Families families_;
  HistoryCheck histories_;  // what is read at the end
  bool all_read_ = false;
  Disk disk_;
  Buckets buckets_;
  std::map<std::string, Json> steady_items_;  // that are read there, by key
  Knowledge known_;
  FakeServices services_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::unique_ptr<Server> server_;
  Phase phase_ = Phase::kFaults;
  int operations_left_ = 0;
  std::optional<int64_t> end_of_life_;  // the step
  int64_t fault_steps_ = 0;
  uint64_t lives_ = 0;
  int crashes_ = 0;
  int stops_ = 0;
  int64_t predicted_ = 0;
  int64_t results_ = 0;
  int64_t sent_ = 0;
  int64_t refused_ = 0;
};

const absl::Time kBegin = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01

Knobs KnobsFor(const RunOptions& options) {
  Knobs knobs = Knobs::Draw(options.seed);
  knobs.plant = options.plant;
  knobs.clients = options.cuts.clients.value_or(knobs.clients);
  knobs.operations = options.cuts.operations.value_or(knobs.operations);
  knobs.submits = options.cuts.submits.value_or(knobs.submits);
  return knobs;
}

Simulation::Simulation(const RunOptions& options)
    : options_(options),
      trace_(options.print),
      knobs_(KnobsFor(options)),
      faults_(knobs_.faults),
      random_(options.seed * 2 + 1),
      timeline_({.seed = options.seed * 3 + 1,
                 .now = kBegin,
                 .late_max = knobs_.late_max,
                 .tick = knobs_.tick,
                 .trace = &trace_}),
      outside_(timeline_.MakeLoop()),
      ledger_(timeline_, verdict_, trace_, knobs_.scheduler.retention),
      families_(ledger_, verdict_),
      histories_(ledger_, verdict_),
      disk_(ledger_),
      services_({.clock = timeline_,
                 .ledger = ledger_,
                 .verdict = verdict_,
                 .random = random_,
                 .faults = faults_,
                 .tokens = known_.tokens,
                 .plant = knobs_.plant},
                knobs_.services),
      operations_left_(knobs_.operations) {
  trace_.Say(timeline_.Now(), knobs_.Text());
  DrawStartable();
  DrawObjects();
  for (int i = 0; i < knobs_.clients; ++i) {
    clients_.push_back(std::make_unique<Client>(Client::World{.ledger = ledger_,
                                                              .verdict = verdict_,
                                                              .trace = trace_,
                                                              .random = random_,
                                                              .knobs = knobs_,
                                                              .known = known_,
                                                              .services = services_,
                                                              .buckets = buckets_},
                                                i));
  }
}

// Some predictable ones, and some that are not; each starts those before it alone, so that it ends.
// The last completes the task that starts it.
void Simulation::DrawStartable() {
  using Answers = WorkflowShape::Answers;
  for (const Answers answers : {Answers::kPredictable, Answers::kAny}) {
    std::vector<std::string> lower;
    for (int i = 0; i < 3; ++i) {
      const bool predictable = answers == Answers::kPredictable;
      const bool express = i == 1;
      const WorkflowShape shape{
          .services = static_cast<int>(services_.size()),
          .depth_max = 1,
          .states_max = 3,
          .deadline = WorkflowShape::Deadline::kNone,
          .answers = answers,
          .type = express ? WorkflowShape::Type::kExpress : WorkflowShape::Type::kStandard,
          .workflows = lower,
          .start = i == 2 ? WorkflowShape::Start::kSend : WorkflowShape::Start::kAny};
      known_.startable.push_back({.name = StartableName(answers, shape.type, i),
                                  .definition = RandomWorkflow(shape, random_),
                                  .express = express,
                                  .predictable = predictable});
      lower.push_back(known_.startable.back().name);
    }
  }
}

void Simulation::DrawObjects() {
  for (const char* const bucket : {kSteadyBucket, kShakyBucket}) {
    ItemObjects objects = DrawItemObjects(bucket, random_);
    for (auto& [key, body] : objects.bodies) {
      buckets_.Write({.bucket = bucket, .key = key}, std::move(body));
    }
    if (bucket == kSteadyBucket) steady_items_ = std::move(objects.items);
  }
}

Simulation::~Simulation() {
  if (server_) EndServer();
  outside_->Clear();
}

template <typename Condition>
bool Simulation::RunUntil(Condition condition, absl::Time until) {
  while (verdict_.ok() && !condition()) {
    if (timeline_.steps() > kStepsMax) {
      verdict_.Broken("progress", "more than ", kStepsMax, " steps");
    } else if (timeline_.steps_at_once() > kStepsAtOnceMax) {
      verdict_.Broken("progress", kStepsAtOnceMax, " steps, and time stands still");
    } else if (end_of_life_ && timeline_.steps() >= *end_of_life_) {
      end_of_life_.reset();
      EndLife();
    } else if (!timeline_.Step() && !timeline_.Jump(until)) {
      return false;
    }
  }
  return verdict_.ok();
}

void Simulation::StartServer() {
  // The number of shards may change from one life to the next.
  const int shards = random_.Below(3) == 0 ? 1 + static_cast<int>(random_.Below(4)) : knobs_.shards;
  server_ = std::make_unique<Server>(Server::World{.timeline = timeline_,
                                                   .disk = disk_,
                                                   .buckets = buckets_,
                                                   .outside = *outside_,
                                                   .random = random_,
                                                   .services = services_,
                                                   .knobs = knobs_,
                                                   .faults = faults_,
                                                   .trace = trace_,
                                                   .verdict = verdict_},
                                     Server::Life{.shards = shards, .seed = random_.Next()});
  // The process exits where its start fails, and is started again.
  const uint64_t life = ++lives_;
  server_->Start([this, life] {
    outside_->Post([this, life] {
      if (life == lives_ && phase_ != Phase::kOver) Restart();
    });
  });
}

void Simulation::EndServer() {
  server_->Crash();
  for (const auto& client : clients_) client->Disconnect();
  if (server_->stuck()) {
    (void)server_.release();
  } else {
    server_.reset();
  }
}

// Called between two steps: no callback of the server is at work.
void Simulation::Restart() {
  EndServer();
  if (!verdict_.ok()) return;
  const uint64_t life = ++lives_;
  outside_->At(timeline_.Now() + Span(faults_.down_max), [this, life] {
    if (life == lives_) StartServer();
  });
}

// So many steps after some moment: anywhere in a turn.
void Simulation::ScheduleEndOfLife() {
  if (faults_.crash_interval == absl::ZeroDuration()) return;
  outside_->At(timeline_.Now() + Span(faults_.crash_interval * 2), [this] {
    if (phase_ != Phase::kFaults) return;
    end_of_life_ = timeline_.steps() + static_cast<int64_t>(random_.Below(kStepsToEndMax));
    ScheduleEndOfLife();
  });
}

void Simulation::EndLife() {
  if (phase_ != Phase::kFaults || !server_) return;
  if (server_->ready() && !server_->stopping() && random_.Uniform() < faults_.stops_gracefully) {
    ++stops_;
    server_->Stop(Span(absl::Seconds(30)), [this, life = lives_] {
      outside_->Post([this, life] {
        if (life == lives_) Restart();
      });
    });
  } else {
    ++crashes_;
    Restart();
  }
}

void Simulation::ScheduleClient(size_t index) {
  // In the quiet phase there may be nothing to do for hours.
  const absl::Duration least = phase_ == Phase::kQuiet ? absl::Seconds(1) : absl::ZeroDuration();
  outside_->At(timeline_.Now() + std::max(least, Span(knobs_.think_max)),
               [this, index] { OnClientTime(index); });
}

void Simulation::ScheduleLook() {
  outside_->At(timeline_.Now() + absl::Minutes(1), [this] {
    if (server_ && server_->ready() && phase_ == Phase::kQuiet) {
      families_.Look(timeline_.Now());
    } else {
      families_.Forget();
    }
    ScheduleLook();
  });
}

void Simulation::OnClientTime(size_t index) {
  Client& client = *clients_[index];
  const bool may_act = server_ && server_->ready() && !client.busy();
  if (may_act && phase_ == Phase::kQuiet) {
    client.ActQuietly(*server_);
  } else if (may_act && operations_left_ > 0) {
    --operations_left_;
    client.Act(*server_);
  }
  ScheduleClient(index);
}

void Simulation::BeginQuiet() {
  trace_.Say(timeline_.Now(), "quiet");
  phase_ = Phase::kQuiet;
  fault_steps_ = timeline_.steps();
  const absl::Duration delay = faults_.store_delay_max;
  faults_ = Faults{.store_delay_max = std::min(delay, absl::Milliseconds(20)),
                   .call_fails = 0.02,
                   .call_delay_max = absl::Milliseconds(500)};
}

// Of the executions that must end; clients have what they wait for.
bool Simulation::AllEnded() {
  if (ledger_.open() > 0 || server_->express_open_told() > 0 || !families_.AreOver()) return false;
  for (const Knowledge::Request& request : known_.requests) {
    if (!request.id && request.named() && !request.express()) return false;
  }
  return std::ranges::none_of(clients_, [](const auto& client) { return client->busy(); });
}

async::Task<void> Simulation::ListAll(Server* server, scheduler::ListFilter filter,
                                      Listed* listed) {
  std::optional<scheduler::ListCursor> after;
  do {
    absl::StatusOr<scheduler::ListPage> page = co_await server->scheduler().List(filter, after, 37);
    if (server->cut()) co_return;
    if (!page.ok()) co_return verdict_.Broken("end", page.status().ToString());
    for (scheduler::ExecutionView& view : page->executions) {
      const std::string id = view.execution.id.value();
      listed->emplace(id, std::move(view.execution));
    }
    after = page->next;
  } while (after);
}

async::Task<void> Simulation::ReadAll(Server* server) {
  Listed listed;
  const scheduler::ListFilter anything;
  co_await ListAll(server, anything, &listed);
  std::set<std::string> runs;
  for (const auto& [id, execution] : ledger_.executions()) runs.insert(execution.map_run);
  for (const std::string& run : runs) {
    if (run.empty()) continue;
    scheduler::ListFilter filter{.map_run = run};
    co_await ListAll(server, std::move(filter), &listed);
  }
  if (server->cut() || !verdict_.ok()) co_return;
  for (const auto& [id, execution] : ledger_.executions()) {
    if (!listed.contains(id)) co_return verdict_.Broken("index", id, " is not listed");
    std::vector<engine::HistoryEvent> all;
    while (true) {
      scheduler::HistoryRequest request{.id = ExecutionId(id),
                                        .from = static_cast<int64_t>(all.size()) + 1};
      absl::StatusOr<std::vector<engine::HistoryEvent>> events =
          co_await server->scheduler().History(std::move(request));
      if (server->cut()) co_return;
      if (!events.ok()) co_return verdict_.Broken("end", id, ": ", events.status().ToString());
      if (events->empty()) break;
      all.insert(all.end(), events->begin(), events->end());
    }
    if (std::ssize(all) != execution.last_event && !ledger_.WasRemoved(id)) {
      co_return verdict_.Broken("history", id, " has ", all.size(), " events of ",
                                execution.last_event);
    }
    if (knobs_.plant == Plant::kOtherKeyRecorded) {
      for (engine::HistoryEvent& event : all) {
        if (event.attempt > 1) event.idempotency_key += "1";
      }
    }
    histories_.Add(id, all);
  }
  CheckPredictions(listed);
  CheckResults(listed);
  co_await clients_.front()->LookAtAll(server);
  all_read_ = true;
}

// What the model may know about an execution. One that was redriven has tried its tasks more often
// than the model can tell.
ModelWorld Simulation::WorldOf(const std::string& id) const {
  ModelWorld world;
  const Ledger::Execution* execution = ledger_.Find(id);
  if (execution != nullptr && execution->redrives > 0) {
    world.service = FakeServices::PredictableAtAnyAttempt;
  } else {
    world.service = [](const ModelCall& call) {
      return std::vector<Prediction>{FakeServices::Predictable(call)};
    };
  }
  for (const Knowledge::Startable& workflow : known_.startable) {
    world.workflows[workflow.name] = {.definition = *Json::Parse(workflow.definition),
                                      .express = workflow.express};
  }
  world.objects = steady_items_;
  return world;
}

// What became of the executions that the model can tell about.
void Simulation::CheckPredictions(const Listed& listed) {
  if (knobs_.tight_limits) return;
  for (const Knowledge::Request& request : known_.requests) {
    if (!request.submit.execution_id.starts_with(Ledger::kModelPrefix)) continue;
    const auto found = listed.find(request.submit.execution_id);
    if (found == listed.end()) continue;
    const engine::Execution& execution = found->second;
    // Retention freed the id, and a conflicting submit took it.
    if (execution.input_text != request.submit.input) continue;
    const auto predicted = Predict(*Json::Parse(request.submit.inline_definition),
                                   *Json::Parse(request.submit.input), WorldOf(found->first));
    if (!predicted) continue;
    ++predicted_;
    const std::string error = execution.error ? execution.error->name : "";
    const Json output = Comparable(execution.output);
    const bool agrees = std::ranges::any_of(*predicted, [&](const Prediction& prediction) {
      return prediction.error == error &&
             (!error.empty() || Comparable(prediction.output) == output);
    });
    if (agrees) continue;
    verdict_.Broken(
        "model", found->first, ": it ended with ", error, " ",
        execution.error ? execution.error->cause : "", output.Dump(), "; predicted is ",
        predicted->size(), " other, first ", predicted->empty() ? "" : predicted->front().error,
        " ", predicted->empty() ? "" : Comparable(predicted->front().output).Dump(),
        "; definition ", request.submit.inline_definition, " input ", request.submit.input);
  }
}

void Simulation::CheckResults(const Listed& listed) {
  ResultsCheck check(
      {.buckets = buckets_, .ledger = ledger_, .listed = listed, .verdict = verdict_});
  check.Check();
  results_ = check.runs();
}

void Simulation::CheckLists() {
  const store::Store::WakeQuery query{.until = absl::InfiniteFuture()};
  auto rows = Now(disk_.store().ScanWakes(query, disk_.executor()));
  for (const store::WakeRow& row : *rows) {
    verdict_.Broken("index", row.id.value(), " has a wake, and is closed");
  }
  for (const std::string& id : known_.acknowledged) {
    if (ledger_.Find(id) != nullptr || ledger_.WasRemoved(id)) continue;
    verdict_.Broken("rule 1", id, " was acknowledged, and is lost");
  }
  for (const auto& [name, workflow] : known_.workflows) {
    if (workflow.version == 0) continue;
    const auto compiled = server_->scheduler().catalog().CompiledFor(name, workflow.version);
    if (!compiled.ok()) verdict_.Broken("catalog", compiled.status().ToString());
  }
}

void Simulation::CheckEnd() {
  services_.CheckWindows();
  families_.CheckCounts();
  families_.CheckCancelled();
  CheckLists();
  Server* server = server_.get();
  server->AnyLoop().Post([this, server] { server->Spawn(ReadAll(server)); });
  const bool read = RunUntil([this] { return all_read_; }, timeline_.Now() + absl::Hours(1));
  if (!read) return verdict_.Broken("end", "the end cannot be read");
  histories_.CheckCalls();
  sent_ = histories_.sent().received();
  refused_ = histories_.starts().refused();
}

// The server tells of each start and each end once, whatever became of the commits.
void Simulation::CheckOpenTold() {
  if (!verdict_.ok()) return;
  const bool told =
      RunUntil([this] { return server_->open_told() == 0; }, timeline_.Now() + absl::Minutes(5));
  if (!told) {
    verdict_.Broken("open", server_->open_told(), " executions are told to be open, none is");
  }
}

RunResult Simulation::Run() {
  StartServer();
  ScheduleEndOfLife();
  ScheduleLook();
  for (size_t i = 0; i < clients_.size(); ++i) ScheduleClient(i);
  const absl::Time faults_end = kBegin + absl::Hours(2);
  const int64_t last_step = options_.cuts.until_step.value_or(kStepsMax);
  const auto faults_over = [&] {
    return operations_left_ == 0 || timeline_.Now() >= faults_end || timeline_.steps() >= last_step;
  };
  RunUntil(faults_over, faults_end);
  BeginQuiet();
  const absl::Time quiet_begin = timeline_.Now();
  const auto standstill = [this, quiet_begin] {
    return timeline_.Now() - std::max(quiet_begin, ledger_.last_change()) > kStandstillMax;
  };
  const auto ended = [this] { return server_ && server_->ready() && AllEnded(); };
  const auto over = [&] { return ended() || standstill(); };
  if (!RunUntil(over, quiet_begin + kQuietMax) || !ended()) {
    verdict_.Broken("rule 7", ledger_.open(), " executions have not ended, and ",
                    server_ ? server_->express_open_told() : 0, " EXPRESS ones");
  }
  CheckOpenTold();
  if (verdict_.ok()) {
    // What is on the disk alone must say the same.
    Restart();
    RunUntil([this] { return server_ && server_->ready(); }, timeline_.Now() + absl::Hours(1));
  }
  if (verdict_.ok()) CheckEnd();
  phase_ = Phase::kOver;
  if (server_) EndServer();
  return Result();
}

RunResult Simulation::Result() const {
  RunResult result{.broken = verdict_.text(),
                   .trace_hash = trace_.hash(),
                   .steps = timeline_.steps(),
                   .fault_steps = fault_steps_,
                   .submits = static_cast<int>(known_.requests.size()),
                   .operations = knobs_.operations - operations_left_,
                   .clients = knobs_.clients,
                   .executions = std::ssize(ledger_.executions()),
                   .calls = std::ssize(ledger_.calls()),
                   .answers = known_.answers,
                   .predicted = predicted_,
                   .results = results_,
                   .sent = sent_,
                   .names_refused = refused_,
                   .map_runs = std::ssize(ledger_.map_runs()),
                   .crashes = crashes_,
                   .stops = stops_,
                   .simulated = timeline_.Now() - kBegin};
  for (const auto& [uuid, run] : ledger_.map_runs()) {
    if (run.items_fingerprint != 0) ++result.reads;
  }
  for (const Ledger::Call& call : ledger_.calls()) {
    if (call.service.starts_with("activity:")) ++result.activity_tasks;
  }
  for (const auto& [id, execution] : ledger_.executions()) {
    result.redrives += execution.redrives;
    if (!execution.map_run.empty() || !execution.parent.empty()) ++result.children;
  }
  return result;
}

}  // namespace

RunResult Run(const RunOptions& options) {
  Simulation simulation(options);
  return simulation.Run();
}

}  // namespace segue::simulation
