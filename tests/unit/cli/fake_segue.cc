#include "tests/unit/cli/fake_segue.h"

#include <algorithm>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace segue::cli {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

constexpr int kEventCount = 4;

Status WithDetails(google::rpc::Status rich) {
  return Status(static_cast<StatusCode>(rich.code()), rich.message(), rich.SerializeAsString());
}

Status NotFound(const std::string& type, const std::string& name) {
  google::rpc::Status rich;
  rich.set_code(StatusCode::NOT_FOUND);
  rich.set_message(type + " '" + name + "' does not exist");
  google::rpc::ResourceInfo resource;
  resource.set_resource_type(type);
  resource.set_resource_name(name);
  rich.add_details()->PackFrom(resource);
  return WithDetails(rich);
}

// Takes the next number of a list; `fallback` when there is none.
int Pop(std::deque<int>& numbers, int fallback) {
  if (numbers.empty()) return fallback;
  const int number = numbers.front();
  numbers.pop_front();
  return number;
}

v1::HistoryEvent Event(int id) {
  static constexpr const char* kTypes[] = {"ExecutionStarted", "PassStateEntered",
                                           "PassStateExited", "ExecutionSucceeded"};
  v1::HistoryEvent event;
  event.set_id(id);
  event.mutable_time()->set_seconds(1'700'000'000 + id);
  event.set_type(kTypes[(id - 1) % kEventCount]);
  if (id == 2 || id == 3) event.set_state_name("Step");
  return event;
}

}  // namespace

Status RichError(StatusCode code, const std::string& message, const std::string& reason) {
  google::rpc::Status rich;
  rich.set_code(code);
  rich.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("segue");
  rich.add_details()->PackFrom(info);
  return WithDetails(rich);
}

Status DefinitionError() {
  google::rpc::Status rich;
  rich.set_code(StatusCode::INVALID_ARGUMENT);
  rich.set_message("the definition has 1 fault");
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_DEFINITION");
  info.set_domain("segue");
  rich.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("/States/A/Next");
  violation->set_reason("UNKNOWN_STATE");
  violation->set_description("3:7: there is no state 'B'");
  rich.add_details()->PackFrom(bad);
  return WithDetails(rich);
}

class FakeSegue::Workflows final : public v1::WorkflowService::Service {
 public:
  explicit Workflows(FakeSegue& fake) : fake_(fake) {}

  Status UpdateWorkflow(ServerContext*, const v1::UpdateWorkflowRequest* request,
                        v1::UpdateWorkflowResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    if (request->workflow().definition().find("BAD") != std::string::npos) {
      return DefinitionError();
    }
    v1::Workflow& stored = fake_.workflows[request->workflow().name()];
    if (stored.definition() != request->workflow().definition()) {
      const int64_t version = stored.version();
      stored = request->workflow();
      stored.set_version(version + 1);
      response->set_changed(true);
    }
    *response->mutable_workflow() = stored;
    return Status::OK;
  }

  Status GetWorkflow(ServerContext*, const v1::GetWorkflowRequest* request,
                     v1::GetWorkflowResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    const auto found = fake_.workflows.find(request->name());
    if (found == fake_.workflows.end()) return NotFound("workflow", request->name());
    *response->mutable_workflow() = found->second;
    return Status::OK;
  }

  Status ListWorkflows(ServerContext*, const v1::ListWorkflowsRequest* request,
                       v1::ListWorkflowsResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    // One a page: clients must follow the token.
    auto next = fake_.workflows.upper_bound(request->page_token());
    if (next == fake_.workflows.end()) return Status::OK;
    *response->add_workflows() = next->second;
    if (std::next(next) != fake_.workflows.end()) response->set_next_page_token(next->first);
    return Status::OK;
  }

  Status ValidateWorkflow(ServerContext*, const v1::ValidateWorkflowRequest* request,
                          v1::ValidateWorkflowResponse* response) override {
    if (request->definition().find("BAD") == std::string::npos) return Status::OK;
    v1::Fault* fault = response->add_faults();
    fault->set_json_pointer("/States/A/Next");
    fault->set_line(3);
    fault->set_column(7);
    fault->set_code("UNKNOWN_STATE");
    fault->set_message("there is no state 'B'");
    return Status::OK;
  }

 private:
  FakeSegue& fake_;
};

class FakeSegue::Executions final : public v1::ExecutionService::Service {
 public:
  explicit Executions(FakeSegue& fake) : fake_(fake) {}

  Status SubmitWorkflow(ServerContext*, const v1::SubmitWorkflowRequest* request,
                        v1::SubmitWorkflowResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    return fake_.Submit(*request, response);
  }

  Status GetExecution(ServerContext*, const v1::GetExecutionRequest* request,
                      v1::GetExecutionResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    const v1::Execution* execution = fake_.Find(request->execution_id());
    if (execution == nullptr) return NotFound("execution", request->execution_id());
    *response->mutable_execution() = *execution;
    return Status::OK;
  }

  Status CancelExecution(ServerContext*, const v1::CancelExecutionRequest* request,
                         v1::CancelExecutionResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    fake_.cancels.push_back(*request);
    v1::Execution* execution = fake_.Find(request->execution_id());
    if (execution == nullptr) return NotFound("execution", request->execution_id());
    execution->set_status(v1::EXECUTION_STATUS_CANCELLED);
    *response->mutable_execution() = *execution;
    return Status::OK;
  }

  Status RedriveExecution(ServerContext*, const v1::RedriveExecutionRequest* request,
                          v1::RedriveExecutionResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    fake_.redrives.push_back(*request);
    v1::Execution* execution = fake_.Find(request->execution_id());
    if (execution == nullptr) return NotFound("execution", request->execution_id());
    execution->set_status(v1::EXECUTION_STATUS_RUNNING);
    *response->mutable_execution() = *execution;
    return Status::OK;
  }

  Status WaitExecution(ServerContext*, const v1::WaitExecutionRequest* request,
                       v1::WaitExecutionResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    if (fake_.fail_waits > 0) {
      --fake_.fail_waits;
      return RichError(StatusCode::UNAVAILABLE, "draining", "DRAINING");
    }
    const v1::Execution* execution = fake_.Find(request->execution_id());
    if (execution == nullptr) return NotFound("execution", request->execution_id());
    *response->mutable_execution() = *execution;
    response->set_done(client::IsTerminal(execution->status()));
    return Status::OK;
  }

  Status WatchExecution(ServerContext*, const v1::WatchExecutionRequest* request,
                        grpc::ServerWriter<v1::WatchExecutionResponse>* writer) override {
    const std::lock_guard lock(fake_.mutex_);
    fake_.watches.push_back(*request);
    const v1::Execution* execution = fake_.Find(request->execution_id());
    if (execution == nullptr) return NotFound("execution", request->execution_id());
    const int messages = Pop(fake_.break_watch_after, kEventCount + 1);
    const int first = request->resume_token().empty() ? 1 : std::stoi(request->resume_token()) + 1;
    for (int id = first; id <= kEventCount; ++id) {
      if (id - first >= messages) return RichError(StatusCode::UNAVAILABLE, "draining", "DRAINING");
      v1::WatchExecutionResponse message;
      *message.add_events() = Event(id);
      message.set_resume_token(std::to_string(id));
      const bool last = id == kEventCount;
      if (id == first || last) *message.mutable_execution() = *execution;
      if (!last) message.mutable_execution()->set_status(v1::EXECUTION_STATUS_RUNNING);
      writer->Write(message);
    }
    return Status::OK;
  }

  Status ListExecutions(ServerContext*, const v1::ListExecutionsRequest* request,
                        v1::ListExecutionsResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    fake_.lists.push_back(*request);
    const size_t start =
        request->page_token().empty() ? 0 : static_cast<size_t>(std::stoi(request->page_token()));
    if (start < fake_.executions.size()) *response->add_executions() = fake_.executions[start];
    if (start + 1 < fake_.executions.size()) {
      response->set_next_page_token(std::to_string(start + 1));
    }
    return Status::OK;
  }

  Status ListHistory(ServerContext*, const v1::ListHistoryRequest* request,
                     v1::ListHistoryResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    if (fake_.Find(request->execution_id()) == nullptr) {
      return NotFound("execution", request->execution_id());
    }
    for (int id = 1; id <= kEventCount; ++id) *response->add_events() = Event(id);
    return Status::OK;
  }

  Status SubmitWorkflows(ServerContext*,
                         grpc::ServerReaderWriter<v1::SubmitWorkflowsResponse,
                                                  v1::SubmitWorkflowsRequest>* stream) override {
    int messages_left = 1'000'000;
    {
      const std::lock_guard lock(fake_.mutex_);
      messages_left = Pop(fake_.break_stream_after, messages_left);
    }
    v1::SubmitWorkflowsRequest request;
    while (stream->Read(&request)) {
      v1::SubmitWorkflowsResponse answer;
      answer.set_tag(request.tag());
      v1::SubmitWorkflowResponse accepted;
      Status status;
      {
        const std::lock_guard lock(fake_.mutex_);
        status = fake_.Submit(request.submit(), &accepted);
      }
      // Broken after it was accepted, before it was said: what request ids are for.
      if (messages_left-- <= 0) return RichError(StatusCode::UNAVAILABLE, "draining", "DRAINING");
      if (!status.ok()) {
        answer.mutable_error()->ParseFromString(status.error_details());
        stream->Write(answer);
        continue;
      }
      *answer.mutable_accepted() = accepted;
      stream->Write(answer);
      if (request.report_close() && client::IsTerminal(accepted.execution().status())) {
        *answer.mutable_closed() = accepted.execution();
        stream->Write(answer);
      }
    }
    return Status::OK;
  }

 private:
  FakeSegue& fake_;
};

class FakeSegue::Admin final : public v1::AdminService::Service {
 public:
  explicit Admin(FakeSegue& fake) : fake_(fake) {}

  Status ListServices(ServerContext*, const v1::ListServicesRequest*,
                      v1::ListServicesResponse* response) override {
    v1::Service* service = response->add_services();
    service->set_name("payment");
    service->set_connector(v1::CONNECTOR_KIND_GRPC);
    service->set_address("127.0.0.1:9000");
    service->mutable_budget()->set_rate_per_second(50);
    service->mutable_budget()->set_max_concurrency(8);
    service->mutable_usage()->set_slots_in_use(3);
    return Status::OK;
  }

  Status UpdateServiceBudget(ServerContext*, const v1::UpdateServiceBudgetRequest* request,
                             v1::UpdateServiceBudgetResponse* response) override {
    const std::lock_guard lock(fake_.mutex_);
    fake_.budgets.push_back(*request);
    response->mutable_service()->set_name(request->name());
    *response->mutable_service()->mutable_budget() = request->budget();
    return Status::OK;
  }

  Status GetServerInfo(ServerContext*, const v1::GetServerInfoRequest*,
                       v1::GetServerInfoResponse* response) override {
    response->set_version("9.9.9");
    response->set_store("memory");
    for (const v1::StoreFault& fault : fake_.store_faults) *response->add_store_faults() = fault;
    return Status::OK;
  }

 private:
  FakeSegue& fake_;
};

FakeSegue::FakeSegue(Reach reach)
    : workflow_service_(std::make_unique<Workflows>(*this)),
      execution_service_(std::make_unique<Executions>(*this)),
      admin_service_(std::make_unique<Admin>(*this)) {
  grpc::ServerBuilder builder;
  if (reach == Reach::kLoopback) {
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  }
  builder.RegisterService(workflow_service_.get());
  builder.RegisterService(execution_service_.get());
  builder.RegisterService(admin_service_.get());
  server_ = builder.BuildAndStart();
}

FakeSegue::~FakeSegue() { server_->Shutdown(std::chrono::system_clock::now()); }

std::unique_ptr<client::Client> FakeSegue::Connect(const client::CallPolicy& policy) {
  return std::make_unique<client::Client>(server_->InProcessChannel(grpc::ChannelArguments()),
                                          policy);
}

v1::Execution* FakeSegue::Find(const std::string& id) {
  const auto found = std::find_if(executions.begin(), executions.end(),
                                  [&](const auto& item) { return item.execution_id() == id; });
  return found == executions.end() ? nullptr : &*found;
}

grpc::Status FakeSegue::Submit(const v1::SubmitWorkflowRequest& request,
                               v1::SubmitWorkflowResponse* response) {
  if (fail_submits > 0) {
    --fail_submits;
    return RichError(StatusCode::UNAVAILABLE, "draining", "DRAINING");
  }
  submits.push_back(request);
  if (request.input().find("BAD") != std::string::npos) {
    return RichError(StatusCode::INVALID_ARGUMENT, "the input is not JSON", "INVALID_INPUT");
  }
  if (const auto known = by_request_id_.find(request.request_id());
      !request.request_id().empty() && known != by_request_id_.end()) {
    *response->mutable_execution() = *Find(known->second);
    response->set_duplicate(true);
    return Status::OK;
  }
  v1::Execution execution;
  execution.set_execution_id(request.execution_id().empty()
                                 ? "e" + std::to_string(executions.size() + 1)
                                 : request.execution_id());
  execution.set_workflow(request.workflow());
  execution.set_version(1);
  execution.set_input(request.input());
  execution.set_status(v1::EXECUTION_STATUS_RUNNING);
  execution.mutable_start_time()->set_seconds(1'700'000'000);
  if (const auto ending = endings.find(request.workflow()); ending != endings.end()) {
    execution.set_status(ending->second.status);
    execution.mutable_end_time()->set_seconds(1'700'000'002);
    if (!ending->second.error.empty()) execution.mutable_error()->set_error(ending->second.error);
  }
  by_request_id_[request.request_id()] = execution.execution_id();
  executions.push_back(execution);
  *response->mutable_execution() = execution;
  return Status::OK;
}

}  // namespace segue::cli
