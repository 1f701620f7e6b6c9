#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/async/one_shot.h"
#include "server/async/task.h"
#include "server/base/check.h"
#include "server/base/clock.h"
#include "server/scheduler/catalog/catalog_store.h"
#include "server/scheduler/observer.h"
#include "server/store/memory/memory_store.h"
#include "services/registry/service_registry.h"
#include "tests/fuzz/echo.h"
#include "tests/support/manual_executor.h"

namespace segue::fuzz {

// A catalog over a store in memory that holds the workflow "w", as records.
class StoredWorkflow {
 public:
  // With `record` as its first version; nothing: none.
  explicit StoredWorkflow(std::optional<std::string> record) {
    SEGUE_CHECK(
        registry_
            .ApplyConfig(
                {{.name = "echo", .address = "here", .connector = std::make_shared<Echo>()}})
            .ok());
    if (record) SEGUE_CHECK(executor_.Wait(Write({First(*std::move(record))})).ok());
    SEGUE_CHECK(executor_.Wait(catalog_.Load()).ok());
  }

  absl::StatusOr<scheduler::WorkflowVersionPtr> Get(int64_t version) const {
    return catalog_.Get("w", version);
  }

  absl::StatusOr<scheduler::PutWorkflowResult> Put(scheduler::PutWorkflow request) {
    request.name = "w";
    return executor_.Wait(catalog_.Put(std::move(request)));
  }

  // Of the newest version.
  std::string Record() {
    const store::Store::DocumentQuery query{.collection = "workflow", .limit = 10};
    const auto documents = executor_.Wait(store_.ReadDocuments(query, executor_));
    SEGUE_CHECK(documents.ok() && !documents->empty());
    return documents->back().record;
  }

 private:
  static store::DocumentWrite First(std::string record) {
    return {.collection = "workflow", .key = "w/00000000000000000001", .record = std::move(record)};
  }

  async::Task<absl::Status> Write(std::vector<store::DocumentWrite> documents) {
    store::Batch batch;
    batch.documents = std::move(documents);
    async::OneShot<absl::Status> committed;
    store_.Commit(std::move(batch), executor_,
                  [&committed](absl::Status status) { committed.Set(std::move(status)); });
    co_return co_await committed;
  }

  testing::ManualExecutor executor_;
  const RealClock clock_;
  store::MemoryStore store_;
  scheduler::Observer observer_;
  services::ServiceRegistry registry_{{.clock = clock_, .home = executor_}};
  scheduler::StoredCatalog catalog_{{.home = &executor_,
                                     .executors = {&executor_},
                                     .store = &store_,
                                     .runner = &registry_,
                                     .observer = &observer_,
                                     .commit =
                                         [this](std::vector<store::DocumentWrite> documents) {
                                           return Write(std::move(documents));
                                         }},
                                    {}};
};

}  // namespace segue::fuzz
