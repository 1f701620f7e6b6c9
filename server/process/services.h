#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "segue/config/v1/config.pb.h"
#include "segue/storage/v1/records.pb.h"
#include "services/connector/http/http_engine.h"
#include "services/connector/object_store.h"
#include "services/connector/worker/worker_pool.h"
#include "services/registry/service_definition.h"

// From the configuration to the registry's services, with their connectors.

namespace segue::process {

// What connectors share.
struct Connectors {
  services::HttpEngine& http;
  std::shared_ptr<services::WorkerPool> workers;
};

// InvalidArgument names the service and the field.
absl::StatusOr<std::vector<services::ServiceDefinition>> MakeServices(
    const config::v1::Config& config, const Connectors& connectors);

// What `objects` names; null where it names nothing.
absl::StatusOr<std::unique_ptr<services::ObjectStore>> MakeObjectStore(
    const config::v1::Objects& config, services::HttpEngine& http);

// The store's collection of budget overrides, by service.
inline constexpr char kBudgets[] = "budget";

// Between a budget override and its stored record.
storage::v1::BudgetRecord EncodeOverride(const services::BudgetOverride& made);
absl::StatusOr<services::BudgetOverride> DecodeOverride(const std::string& service,
                                                        const std::string& record);

}  // namespace segue::process
