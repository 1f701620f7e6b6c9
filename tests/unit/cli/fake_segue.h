#pragma once

// A server of Segue's API that remembers what it is told and runs nothing. In process: no socket,
// unless a test asks for one.
//
// It serves the tests of the clients, so it is strict where they could be wrong: request ids,
// update masks, page tokens, resume tokens. Executions end when a test says so.

#include <grpcpp/grpcpp.h>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "clients/cpp/client.h"
#include "segue/v1/admin_service.grpc.pb.h"
#include "segue/v1/execution_service.grpc.pb.h"
#include "segue/v1/workflow_service.grpc.pb.h"

namespace segue::cli {

// An error with ErrorInfo, as the server sends them.
grpc::Status RichError(grpc::StatusCode code, const std::string& message,
                       const std::string& reason);
// INVALID_DEFINITION with one fault at 3:7.
grpc::Status DefinitionError();

class FakeSegue final {
 public:
  enum class Reach { kInProcess, kLoopback };
  explicit FakeSegue(Reach reach = Reach::kInProcess);
  ~FakeSegue();

  std::unique_ptr<client::Client> Connect(const client::CallPolicy& policy = {});

  // With kLoopback: where it listens.
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // What ends an execution of a workflow with this name. Others stay RUNNING.
  struct Ending {
    v1::ExecutionStatus status = v1::EXECUTION_STATUS_SUCCEEDED;
    std::string error;
  };
  std::map<std::string, Ending> endings;

  // The next calls of a watch, a wait, a stream fail with UNAVAILABLE after so many messages.
  std::deque<int> break_watch_after;
  std::deque<int> break_stream_after;
  int fail_waits = 0;
  int fail_submits = 0;

  // What was asked, in order.
  std::vector<v1::SubmitWorkflowRequest> submits;
  std::vector<v1::UpdateServiceBudgetRequest> budgets;
  std::vector<v1::ListExecutionsRequest> lists;
  std::vector<v1::WatchExecutionRequest> watches;
  std::vector<v1::CancelExecutionRequest> cancels;
  std::vector<v1::RedriveExecutionRequest> redrives;
  std::map<std::string, v1::Workflow> workflows;
  std::vector<v1::Execution> executions;
  std::vector<v1::StoreFault> store_faults;

 private:
  class Workflows;
  class Executions;
  class Admin;
  grpc::Status Submit(const v1::SubmitWorkflowRequest& request,
                      v1::SubmitWorkflowResponse* response);
  v1::Execution* Find(const std::string& id);

  std::mutex mutex_;
  std::map<std::string, std::string> by_request_id_;
  std::unique_ptr<Workflows> workflow_service_;
  std::unique_ptr<Executions> execution_service_;
  std::unique_ptr<Admin> admin_service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace segue::cli
