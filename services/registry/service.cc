#include "services/registry/service.h"

#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/error.h"

namespace segue::services {
namespace {

// How many attempts one look at the queue lets go, so that lifting a limit off a long queue does
// not hold up the loop and the lock; the rest goes in the next turns.
constexpr int kGrantsPerTurnMax = 256;

}  // namespace

absl::Status Service::NotFound(const std::string& service) {
  return MakeError(absl::StatusCode::kNotFound,
                   absl::StrCat("no service named '", service, "' is configured"),
                   {.reason = "SERVICE_NOT_FOUND",
                    .metadata = {{"service", service}},
                    .resource_type = "service",
                    .resource_name = service});
}

Service::Service(Environment& environment, std::string name)
    : environment_(environment),
      name_(std::move(name)),
      admission_(BudgetLimits(), environment.clock.Now()) {}

Service::~Service() {
  // A deadline timer or a post may keep an attempt beyond this; its call must not outlive it.
  MutexLock lock(&mutex_);
  for (auto& [id, attempt] : attempts_) attempt->Drop();
}

Service::Defined Service::Define(ServiceDefinition definition) {
  SEGUE_CHECK(definition.connector != nullptr);
  Actions actions;
  Defined defined = Defined::kHadNone;
  std::optional<ServiceDefinition> old;  // a connector's end needs no lock
  {
    MutexLock lock(&mutex_);
    const absl::Time now = environment_.clock.Now();
    old = std::exchange(definition_, std::move(definition));
    if (overridden_ && old && old->budget == definition_->budget) {
      defined = Defined::kKeptOverride;
    } else {
      if (std::exchange(overridden_, false)) defined = Defined::kDroppedOverride;
      admission_.Change(definition_->budget, now);
    }
    Pump(now, &actions);
  }
  Perform(std::move(actions));
  return defined;
}

Service::Defined Service::Retire() {
  Actions actions;
  Defined defined = Defined::kHadNone;
  std::optional<ServiceDefinition> old;
  {
    MutexLock lock(&mutex_);
    old = std::exchange(definition_, std::nullopt);
    if (std::exchange(overridden_, false)) defined = Defined::kDroppedOverride;
    for (const LeaseId id : admission_.WithdrawAll()) {
      --actions.change.queue_depth;
      Grant(attempts_.at(id), &actions);
    }
  }
  Perform(std::move(actions));
  return defined;
}

absl::StatusOr<ServiceInfo> Service::Info() const {
  MutexLock lock(&mutex_);
  if (!definition_) return NotFound(name_);
  return InfoLocked();
}

ServiceInfo Service::InfoLocked() const {
  return {.name = name_,
          .kind = definition_->kind,
          .address = definition_->address,
          .budget = admission_.limits(),
          .usage = admission_.UsageAt(environment_.clock.Now()),
          .etag = EtagOf(admission_.limits())};
}

absl::StatusOr<BudgetOverride> Service::Override(const BudgetLimits& limits,
                                                 const std::string& etag) {
  Actions actions;
  BudgetOverride made{.service = name_, .budget = limits, .configured = BudgetLimits()};
  {
    MutexLock lock(&mutex_);
    if (!definition_) return NotFound(name_);
    const std::string current = EtagOf(admission_.limits());
    if (!etag.empty() && etag != current) {
      return MakeError(
          absl::StatusCode::kAborted,
          absl::StrCat("the budget of service '", name_, "' was changed meanwhile: its etag is ",
                       current),
          {.reason = "ETAG_MISMATCH", .metadata = {{"service", name_}, {"etag", current}}});
    }
    const absl::Time now = environment_.clock.Now();
    overridden_ = true;
    made.configured = definition_->budget;
    admission_.Change(limits, now);
    Pump(now, &actions);
  }
  Perform(std::move(actions));
  return made;
}

bool Service::Restore(const BudgetOverride& restored) {
  Actions actions;
  {
    MutexLock lock(&mutex_);
    if (!definition_ || definition_->budget != restored.configured) return false;
    const absl::Time now = environment_.clock.Now();
    overridden_ = true;
    admission_.Change(restored.budget, now);
    Pump(now, &actions);
  }
  Perform(std::move(actions));
  return true;
}

std::shared_ptr<Connector> Service::connector() const {
  MutexLock lock(&mutex_);
  return definition_ ? definition_->connector : nullptr;
}

LeaseId Service::Start(AttemptRequest request, async::Executor& executor, TaskRunner::Done done) {
  const LeaseId id(attempts_made_.fetch_add(1, std::memory_order_relaxed) + 1);
  auto attempt = std::make_shared<Attempt>(*this, environment_, id, std::move(request), executor,
                                           std::move(done));
  Actions actions;
  {
    MutexLock lock(&mutex_);
    attempts_.emplace(id, attempt);
    const absl::Time now = attempt->since();
    const Admission::Waiting waiting{.id = id,
                                     .workflow = attempt->request().workflow,
                                     .priority = attempt->request().priority,
                                     .since = now};
    if (!definition_) {
      Grant(std::move(attempt), &actions);
    } else if (environment_.drain.stopped()) {
      // It stays as it is: what is durable starts again with the next server.
    } else if (admission_.Offer(waiting, now) == Admission::Answer::kStart) {
      ++actions.change.slots_in_use;
      Grant(std::move(attempt), &actions);
    } else {
      ++actions.change.queue_depth;
      Pump(now, &actions);
    }
  }
  Perform(std::move(actions));
  return id;
}

void Service::Cancel(LeaseId id) {
  Actions actions;
  std::shared_ptr<Attempt> attempt;
  {
    MutexLock lock(&mutex_);
    const auto found = attempts_.find(id);
    if (found == attempts_.end()) return;
    attempt = found->second;
    if (!attempt->running()) {
      attempts_.erase(found);
      if (admission_.Withdraw(id)) --actions.change.queue_depth;
      FreeSlot(*attempt, &actions);  // where it was granted and not yet out
      Pump(environment_.clock.Now(), &actions);
    }
  }
  attempt->Cancel();
  Perform(std::move(actions));
}

std::optional<WaitReason> Service::Explain(LeaseId id) const {
  MutexLock lock(&mutex_);
  const std::optional<Admission::Explanation> found =
      admission_.Explain(id, environment_.clock.Now());
  if (!found) return std::nullopt;
  WaitReason reason{.service = name_,
                    .position = found->position,
                    .since = found->since,
                    .expected_start = found->expected_start};
  switch (found->limit) {
    case Budget::Limit::kRate:
      reason.limit = WaitReason::Limit::kRate;
      break;
    case Budget::Limit::kConcurrency:
      reason.limit = WaitReason::Limit::kConcurrency;
      break;
    case Budget::Limit::kPushBack:
      reason.limit = WaitReason::Limit::kPushBack;
      break;
  }
  return reason;
}

void Service::CancelCalls(const async::Executor& executor) {
  std::vector<std::shared_ptr<Attempt>> attempts;
  {
    MutexLock lock(&mutex_);
    for (const auto& [id, attempt] : attempts_) {
      if (&attempt->executor() == &executor) attempts.push_back(attempt);
    }
  }
  for (const auto& attempt : attempts) {
    if (attempt->running()) attempt->Cancel();
  }
}

void Service::CallEnded(Attempt& attempt, std::optional<absl::Duration> push_back) {
  Actions actions;
  std::shared_ptr<Attempt> ended;
  {
    MutexLock lock(&mutex_);
    const absl::Time now = environment_.clock.Now();
    if (push_back) admission_.PushBack(*push_back, now);
    FreeSlot(attempt, &actions);
    const auto found = attempts_.find(attempt.id());
    SEGUE_CHECK(found != attempts_.end());
    ended = std::move(found->second);
    attempts_.erase(found);
    Pump(now, &actions);
  }
  Perform(std::move(actions));
}

void Service::SlotExpired(Attempt& attempt) {
  Actions actions;
  {
    MutexLock lock(&mutex_);
    FreeSlot(attempt, &actions);
    Pump(environment_.clock.Now(), &actions);
  }
  Perform(std::move(actions));
}

void Service::Park(Attempt& attempt) {
  Actions actions;
  {
    MutexLock lock(&mutex_);
    FreeSlot(attempt, &actions);
  }
  Perform(std::move(actions));
}

void Service::Grant(std::shared_ptr<Attempt> attempt, Actions* actions) {
  Attempt::Means means;
  if (definition_) {
    means = {.connector = definition_->connector,
             .timeout = admission_.limits().timeout,
             .push_back = definition_->push_back};
  }
  attempt->Grant(std::move(means));
  actions->granted.push_back(std::move(attempt));
}

void Service::FreeSlot(Attempt& attempt, Actions* actions) {
  if (admission_.Finish(attempt.id(), attempt.request().workflow)) --actions->change.slots_in_use;
}

void Service::Pump(absl::Time now, Actions* actions) {
  if (admission_.queue_depth() == 0 || environment_.drain.stopped()) return;
  for (int grants = 0; grants < kGrantsPerTurnMax; ++grants) {
    const std::optional<LeaseId> id = admission_.StartNext(now);
    if (!id) break;
    --actions->change.queue_depth;
    ++actions->change.slots_in_use;
    Grant(attempts_.at(*id), actions);
  }
  SetWake(now, actions);
}

void Service::SetWake(absl::Time now, Actions* actions) {
  const std::optional<absl::Time> next = admission_.NextStart(now);
  if (!next || (timer_due_ && *timer_due_ <= *next)) return;
  if (*next > now && environment_.home.IsCurrent()) {
    if (timer_due_) environment_.home.Cancel(timer_);
    timer_ = environment_.home.At(*next, [this] { OnTimer(); });
    timer_due_ = next;
    return;
  }
  actions->post_wake |= !std::exchange(wake_posted_, true);
}

void Service::Perform(Actions actions) {
  if (environment_.observer && (actions.change.queue_depth | actions.change.slots_in_use) != 0) {
    environment_.observer->LoadChanged(name_, actions.change);
  }
  for (std::shared_ptr<Attempt>& attempt : actions.granted) {
    async::Executor& executor = attempt->executor();
    executor.Post([attempt = std::move(attempt)] { attempt->Run(); });
  }
  if (actions.post_wake) environment_.home.Post([this] { OnPostedWake(); });
}

void Service::OnPostedWake() {
  Actions actions;
  {
    MutexLock lock(&mutex_);
    wake_posted_ = false;
    Pump(environment_.clock.Now(), &actions);
  }
  Perform(std::move(actions));
}

void Service::OnTimer() {
  Actions actions;
  {
    MutexLock lock(&mutex_);
    timer_due_.reset();
    Pump(environment_.clock.Now(), &actions);
  }
  Perform(std::move(actions));
}

std::string EtagOf(const BudgetLimits& limits) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: the same in every version
  for (const uint64_t value :
       {std::bit_cast<uint64_t>(limits.rate_per_second), std::bit_cast<uint64_t>(limits.burst),
        static_cast<uint64_t>(limits.max_concurrency),
        static_cast<uint64_t>(absl::ToInt64Nanoseconds(limits.timeout))}) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ ((value >> shift) & 0xff)) * 0x100000001b3;
    }
  }
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

}  // namespace segue::services
