#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/random.h"
#include "services/connector/connector.h"
#include "services/connector/worker/worker_pool.h"
#include "services/registry/service_registry.h"
#include "tests/simulation/knobs.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/model.h"
#include "tests/simulation/token_book.h"
#include "tests/support/grant_windows.h"

namespace segue::simulation {

// The services "s0", "s1", ... behind the server. They outlive it.
//
// Fault model: a call is executed at once. Its reply takes its time; it may be an error, an error
// although the call was executed (the reply was lost), a push-back, or nothing at all until the
// call is cancelled. A cancelled call ends a little later. A successful reply names the call, so
// that its use can be traced. Tasks for workers go to the server's own pool, through a door that
// sees them.
//
// They hold the server to its budgets: calls in any window never exceed rate and burst, over all
// servers there have been; calls under way never exceed the concurrency, for one server.
class FakeServices {
 public:
  struct World {
    const Clock& clock;
    Ledger& ledger;
    Verdict& verdict;
    Random& random;
    const Faults& faults;
    TokenBook& tokens;
    Plant plant = Plant::kNone;
  };
  FakeServices(const World& world, std::vector<services::BudgetLimits> budgets);

  // What is answered to a call of a predictable task, by services and by workers. By
  // Prediction::error "States.Timeout": nothing.
  static Prediction Predictable(const ModelCall& call);
  // All that may be answered, whichever attempt it is.
  static std::vector<Prediction> PredictableAtAnyAttempt(const ModelCall& call);

  // A server's way to them: until it is cut.
  class Line {
   public:
    void Cut() { cut_ = true; }
    bool cut() const { return cut_; }

   private:
    friend class FakeServices;
    bool cut_ = false;
    std::vector<int> under_way_;  // by service
  };
  // `workers`: the server's pool, which outlives its calls.
  std::vector<services::ServiceDefinition> DefinitionsFor(std::shared_ptr<Line> line,
                                                          services::WorkerPool& workers);

  size_t size() const { return services_.size(); }
  static std::string NameOf(size_t index);
  // The budget that holds from now on.
  void OnBudget(size_t index, const services::BudgetLimits& limits);
  // A changed budget that holds now; it is durable once its number, the answer, was passed to
  // OnBudgetDurable.
  int64_t OnBudgetChanged(size_t index, const services::BudgetLimits& limits);
  void OnBudgetDurable(size_t index, int64_t change);
  // A server has started with this budget: rule 6 over restarts.
  void OnBudgetRestored(size_t index, const services::BudgetLimits& limits);
  // Looks at all windows there were.
  void CheckWindows() const;

 private:
  class Connection;
  class WorkerDoor;
  struct Service {
    services::BudgetLimits configured;
    services::BudgetLimits limits;  // that hold now
    services::BudgetLimits before;  // until `changed`
    absl::Time changed = absl::InfinitePast();
    testing::GrantWindows windows;
    // What the disk may hold: the newest durable budget, and all that were set after it.
    std::map<int64_t, services::BudgetLimits> stored;
  };
  struct Plan {
    absl::Duration delay;
    absl::Duration cancel_delay;
    services::CallResult result;
    int64_t call = 0;
    bool never = false;
    bool answers_late = false;  // with its result, though it was cancelled meanwhile
  };
  Plan PredictablePlan(size_t index, const services::Call& call, int64_t number);
  Plan OnCall(size_t index, const services::Call& call, Line& line);
  void OnEnded(size_t index, Line& line) { --line.under_way_[index]; }

  const World world_;
  std::vector<Service> services_;
  int64_t budget_changes_ = 0;
};

}  // namespace segue::simulation
