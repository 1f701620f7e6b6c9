#include "tests/simulation/fake_services.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/async/one_shot.h"

namespace segue::simulation {

class FakeServices::Connection final : public services::Connector {
 public:
  Connection(FakeServices& services, size_t index, std::shared_ptr<Line> line)
      : services_(services), index_(index), line_(std::move(line)) {}

  async::Task<services::CallResult> Invoke(services::Call call, async::Executor& executor,
                                           async::CancelToken cancel) override;
  std::optional<std::string> CheckMethod(const std::string&) const override { return {}; }

 private:
  FakeServices& services_;
  const size_t index_;
  const std::shared_ptr<Line> line_;
};

async::Task<services::CallResult> FakeServices::Connection::Invoke(services::Call call,
                                                                   async::Executor& executor,
                                                                   async::CancelToken cancel) {
  services::CallResult gone{.outcome = WorkflowError{"Grpc.Unavailable", "the line is cut"},
                            .retry_after = std::nullopt};
  if (line_->cut()) co_return gone;
  Plan plan = services_.OnCall(index_, call, *line_);
  if (plan.never || plan.delay > absl::ZeroDuration()) {
    async::OneShot<bool> over;
    std::optional<async::TimerId> timer;
    const auto set_timer = [&](absl::Duration delay, bool answered) {
      timer = executor.At(executor.Now() + delay, [&over, answered] { over.Set(answered); });
    };
    if (!plan.never) set_timer(plan.delay, true);
    cancel.OnCancel([&] {
      if (over.is_set()) return;
      if (timer) executor.Cancel(*timer);
      set_timer(plan.cancel_delay, false);
    });
    const bool answered = co_await over;
    cancel.OnCancel(nullptr);
    if (!answered && !plan.answers_late) plan.result.outcome = WorkflowError{"Grpc.Cancelled", ""};
  }
  services_.OnEnded(index_, *line_);
  if (line_->cut()) co_return gone;
  if (plan.result.outcome.ok()) services_.world_.ledger.OnSucceeded(plan.call);
  co_return plan.result;
}

// The way to the workers: what goes through is a call like any other, and is then the pool's.
class FakeServices::WorkerDoor final : public services::Connector {
 public:
  WorkerDoor(FakeServices& services, services::WorkerPool& workers, std::shared_ptr<Line> line)
      : services_(services), workers_(workers), line_(std::move(line)) {}

  async::Task<services::CallResult> Invoke(services::Call call, async::Executor& executor,
                                           async::CancelToken cancel) override {
    if (!line_->cut()) services_.world_.ledger.OnCall(call.method, call);
    co_return co_await workers_.Invoke(std::move(call), executor, std::move(cancel));
  }
  std::optional<std::string> CheckMethod(const std::string&) const override { return {}; }

 private:
  FakeServices& services_;
  services::WorkerPool& workers_;
  const std::shared_ptr<Line> line_;
};

FakeServices::FakeServices(const World& world, std::vector<services::BudgetLimits> budgets)
    : world_(world) {
  for (const services::BudgetLimits& budget : budgets) {
    services_.push_back({.configured = budget, .stored = {{0, budget}}});
  }
}

std::string FakeServices::NameOf(size_t index) { return absl::StrCat("s", index); }

std::vector<services::ServiceDefinition> FakeServices::DefinitionsFor(
    std::shared_ptr<Line> line, services::WorkerPool& workers) {
  line->under_way_.assign(services_.size(), 0);
  std::vector<services::ServiceDefinition> definitions;
  for (size_t i = 0; i < services_.size(); ++i) {
    definitions.push_back({.name = NameOf(i),
                           .address = "simulated",
                           .connector = std::make_shared<Connection>(*this, i, line),
                           .budget = services_[i].configured});
    services::BudgetLimits& budget = definitions.back().budget;
    if (world_.plant == Plant::kBudgetIgnored) budget = {};
    if (world_.plant == Plant::kRateIgnored) budget.rate_per_second = budget.burst = 0;
    if (world_.plant == Plant::kConcurrencyIgnored) budget.max_concurrency = 0;
  }
  const auto door = std::make_shared<WorkerDoor>(*this, workers, line);
  for (const char* const family : {services::kWorkerService, services::kActivityService}) {
    // A task waits for its worker for as long as it takes.
    definitions.push_back({.name = family,
                           .kind = services::ConnectorKind::kWorker,
                           .address = "workers",
                           .connector = door,
                           .budget = {.timeout = absl::Hours(24 * 365)}});
  }
  return definitions;
}

void FakeServices::OnBudget(size_t index, const services::BudgetLimits& announced) {
  const services::BudgetLimits& limits =
      world_.plant == Plant::kBudgetIgnored ? services_[index].configured : announced;
  Service& service = services_[index];
  if (limits == service.limits && service.windows.size() > 0) return;
  // A window over a time without a limit says nothing.
  if (limits.rate_per_second == 0 || service.limits.rate_per_second == 0) {
    if (std::string excess = service.windows.size() > 0 && service.limits.rate_per_second > 0
                                 ? service.windows.FindExcess()
                                 : "";
        !excess.empty()) {
      world_.verdict.Broken("rule 6", NameOf(index), ": ", excess);
    }
    service.windows = testing::GrantWindows();
  }
  service.before = std::exchange(service.limits, limits);
  service.changed = world_.clock.Now();
  const double burst = limits.burst > 0 ? limits.burst : std::max(1.0, limits.rate_per_second);
  service.windows.Reshape({.rate_per_second = limits.rate_per_second, .burst = burst},
                          world_.clock.Now());
}

int64_t FakeServices::OnBudgetChanged(size_t index, const services::BudgetLimits& limits) {
  services_[index].stored[++budget_changes_] = limits;
  OnBudget(index, limits);
  return budget_changes_;
}

void FakeServices::OnBudgetDurable(size_t index, int64_t change) {
  auto& stored = services_[index].stored;
  stored.erase(stored.begin(), stored.lower_bound(change));
}

void FakeServices::OnBudgetRestored(size_t index, const services::BudgetLimits& limits) {
  const auto& stored = services_[index].stored;
  const bool known = std::ranges::any_of(
      stored, [&limits](const auto& change) { return change.second == limits; });
  if (!known && world_.plant != Plant::kBudgetIgnored) {
    world_.verdict.Broken("rule 6", NameOf(index), ": its changed budget is gone after a restart");
  }
  OnBudget(index, limits);
}

void FakeServices::CheckWindows() const {
  for (size_t i = 0; i < services_.size(); ++i) {
    if (services_[i].limits.rate_per_second == 0) continue;
    const std::string excess = services_[i].windows.FindExcess();
    if (!excess.empty()) world_.verdict.Broken("rule 6", NameOf(i), ": ", excess);
  }
}

namespace {

uint64_t HashOf(const ModelCall& call) {
  Trace hash(Trace::Print::kNo);
  hash.Mix(call.service);
  hash.Mix(call.state);
  hash.Mix(Comparable(call.arguments).Dump());
  return hash.hash();
}

// The errors there may be; whose task waits for a token is told of all of them.
std::vector<std::string> ErrorsOf(const ModelCall& call) {
  std::vector<std::string> errors = {"Grpc.Internal", "Grpc.Unavailable", "Sim.Refused"};
  if (!call.by_token) {
    errors.push_back(call.heartbeat ? "States.HeartbeatTimeout" : "States.Timeout");
  }
  return errors;
}

// The same at every attempt.
Json ValueOf(const ModelCall& call) {
  return Json::Of({{"call", nullptr}, {"v", static_cast<int64_t>(HashOf(call) % 10)}});
}

}  // namespace

Prediction FakeServices::Predictable(const ModelCall& call) {
  Random random(HashOf(call) + static_cast<uint64_t>(call.attempt));
  const std::vector<std::string> errors = ErrorsOf(call);
  const uint64_t drawn = random.Below(20);
  if (drawn < errors.size()) return {.error = errors[drawn]};
  return {.output = ValueOf(call)};
}

std::vector<Prediction> FakeServices::PredictableAtAnyAttempt(const ModelCall& call) {
  std::vector<Prediction> all = {{.output = ValueOf(call)}};
  for (const std::string& error : ErrorsOf(call)) all.push_back({.error = error});
  return all;
}

FakeServices::Plan FakeServices::PredictablePlan(size_t index, const services::Call& call,
                                                 int64_t number) {
  // Soon, so that no timeout comes before.
  Plan plan{.delay = absl::Milliseconds(number % 100),
            .result = {.outcome = Json::Of({{"call", number}}), .retry_after = std::nullopt},
            .call = number};
  if (!call.task_token.empty()) return plan;
  const Prediction answer = Predictable({.state = StateOfKey(call.idempotency_key),
                                         .service = NameOf(index),
                                         .arguments = call.arguments,
                                         .attempt = call.attempt});
  if (answer.error == "States.Timeout") {
    plan.never = true;
  } else if (!answer.error.empty()) {
    plan.result.outcome = WorkflowError{answer.error, "predicted"};
  } else {
    const bool other = world_.plant == Plant::kOtherResult && number % 7 == 0;
    const int64_t value = answer.output.Find("v")->int_value() + (other ? 1 : 0);
    plan.result.outcome = Json::Of({{"call", number}, {"v", value}});
  }
  return plan;
}

FakeServices::Plan FakeServices::OnCall(size_t index, const services::Call& call, Line& line) {
  Service& service = services_[index];
  services::Call seen = call;
  if (world_.plant == Plant::kKeyPerAttempt && call.attempt > 1) seen.idempotency_key += "1";
  if (world_.plant == Plant::kEarlyCall) ++seen.attempt;
  const int64_t number = world_.ledger.OnCall(NameOf(index), seen);
  service.windows.Grant(world_.clock.Now());
  const int under_way = ++line.under_way_[index];
  int32_t max = service.limits.max_concurrency;
  // What goes out at the very moment of a change was let go under the limit before.
  if (service.changed == world_.clock.Now() && max != 0) {
    const int32_t before = service.before.max_concurrency;
    max = before == 0 ? 0 : std::max(max, before);
  }
  if (max != 0 && under_way > max) {
    world_.verdict.Broken("rule 6", NameOf(index), ": ", under_way, " calls at once, allowed ",
                          max);
  }
  if (!call.task_token.empty()) world_.tokens.Add(call, NameOf(index));
  if (IsPredictable(call.idempotency_key)) return PredictablePlan(index, call, number);
  const Faults& faults = world_.faults;
  const auto random_span = [&](absl::Duration span) {
    const auto nanos = static_cast<uint64_t>(absl::ToInt64Nanoseconds(span));
    return absl::Nanoseconds(world_.random.Below(nanos + 1));
  };
  Plan plan{.delay = world_.random.Below(4) == 0 ? absl::ZeroDuration()
                                                 : random_span(faults.call_delay_max),
            .cancel_delay = random_span(absl::Seconds(2)),
            .result = {.outcome = Json::Of({{"call", number}, {"v", number % 10}}),
                       .retry_after = std::nullopt},
            .call = number};
  if (world_.plant == Plant::kResultTwice && number > 0) {
    plan.result.outcome = Json::Of({{"call", number - number % 2}, {"v", 0}});
  }
  plan.answers_late = world_.random.Uniform() < faults.call_answers_late;
  double drawn = world_.random.Uniform();
  if ((drawn -= faults.call_fails) < 0) {
    const char* const names[] = {"Grpc.Internal", "Grpc.Unavailable", "Sim.Refused"};
    plan.result.outcome = WorkflowError{names[world_.random.Below(3)], "simulated"};
  } else if ((drawn -= faults.call_reply_lost) < 0) {
    plan.result.outcome = WorkflowError{"Grpc.Unavailable", "simulated: the reply was lost"};
  } else if ((drawn -= faults.call_pushes_back) < 0) {
    plan.result.outcome = WorkflowError{"Grpc.ResourceExhausted", "simulated"};
    plan.result.retry_after = random_span(absl::Seconds(20));
  } else {
    plan.never = (drawn -= faults.call_never_ends) < 0;
  }
  return plan;
}

}  // namespace segue::simulation
