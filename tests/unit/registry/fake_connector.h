#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/async/one_shot.h"
#include "server/base/check.h"
#include "server/base/clock.h"
#include "services/connector/connector.h"
#include "services/registry/observer.h"

namespace segue::services {

// A connector whose answers a test decides. Writes down every call.
class FakeConnector final : public Connector {
 public:
  struct Plan {
    // Zero: answers inside Invoke. Infinite: never.
    absl::Duration latency = absl::Milliseconds(10);
    CallResult result{.outcome = Json("done"), .retry_after = std::nullopt};
    enum class OnCancel { kEnds, kGoesOn } on_cancel = OnCancel::kEnds;
    enum class Reach { kService, kNobody } reach = Reach::kService;
  };
  using Planner = std::function<Plan(const Call&)>;

  explicit FakeConnector(const Clock& clock, Planner planner = nullptr)
      : clock_(clock), planner_(std::move(planner)) {}

  async::Task<CallResult> Invoke(Call call, async::Executor& executor,
                                 async::CancelToken cancel) override {
    SEGUE_CHECK(executor.IsCurrent());
    Plan plan = planner_ ? planner_(call) : Plan();
    if (plan.reach == Plan::Reach::kService && call.sent) call.sent();
    calls_.push_back(call);
    starts_.push_back(clock_.Now());
    in_flight_max_ = std::max(in_flight_max_, ++in_flight_);
    if (plan.latency > absl::ZeroDuration()) {
      async::OneShot<bool> over;
      std::optional<async::TimerId> timer;
      if (plan.latency < absl::InfiniteDuration()) {
        timer = executor.At(clock_.Now() + plan.latency, [&over] { over.Set(true); });
      }
      if (plan.on_cancel == Plan::OnCancel::kEnds) {
        cancel.OnCancel([&over, &timer, &executor] {
          if (over.is_set()) return;
          if (timer) executor.Cancel(*timer);
          over.Set(false);
        });
      }
      const bool answered = co_await over;
      cancel.OnCancel(nullptr);
      if (!answered) plan.result.outcome = WorkflowError{"Grpc.Cancelled", ""};
    }
    --in_flight_;
    co_return plan.result;
  }

  std::optional<std::string> CheckMethod(const std::string& method) const override {
    if (method != "missing") return std::nullopt;
    return "there is no method 'missing'";
  }

  const std::vector<Call>& calls() const { return calls_; }
  const std::vector<absl::Time>& starts() const { return starts_; }
  int64_t in_flight() const { return in_flight_; }
  int64_t in_flight_max() const { return in_flight_max_; }

 private:
  const Clock& clock_;
  Planner planner_;
  std::vector<Call> calls_;
  std::vector<absl::Time> starts_;
  int64_t in_flight_ = 0;
  int64_t in_flight_max_ = 0;
};

// Adds up what it is told.
class CountingObserver final : public Observer {
 public:
  void AttemptStarted(const Attempt& attempt) override { Line(attempt, "started"); }
  void AttemptFinished(const Attempt& attempt, std::string_view outcome,
                       absl::Duration duration) override {
    Line(attempt, absl::StrCat(std::string(outcome), " after ", absl::FormatDuration(duration)));
    ++outcomes[std::string(outcome)];
  }
  void LoadChanged(std::string_view, const LoadChange& change) override {
    queue_depth += change.queue_depth;
    slots_in_use += change.slots_in_use;
  }

  std::vector<std::string> lines;
  std::map<std::string, int> outcomes;
  int64_t queue_depth = 0;
  int64_t slots_in_use = 0;

 private:
  void Line(const Attempt& attempt, const std::string& what) {
    lines.push_back(absl::StrCat(std::string(attempt.service), "/", std::string(attempt.method),
                                 " waited ", absl::FormatDuration(attempt.wait), ": ", what));
  }
};

}  // namespace segue::services
