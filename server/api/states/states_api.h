#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/api/states/http_server.h"
#include "server/api/states/request_observer.h"
#include "server/api/states/sigv4.h"
#include "server/async/executor.h"
#include "server/async/task_group.h"
#include "server/base/clock.h"
#include "server/scheduler/catalog/arn.h"
#include "server/scheduler/scheduler.h"
#include "services/connector/task_source.h"

namespace segue::api::states {

// The Step Functions API over the scheduler: AWS JSON 1.0 (a POST to /, the operation in
// X-Amz-Target, JSON both ways). A request is decoded on the thread that it came on, served on one
// of the lanes in turn, and answered from there.
//
// Threads: Handle on any one; SetReady on any. Ownership: the lanes and the scheduler outlive it,
// and it outlives what runs in the lanes.
class StatesApi {
 public:
  // One shard's thread, and where what runs there is counted.
  struct Lane {
    async::Executor* executor = nullptr;
    async::TaskGroup* tasks = nullptr;
  };
  struct Dependencies {
    scheduler::Scheduler* scheduler = nullptr;
    std::vector<Lane> lanes;
    services::TaskSource* tasks = nullptr;  // of activities
    const Clock* clock = nullptr;
    RequestObserver* observer = nullptr;
    uint64_t seed = 0;  // of names, tokens and the choice between versions
  };
  struct Options {
    int64_t max_input_bytes = 256 << 10;   // of an execution
    int64_t max_result_bytes = 256 << 10;  // of a task
    std::optional<AccessKeys> keys;        // absent: signatures are not looked at
  };
  StatesApi(Dependencies dependencies, Options options);
  ~StatesApi();

  // Until then, requests are asked to come back.
  void SetReady();

  void Handle(HttpRequest request, HttpServer::Done done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace segue::api::states
