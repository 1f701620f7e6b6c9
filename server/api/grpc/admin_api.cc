#include "server/api/grpc/admin_api.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "segue/v1/admin_service.grpc.pb.h"
#include "server/api/grpc/convert.h"
#include "server/api/grpc/methods.h"
#include "server/api/grpc/page_token.h"
#include "server/async/one_shot.h"
#include "server/base/error.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

void SetDuration(absl::Duration duration, google::protobuf::Duration* message) {
  const int64_t nanos = absl::ToInt64Nanoseconds(duration);
  message->set_seconds(nanos / 1'000'000'000);
  message->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
}

absl::Duration DurationOf(const google::protobuf::Duration& message) {
  return absl::Seconds(message.seconds()) + absl::Nanoseconds(message.nanos());
}

v1::ConnectorKind MessageOf(services::ConnectorKind kind) {
  switch (kind) {
    case services::ConnectorKind::kGrpc:
      return v1::CONNECTOR_KIND_GRPC;
    case services::ConnectorKind::kHttp:
      return v1::CONNECTOR_KIND_HTTP;
    case services::ConnectorKind::kWorker:
      return v1::CONNECTOR_KIND_WORKER;
    case services::ConnectorKind::kLambda:
      return v1::CONNECTOR_KIND_LAMBDA;
  }
}

void ToMessage(const services::ServiceInfo& info, v1::Service* message) {
  message->set_name(info.name);
  message->set_connector(MessageOf(info.kind));
  message->set_address(info.address);
  v1::Budget* budget = message->mutable_budget();
  budget->set_rate_per_second(info.budget.rate_per_second);
  budget->set_burst(info.budget.burst);
  budget->set_max_concurrency(info.budget.max_concurrency);
  SetDuration(info.budget.timeout, budget->mutable_timeout());
  v1::BudgetUsage* usage = message->mutable_usage();
  usage->set_tokens_available(info.usage.tokens_available);
  usage->set_slots_in_use(static_cast<int32_t>(info.usage.slots_in_use));
  usage->set_queue_depth(info.usage.queue_depth);
  if (info.usage.oldest_wait) SetTime(*info.usage.oldest_wait, usage->mutable_oldest_wait_time());
  message->set_etag(info.etag);
}

// Puts one named field of `from` into `budget`; says whether there is such a field.
bool CopyField(const std::string& field, const v1::Budget& from, services::BudgetLimits& budget) {
  if (field == "rate_per_second") {
    budget.rate_per_second = from.rate_per_second();
  } else if (field == "burst") {
    budget.burst = from.burst();
  } else if (field == "max_concurrency") {
    budget.max_concurrency = from.max_concurrency();
  } else if (field == "timeout") {
    budget.timeout =
        from.has_timeout() ? DurationOf(from.timeout()) : services::BudgetLimits().timeout;
  } else {
    return false;
  }
  return true;
}

constexpr const char* kBudgetFields[] = {"rate_per_second", "burst", "max_concurrency", "timeout"};

// Where the status says nothing to programs yet.
absl::Status NamedService(const absl::Status& status, const std::string& name) {
  if (segue::DetailOf(status)) return status;
  ErrorDetail detail{.resource_type = "service", .resource_name = name};
  detail.reason = status.code() == absl::StatusCode::kNotFound  ? "SERVICE_NOT_FOUND"
                  : status.code() == absl::StatusCode::kAborted ? "ETAG_MISMATCH"
                                                                : "BAD_BUDGET";
  return MakeError(status.code(), std::string(status.message()), detail);
}

// A budget that holds, but was not confirmed to be durable. Sent again, it is written again.
absl::Status MayBeLost(const absl::Status& cause, const services::ServiceInfo& service) {
  ErrorDetail detail = segue::DetailOf(cause).value_or(ErrorDetail{.reason = "BUDGET_NOT_STORED"});
  detail.metadata = {{"service", service.name}, {"etag", service.etag}};
  return MakeError(cause.code(),
                   absl::StrCat("the budget of service '", service.name,
                                "' holds now, but may be lost when the server restarts: send the "
                                "request again, with etag ",
                                service.etag, " or without (", cause.message(), ")"),
                   detail);
}

}  // namespace

struct AdminApi::Impl {
  Impl(services::ServiceRegistry& the_registry, const ServerInfo& the_info)
      : registry(the_registry), info(the_info) {}

  async::Task<absl::Status> List(const v1::ListServicesRequest& request,
                                 v1::ListServicesResponse& response) {
    absl::StatusOr<int> size = PageSize({.requested = request.page_size(), .usual = 50});
    if (!size.ok()) co_return size.status();
    std::string after;
    if (!request.page_token().empty()) {
      auto position = DecodePageToken("services", request.page_token());
      if (!position.ok()) co_return position.status();
      after = position->front();
    }
    for (const services::ServiceInfo& listed : registry.List()) {
      if (listed.name <= after) continue;
      if (response.services_size() == *size) {
        response.set_next_page_token(
            EncodePageToken("services", {response.services().rbegin()->name()}));
        break;
      }
      ToMessage(listed, response.add_services());
    }
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> Get(const v1::GetServiceRequest& request,
                                v1::GetServiceResponse& response) {
    absl::StatusOr<services::ServiceInfo> found = registry.Get(request.name());
    if (!found.ok()) co_return NamedService(found.status(), request.name());
    ToMessage(*found, response.mutable_service());
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> UpdateBudget(async::Executor& executor,
                                         const v1::UpdateServiceBudgetRequest& request,
                                         v1::UpdateServiceBudgetResponse& response) {
    absl::StatusOr<services::ServiceInfo> found = registry.Get(request.name());
    if (!found.ok()) co_return NamedService(found.status(), request.name());
    services::BudgetLimits budget = found->budget;
    std::vector<std::string> fields(request.update_mask().paths().begin(),
                                    request.update_mask().paths().end());
    const bool all = fields.empty() || (fields.size() == 1 && fields.front() == "*");
    if (all) fields.assign(std::begin(kBudgetFields), std::end(kBudgetFields));
    for (const std::string& field : fields) {
      if (CopyField(field, request.budget(), budget)) continue;
      co_return scheduler::BadField(
          "update_mask", "UNKNOWN_FIELD",
          "a budget has no field " + field + ": rate_per_second, burst, max_concurrency, timeout");
    }
    // What was read is what is replaced: the registry compares the etag under its own lock.
    const std::string& etag = request.etag().empty() ? found->etag : request.etag();
    async::OneShot<absl::Status> durable;
    const auto tell = [&executor, &durable](const absl::Status& status) {
      executor.Post([&durable, status] { durable.Set(status); });
    };
    absl::StatusOr<services::ServiceInfo> updated =
        registry.UpdateBudget({.service = request.name(), .budget = budget, .etag = etag}, tell);
    if (!updated.ok()) co_return NamedService(updated.status(), request.name());
    absl::Status saved = co_await durable;
    if (!saved.ok()) co_return MayBeLost(saved, *updated);
    ToMessage(*updated, response.mutable_service());
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> GetInfo(const v1::GetServerInfoRequest&,
                                    v1::GetServerInfoResponse& response) {
    response.set_version(info.version);
    response.set_git_commit(info.git_commit);
    response.set_build_type(info.build_type);
    SetTime(info.start_time, response.mutable_start_time());
    SetDuration(absl::Microseconds(info.recovery_us.load()), response.mutable_recovery_duration());
    response.set_store(info.store);
    response.set_shard_count(info.shard_count);
    response.set_open_execution_count(info.open_executions.load());
    response.set_loaded_execution_count(info.loaded_executions.load());
    response.set_draining(info.draining.load());
    for (const auto& [record, fault] : info.store_faults.all()) {
      v1::StoreFault& told = *response.add_store_faults();
      told.set_record(record);
      told.set_fault(fault);
    }
    co_return absl::OkStatus();
  }

  services::ServiceRegistry& registry;
  const ServerInfo& info;
  v1::AdminService::AsyncService service;
  MethodTable<v1::AdminService::AsyncService> methods{service, "segue.v1.AdminService"};
};

AdminApi::AdminApi(services::ServiceRegistry& registry, const ServerInfo& info)
    : impl_(std::make_unique<Impl>(registry, info)) {
  using Async = v1::AdminService::AsyncService;
  Impl* impl = impl_.get();
  impl->methods.Add("ListServices", &Async::RequestListServices, impl, &Impl::List);
  impl->methods.Add("GetService", &Async::RequestGetService, impl, &Impl::Get);
  impl->methods.Add("UpdateServiceBudget", &Async::RequestUpdateServiceBudget, impl,
                    &Impl::UpdateBudget);
  impl->methods.Add("GetServerInfo", &Async::RequestGetServerInfo, impl, &Impl::GetInfo);
}

AdminApi::~AdminApi() = default;

grpc::Service& AdminApi::service() { return impl_->service; }

void AdminApi::Accept(const Loop& loop) { impl_->methods.Accept(loop); }

}  // namespace segue::api
