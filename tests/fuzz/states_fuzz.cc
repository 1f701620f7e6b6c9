// Requests to the Step Functions API, one after the other, between lines "%%": an operation's name,
// a request's headers ("Name: value") where it has any, an empty line, the body. One server in one
// thread on virtual time serves them; with an Authorization header it verifies signatures. Each is
// answered, with a result or an error that AWS has, and the server can be stopped afterwards.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "server/api/states/states_api.h"
#include "server/async/task_group.h"
#include "server/base/check.h"
#include "server/base/json.h"
#include "server/scheduler/catalog/token_key.h"
#include "server/scheduler/scheduler.h"
#include "server/store/memory/memory_store.h"
#include "services/connector/worker/worker_pool.h"
#include "services/registry/service_registry.h"
#include "tests/fuzz/echo.h"
#include "tests/fuzz/input.h"
#include "tests/support/manual_executor.h"

namespace segue::fuzz {
namespace {

using api::states::HttpRequest;
using api::states::HttpResponse;
using api::states::StatesApi;

constexpr int kCallsMax = 12;
// An execution may run for ever, and who waits for it is not answered then.
constexpr int kTurnsMax = 3000;

class ExecutorClock final : public Clock {
 public:
  explicit ExecutorClock(const async::Executor& executor) : executor_(executor) {}
  absl::Time Now() const override { return executor_.Now(); }

 private:
  const async::Executor& executor_;
};

class Silence final : public api::states::RequestObserver {
 public:
  void OnRequest(std::string_view, std::string_view, absl::Duration) override {}
};

class World {
 public:
  World() {
    const auto echo = std::make_shared<Echo>();
    const auto pulled = services::ConnectorKind::kWorker;
    SEGUE_CHECK(
        registry_
            .ApplyConfig(
                {{.name = "echo", .address = "here", .connector = echo},
                 {.name = services::kLambdaService, .connector = echo},
                 {.name = services::kHttpInvokeService, .connector = echo},
                 {.name = services::kWorkerService, .kind = pulled, .connector = workers_},
                 {.name = services::kActivityService, .kind = pulled, .connector = workers_}})
            .ok());
    std::optional<absl::Status> ready;
    scheduler_.Start([&ready](absl::Status status) { ready = std::move(status); });
    SEGUE_CHECK(RunUntil([&ready] { return ready.has_value(); }) && ready->ok());
    open_.SetReady();
    locked_.SetReady();
  }

  ~World() {
    workers_->StopPolls();
    bool stopped = false;
    executor_.Post([&] {
      scheduler_.Stop(executor_.Now() + absl::Seconds(1), [&stopped] { stopped = true; });
    });
    SEGUE_CHECK(RunUntil([&] { return stopped && rpcs_.size() == 0; }));
  }

  // Nothing where the answer waits for what does not end.
  std::optional<HttpResponse> Call(HttpRequest request) {
    auto answer = std::make_shared<std::optional<HttpResponse>>();
    StatesApi& api = request.Header("Authorization") == nullptr ? open_ : locked_;
    executor_.Post([&api, answer, request = std::move(request)]() mutable {
      api.Handle(std::move(request),
                 [answer](HttpResponse response) { *answer = std::move(response); });
    });
    const bool is_answered = RunUntil([&answer] { return answer->has_value(); });
    SEGUE_CHECK(is_answered || turns_ == kTurnsMax);  // else nothing will ever answer
    return *answer;
  }

 private:
  bool RunUntil(absl::FunctionRef<bool()> condition) {
    for (turns_ = 0; turns_ < kTurnsMax; ++turns_) {
      if (condition()) return true;
      if (!executor_.Step()) return false;
    }
    return condition();
  }

  StatesApi::Dependencies ApiDependencies() {
    return {.scheduler = &scheduler_,
            .lanes = {{.executor = &executor_, .tasks = &rpcs_}},
            .tasks = workers_.get(),
            .clock = &clock_,
            .observer = &silence_,
            .seed = 1};
  }

  testing::ManualExecutor executor_;
  const ExecutorClock clock_{executor_};
  Silence silence_;
  scheduler::Observer observer_;
  async::TaskGroup rpcs_;
  int turns_ = 0;
  store::MemoryStore store_;
  const std::shared_ptr<services::WorkerPool> workers_ = std::make_shared<services::WorkerPool>();
  services::ServiceRegistry registry_{{.clock = clock_, .home = executor_}};
  scheduler::Scheduler scheduler_{{.executors = {&executor_},
                                   .store = &store_,
                                   .runner = &registry_,
                                   .observer = &observer_,
                                   .seed = 1,
                                   .owner = "fuzz",
                                   .fresh_token_key = std::string(scheduler::kTokenKeyBytes, 'k')},
                                  {.limits = {.history_events_max = 500}}};
  StatesApi open_{ApiDependencies(), {}};
  StatesApi locked_{ApiDependencies(),
                    {.keys = api::states::AccessKeys{{{"AKIDEXAMPLE", "secret"}}}}};
};

HttpRequest RequestOf(std::string_view text) {
  HttpRequest request{.method = "POST", .target = "/"};
  const auto [head, body] = SplitAt(text, "\n\n");
  request.body = body;
  auto [operation, headers] = SplitAt(head, "\n");
  request.headers.emplace_back("X-Amz-Target", "AWSStepFunctions." + std::string(operation));
  while (!headers.empty()) {
    const auto [header, rest] = SplitAt(headers, "\n");
    const auto [name, value] = SplitAt(header, ": ");
    request.headers.emplace_back(name, value);
    headers = rest;
  }
  return request;
}

void CheckAnswer(const HttpResponse& response) {
  const absl::StatusOr<Json> body = Json::Parse(response.body);
  SEGUE_CHECK(body.ok());
  if (response.status == 200) return;
  SEGUE_CHECK(response.status == 400);
  SEGUE_CHECK(body->FindString("__type") != nullptr && !body->FindString("__type")->empty());
}

}  // namespace
}  // namespace segue::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = segue::fuzz::Text(data, size);
  segue::fuzz::World world;
  for (int calls = 0; !rest.empty() && calls < segue::fuzz::kCallsMax; ++calls) {
    const auto [text, after] = segue::fuzz::SplitInput(rest);
    rest = after;
    const auto answer = world.Call(segue::fuzz::RequestOf(text));
    if (!answer) break;
    segue::fuzz::CheckAnswer(*answer);
  }
  return 0;
}
