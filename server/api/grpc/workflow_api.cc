#include "server/api/grpc/workflow_api.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "segue/v1/workflow_service.grpc.pb.h"
#include "server/api/grpc/convert.h"
#include "server/api/grpc/methods.h"
#include "server/api/grpc/page_token.h"
#include "server/scheduler/errors.h"

namespace segue::api {
namespace {

using scheduler::PutWorkflow;

PutWorkflow PutFrom(const v1::Workflow& workflow) {
  return {.name = workflow.name(),
          .definition = workflow.definition(),
          .description = workflow.description(),
          .format = FormatOf(workflow.definition_format()),
          .labels = {workflow.labels().begin(), workflow.labels().end()},
          .etag = workflow.etag()};
}

bool Matches(const scheduler::WorkflowVersion& version, const v1::ListWorkflowsRequest& request) {
  if (!absl::StartsWith(version.name, request.name_prefix())) return false;
  for (const auto& [key, value] : request.labels()) {
    const auto found = version.labels.find(key);
    if (found == version.labels.end() || found->second != value) return false;
  }
  return true;
}

}  // namespace

struct WorkflowApi::Impl {
  explicit Impl(scheduler::Catalog& the_catalog) : catalog(the_catalog) {}

  async::Task<absl::Status> Create(const v1::CreateWorkflowRequest& request,
                                   v1::CreateWorkflowResponse& response) {
    PutWorkflow put = PutFrom(request.workflow());
    put.mode = PutWorkflow::Mode::kCreate;
    put.etag.clear();
    if (request.validate_only()) put.commit = PutWorkflow::Commit::kValidateOnly;
    absl::StatusOr<scheduler::PutWorkflowResult> result = co_await catalog.Put(std::move(put));
    if (!result.ok()) co_return result.status();
    ToMessage(*result->version, response.mutable_workflow());
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> Update(const v1::UpdateWorkflowRequest& request,
                                   v1::UpdateWorkflowResponse& response) {
    PutWorkflow put = PutFrom(request.workflow());
    put.mode =
        request.allow_missing() ? PutWorkflow::Mode::kCreateOrUpdate : PutWorkflow::Mode::kUpdate;
    if (request.validate_only()) put.commit = PutWorkflow::Commit::kValidateOnly;
    absl::StatusOr<scheduler::PutWorkflowResult> result = co_await catalog.Put(std::move(put));
    if (!result.ok()) co_return result.status();
    ToMessage(*result->version, response.mutable_workflow());
    response.set_changed(result->changed);
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> Get(const v1::GetWorkflowRequest& request,
                                v1::GetWorkflowResponse& response) {
    absl::StatusOr<scheduler::WorkflowVersionPtr> version =
        catalog.Get(request.name(), request.version());
    if (!version.ok()) co_return version.status();
    ToMessage(**version, response.mutable_workflow());
    co_return absl::OkStatus();
  }

  async::Task<absl::Status> List(const v1::ListWorkflowsRequest& request,
                                 v1::ListWorkflowsResponse& response) {
    absl::StatusOr<int> size = PageSize({.requested = request.page_size(), .usual = 50});
    if (!size.ok()) co_return size.status();
    std::string list = absl::StrCat("workflows|", request.name_prefix());
    for (const auto& [key, value] :
         std::map<std::string, std::string>(request.labels().begin(), request.labels().end())) {
      absl::StrAppend(&list, "|", key, "=", value);
    }
    std::string after;
    if (!request.page_token().empty()) {
      auto position = DecodePageToken(list, request.page_token());
      if (!position.ok()) co_return position.status();
      after = position->front();
    }
    while (true) {
      const auto versions = catalog.List(after, *size + 1);
      for (const scheduler::WorkflowVersionPtr& version : versions) {
        if (response.workflows_size() == *size) {
          response.set_next_page_token(EncodePageToken(list, {after}));
          co_return absl::OkStatus();
        }
        after = version->name;
        if (!Matches(*version, request)) continue;
        v1::Workflow* workflow = response.add_workflows();
        ToMessage(*version, workflow);
        workflow->clear_definition();
      }
      if (std::ssize(versions) <= *size) co_return absl::OkStatus();
    }
  }

  async::Task<absl::Status> Delete(const v1::DeleteWorkflowRequest& request,
                                   v1::DeleteWorkflowResponse&) {
    co_return co_await catalog.Delete(request.name(), request.etag());
  }

  async::Task<absl::Status> Validate(const v1::ValidateWorkflowRequest& request,
                                     v1::ValidateWorkflowResponse& response) {
    const auto faults = catalog.Faults(request.definition(), FormatOf(request.definition_format()));
    for (const language::Fault& fault : faults) ToMessage(fault, response.add_faults());
    co_return absl::OkStatus();
  }

  scheduler::Catalog& catalog;
  v1::WorkflowService::AsyncService service;
  MethodTable<v1::WorkflowService::AsyncService> methods{service, "segue.v1.WorkflowService"};
};

WorkflowApi::WorkflowApi(scheduler::Catalog& catalog) : impl_(std::make_unique<Impl>(catalog)) {
  using Async = v1::WorkflowService::AsyncService;
  Impl* impl = impl_.get();
  impl->methods.Add("CreateWorkflow", &Async::RequestCreateWorkflow, impl, &Impl::Create);
  impl->methods.Add("UpdateWorkflow", &Async::RequestUpdateWorkflow, impl, &Impl::Update);
  impl->methods.Add("GetWorkflow", &Async::RequestGetWorkflow, impl, &Impl::Get);
  impl->methods.Add("ListWorkflows", &Async::RequestListWorkflows, impl, &Impl::List);
  impl->methods.Add("DeleteWorkflow", &Async::RequestDeleteWorkflow, impl, &Impl::Delete);
  impl->methods.Add("ValidateWorkflow", &Async::RequestValidateWorkflow, impl, &Impl::Validate);
}

WorkflowApi::~WorkflowApi() = default;

grpc::Service& WorkflowApi::service() { return impl_->service; }

void WorkflowApi::Accept(const Loop& loop) { impl_->methods.Accept(loop); }

}  // namespace segue::api
