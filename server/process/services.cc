#include "server/process/services.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/process/settings.h"
#include "services/connector/grpc/grpc_connector.h"
#include "services/connector/http/http_connector.h"

namespace segue::process {
namespace {

using services::BudgetLimits;
using services::ServiceDefinition;

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

}  // namespace

absl::StatusOr<std::vector<ServiceDefinition>> MakeServices(const config::v1::Config& config,
                                                            services::HttpEngine& http) {
  std::vector<ServiceDefinition> definitions;
  for (const config::v1::ServiceConfig& service : config.services()) {
    absl::StatusOr<ServiceDefinition> made =
        service.has_grpc() ? MakeGrpcService(service) : MakeHttpService(service, http);
    if (!made.ok()) return made.status();
    definitions.push_back(*std::move(made));
  }
  absl::StatusOr<ServiceDefinition> invoke = MakeHttpInvoke(config.http_invoke(), http);
  if (!invoke.ok()) return invoke.status();
  definitions.push_back(*std::move(invoke));
  return definitions;
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
