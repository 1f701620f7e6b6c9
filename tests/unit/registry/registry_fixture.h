#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/registry/service_registry.h"
#include "tests/support/virtual_loops.h"
#include "tests/unit/registry/fake_connector.h"

namespace segue::services {

// A registry over virtual loops, with one service "s" unless a test says otherwise.
class RegistryTest : public ::testing::Test {
 protected:
  using Loops = segue::testing::VirtualLoops;
  using Plan = FakeConnector::Plan;

  RegistryTest() : RegistryTest(Loops::Options{.loops = 2}) {}
  explicit RegistryTest(Loops::Options options) : loops_(options) {
    registry_ = std::make_unique<ServiceRegistry>(
        ServiceRegistry::Options{.clock = loops_,
                                 .home = loops_.loop(0),
                                 .observer = &observer_,
                                 .save_override = [this](const std::string& service,
                                                         const std::optional<BudgetOverride>& made,
                                                         ServiceRegistry::Saved saved) {
                                   saved_.emplace_back(service, made);
                                   saved(save_status_);
                                 }});
    connector_ = std::make_shared<FakeConnector>(
        loops_, [this](const Call& call) { return planner_ ? planner_(call) : Plan(); });
  }

  ServiceDefinition Definition(std::string name, BudgetLimits budget) {
    return {
        .name = std::move(name), .address = "there:1", .connector = connector_, .budget = budget};
  }
  void Define(BudgetLimits budget) {
    ASSERT_TRUE(registry_->ApplyConfig({Definition("s", budget)}).ok());
  }

  struct Want {
    size_t loop = 0;
    std::string service = "s";
    std::string workflow = "w";
    int priority = 5;
    std::optional<absl::Duration> timeout = std::nullopt;
    std::optional<absl::Duration> heartbeat = std::nullopt;
  };
  // Starts an attempt and notes its result under `key`.
  AttemptHandle Start(const std::string& key, Want want) {
    AttemptHandle handle;
    loops_.On(want.loop, [&] {
      handle = registry_->Start({.service = want.service,
                                 .method = "m",
                                 .arguments = Json(key),
                                 .idempotency_key = key,
                                 .workflow = want.workflow,
                                 .priority = want.priority,
                                 .timeout = want.timeout,
                                 .heartbeat = want.heartbeat},
                                loops_.loop(want.loop),
                                [this, key, loop = want.loop](AttemptResult result) {
                                  EXPECT_TRUE(loops_.loop(loop).IsCurrent());
                                  EXPECT_TRUE(results_.emplace(key, std::move(result)).second)
                                      << key << " was answered twice";
                                  finished_at_[key] = loops_.Now();
                                });
      EXPECT_FALSE(results_.contains(key)) << "done was called inside Start";
    });
    return handle;
  }
  AttemptHandle Start(const std::string& key) { return Start(key, Want()); }

  // "ok", the error's name, or "" where there is no result.
  std::string ResultOf(const std::string& key) const {
    const auto found = results_.find(key);
    if (found == results_.end()) return "";
    return found->second.outcome.ok() ? "ok" : found->second.outcome.error().name;
  }
  // The idempotency keys of the calls, in the order in which they went out.
  std::vector<std::string> Called() const {
    std::vector<std::string> keys;
    for (const Call& call : connector_->calls()) keys.push_back(call.idempotency_key);
    return keys;
  }
  absl::StatusOr<ServiceInfo> UpdateBudget(const ServiceRegistry::BudgetChange& change) {
    return registry_->UpdateBudget(
        change, [this](const absl::Status& status) { update_saved_.push_back(status.code()); });
  }
  Admission::Usage Usage() const { return registry_->Get("s")->usage; }

  Loops loops_;
  const absl::Time start_ = loops_.Now();
  FakeConnector::Planner planner_;
  std::shared_ptr<FakeConnector> connector_;
  CountingObserver observer_;
  std::vector<std::pair<std::string, std::optional<BudgetOverride>>> saved_;
  absl::Status save_status_;                    // of the next
  std::vector<absl::StatusCode> update_saved_;  // what UpdateBudget's caller was told
  std::map<std::string, AttemptResult> results_;
  std::map<std::string, absl::Time> finished_at_;
  std::unique_ptr<ServiceRegistry> registry_;
};

}  // namespace segue::services
