#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/api/grpc/rpc_observer.h"
#include "server/api/states/request_observer.h"
#include "server/scheduler/observer.h"
#include "services/registry/observer.h"

namespace prometheus {
class Registry;
}  // namespace prometheus

namespace segue::observability {

// The metric catalogue: every metric that Segue exports stands in metrics.cc, and is counted here.
// Labels have a bounded number of values: past kSeriesMax label sets of a metric, new ones are
// counted under "other".
//
// Threads: any.
class Metrics final : public scheduler::Observer,
                      public services::Observer,
                      public api::RpcObserver,
                      public api::states::RequestObserver {
 public:
  struct Build {
    std::string version;
    std::string commit;
  };
  explicit Metrics(const Build& build);
  ~Metrics() override;

  static constexpr size_t kSeriesMax = 1000;

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

  // scheduler::Observer
  void OnStarted(const engine::Execution& execution) override;
  void OnClosed(const engine::Execution& execution) override;
  void OnRedriven(const engine::Execution& execution) override;
  void OnCommit(const Commit& commit) override;
  void OnCommitFailed(int shard, const absl::Status& status) override;
  void OnLoadFailed(const ExecutionId& id, const absl::Status& status) override;
  void OnRecordUnreadable(const std::string& record, const absl::Status& status) override;
  void OnUpkeepFailed(int shard, const absl::Status& status) override;
  void OnRecovered(const Recovery& recovery) override;
  void OnInMemory(int shard, int64_t executions, int64_t change) override;

  // services::Observer
  void AttemptStarted(const Attempt& attempt) override;
  void AttemptFinished(const Attempt& attempt, std::string_view outcome,
                       absl::Duration duration) override;
  void LoadChanged(std::string_view service, const LoadChange& change) override;

  // api::RpcObserver
  void OnCall(std::string_view method, absl::StatusCode code, absl::Duration duration) override;

  // api::states::RequestObserver
  void OnRequest(std::string_view operation, std::string_view code,
                 absl::Duration duration) override;

  // What a service's budget allows and has left: read at each scrape.
  struct BudgetReading {
    std::string service;
    double rate_per_second = 0;
    int64_t max_concurrency = 0;
    double tokens_available = 0;
  };
  void SetBudgets(const std::vector<BudgetReading>& readings);

 private:
  struct Families;
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<Families> families_;
};

}  // namespace segue::observability
