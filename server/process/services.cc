#include "server/process/services.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/process/settings.h"
#include "services/connector/grpc/grpc_connector.h"
#include "services/connector/http/http_connector.h"
#include "services/connector/http/http_url.h"
#include "services/connector/lambda/lambda_connector.h"
#include "services/connector/objects/directory_store.h"
#include "services/connector/objects/s3_store.h"

namespace segue::process {
namespace {

using services::BudgetLimits;
using services::ServiceDefinition;

// A task waits for its worker for as long as it takes.
constexpr absl::Duration kNoTimeout = absl::Hours(24 * 365 * 10);

constexpr absl::Duration kFunctionTimeout = absl::Minutes(15);

BudgetLimits BudgetFrom(const v1::Budget& budget) {
  BudgetLimits limits{.rate_per_second = budget.rate_per_second(),
                      .burst = budget.burst(),
                      .max_concurrency = budget.max_concurrency()};
  if (budget.has_timeout()) limits.timeout = DurationOf(budget.timeout());
  return limits;
}

v1::Budget MessageOf(const BudgetLimits& limits) {
  v1::Budget budget;
  budget.set_rate_per_second(limits.rate_per_second);
  budget.set_burst(limits.burst);
  budget.set_max_concurrency(limits.max_concurrency);
  const int64_t nanos = absl::ToInt64Nanoseconds(limits.timeout);
  budget.mutable_timeout()->set_seconds(nanos / 1'000'000'000);
  budget.mutable_timeout()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  return budget;
}

absl::Status InService(const std::string& name, const absl::Status& status) {
  return {status.code(), absl::StrCat("service ", name, ": ", std::string(status.message()))};
}

absl::StatusOr<ServiceDefinition> MakeGrpcService(const config::v1::ServiceConfig& config) {
  auto connector = services::MakeGrpcConnector(config.grpc());
  if (!connector.ok()) return InService(config.name(), connector.status());
  const auto& addresses = config.grpc().addresses();
  return ServiceDefinition{
      .name = config.name(),
      .kind = services::ConnectorKind::kGrpc,
      .address = addresses.empty() ? config.grpc().address() : absl::StrJoin(addresses, ", "),
      .connector = *std::move(connector),
      .budget = BudgetFrom(config.budget())};
}

absl::StatusOr<ServiceDefinition> MakeHttpService(const config::v1::ServiceConfig& config,
                                                  services::HttpEngine& http) {
  auto connector = services::MakeHttpConnector(config.http(), http);
  if (!connector.ok()) return InService(config.name(), connector.status());
  return ServiceDefinition{.name = config.name(),
                           .kind = services::ConnectorKind::kHttp,
                           .address = config.http().base_url(),
                           .connector = *std::move(connector),
                           .budget = BudgetFrom(config.budget())};
}

absl::StatusOr<ServiceDefinition> MakeHttpInvoke(const config::v1::HttpInvoke& config,
                                                 services::HttpEngine& http) {
  auto connector = services::MakeHttpInvokeConnector(config, http);
  if (!connector.ok()) return InService(services::kHttpInvokeService, connector.status());
  return ServiceDefinition{.name = services::kHttpInvokeService,
                           .kind = services::ConnectorKind::kHttp,
                           .address = "any",
                           .connector = *std::move(connector),
                           .budget = BudgetFrom(config.budget()),
                           .push_back = services::PushBackPolicy::kIgnore};
}

absl::StatusOr<ServiceDefinition> MakeLambda(const config::v1::Lambda& config,
                                             services::HttpEngine& http) {
  auto connector = services::MakeLambdaConnector(config, http);
  if (!connector.ok()) return connector.status();
  BudgetLimits budget = BudgetFrom(config.budget());
  if (!config.budget().has_timeout()) budget.timeout = kFunctionTimeout;
  return ServiceDefinition{.name = services::kLambdaService,
                           .kind = services::ConnectorKind::kLambda,
                           .address = config.endpoint(),
                           .connector = *std::move(connector),
                           .budget = budget};
}

ServiceDefinition MakeWorkerService(const config::v1::ServiceConfig& config,
                                    const Connectors& connectors) {
  const config::v1::WorkerConnector& worker = config.worker();
  const std::string& type = worker.task_type().empty() ? config.name() : worker.task_type();
  BudgetLimits budget = BudgetFrom(config.budget());
  budget.timeout = kNoTimeout;
  return {.name = worker.activity().empty()
                      ? absl::StrCat(services::kWorkerService, ":", type)
                      : absl::StrCat(services::kActivityService, ":", worker.activity()),
          .kind = services::ConnectorKind::kWorker,
          .address = "workers",
          .connector = connectors.workers,
          .budget = budget};
}

absl::StatusOr<ServiceDefinition> MakeService(const config::v1::ServiceConfig& config,
                                              const Connectors& connectors) {
  if (config.has_grpc()) return MakeGrpcService(config);
  if (config.has_worker()) return MakeWorkerService(config, connectors);
  return MakeHttpService(config, connectors.http);
}

}  // namespace

absl::StatusOr<std::vector<ServiceDefinition>> MakeServices(const config::v1::Config& config,
                                                            const Connectors& connectors) {
  std::vector<ServiceDefinition> definitions;
  for (const config::v1::ServiceConfig& service : config.services()) {
    absl::StatusOr<ServiceDefinition> made = MakeService(service, connectors);
    if (!made.ok()) return made.status();
    definitions.push_back(*std::move(made));
  }
  absl::StatusOr<ServiceDefinition> invoke = MakeHttpInvoke(config.http_invoke(), connectors.http);
  if (!invoke.ok()) return invoke.status();
  definitions.push_back(*std::move(invoke));
  if (!config.lambda().endpoint().empty()) {
    absl::StatusOr<ServiceDefinition> lambda = MakeLambda(config.lambda(), connectors.http);
    if (!lambda.ok()) return lambda.status();
    definitions.push_back(*std::move(lambda));
  }
  for (const char* family : {services::kWorkerService, services::kActivityService}) {
    definitions.push_back({.name = family,
                           .kind = services::ConnectorKind::kWorker,
                           .address = "workers",
                           .connector = connectors.workers,
                           .budget = {.timeout = kNoTimeout}});
  }
  return definitions;
}

absl::StatusOr<std::unique_ptr<services::ObjectStore>> MakeObjectStore(
    const config::v1::Objects& config, services::HttpEngine& http) {
  if (!config.directory().empty()) return services::MakeDirectoryStore(config.directory());
  if (config.endpoint().empty()) return nullptr;
  absl::StatusOr<std::string> endpoint = services::CheckUrl(config.endpoint());
  if (!endpoint.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("objects.endpoint: ", std::string(endpoint.status().message())));
  }
  services::AwsSigner signer{.access_key_id = config.credentials().access_key_id(),
                             .secret_access_key = config.credentials().secret_access_key(),
                             .session_token = config.credentials().session_token(),
                             .region = config.region().empty() ? "us-east-1" : config.region(),
                             .service = "s3"};
  return services::MakeS3Store(*std::move(endpoint), std::move(signer), http);
}

storage::v1::BudgetRecord EncodeOverride(const services::BudgetOverride& made) {
  storage::v1::BudgetRecord record;
  record.set_budget(MessageOf(made.budget).SerializeAsString());
  record.set_configured(MessageOf(made.configured).SerializeAsString());
  return record;
}

absl::StatusOr<services::BudgetOverride> DecodeOverride(const std::string& service,
                                                        const std::string& bytes) {
  storage::v1::BudgetRecord record;
  v1::Budget budget, configured;
  if (!record.ParseFromString(bytes) || !budget.ParseFromString(record.budget()) ||
      !configured.ParseFromString(record.configured())) {
    return absl::DataLossError(
        absl::StrCat("the stored budget of service ", service, " cannot be read"));
  }
  return services::BudgetOverride{
      .service = service, .budget = BudgetFrom(budget), .configured = BudgetFrom(configured)};
}

}  // namespace segue::process
