#pragma once

// A client of Segue's gRPC API: one typed method for each call, with deadlines, retries where they
// are safe, and errors that keep their details (see errors.h).
//
//   auto client = segue::client::Client::Connect({.address = "127.0.0.1:50051"});
//   segue::v1::SubmitWorkflowRequest request;
//   request.set_workflow("order");
//   request.set_request_id(uuid);  // makes it safe to repeat, so the client repeats it
//   auto submitted = (*client)->SubmitWorkflow(request);
//   auto closed = (*client)->WaitUntilClosed({.execution_id =
//   submitted->execution().execution_id()});
//
// Threads: all methods may be called from any thread; each blocks its caller.
// Ownership: messages are copied in and out; nothing of the caller's is kept.
// Errors: the server's status with its details. UNAVAILABLE is retried a few times before it is
// returned: reads always, submits if they carry a request_id or an execution_id, other changes if
// repeating them changes nothing. Waits and watches outlive a restart of the server.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cpp/channel.h"
#include "segue/v1/admin_service.pb.h"
#include "segue/v1/execution_service.pb.h"
#include "segue/v1/task_service.pb.h"
#include "segue/v1/workflow_service.pb.h"

namespace segue::client {

struct CallPolicy {
  // The deadline of a call, its retries included.
  absl::Duration timeout = absl::Seconds(30);
  // How often a call that may be repeated is made at most.
  int attempts_max = 4;
  // How long a wait or a watch looks for a server that it had reached and has lost.
  absl::Duration patience = absl::Seconds(60);
};

struct WaitOptions {
  std::string execution_id;
  absl::Time until = absl::InfiniteFuture();
  v1::ExecutionView view = v1::EXECUTION_VIEW_UNSPECIFIED;  // FULL
};

struct WatchOptions {
  std::string execution_id;
  std::string resume_token;
  bool skip_history = false;
  v1::ExecutionView view = v1::EXECUTION_VIEW_UNSPECIFIED;  // BASIC
};

class Client {
 public:
  // Does not wait for the connection. INVALID_ARGUMENT as OpenChannel.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const ConnectOptions& options,
                                                         const CallPolicy& policy = {});

  // Over a channel of the caller's, of any kind (in-process, say).
  Client(const std::shared_ptr<grpc::Channel>& channel, const CallPolicy& policy);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  absl::StatusOr<v1::CreateWorkflowResponse> CreateWorkflow(const v1::CreateWorkflowRequest&);
  absl::StatusOr<v1::UpdateWorkflowResponse> UpdateWorkflow(const v1::UpdateWorkflowRequest&);
  absl::StatusOr<v1::GetWorkflowResponse> GetWorkflow(const v1::GetWorkflowRequest&);
  absl::StatusOr<v1::ListWorkflowsResponse> ListWorkflows(const v1::ListWorkflowsRequest&);
  absl::StatusOr<v1::DeleteWorkflowResponse> DeleteWorkflow(const v1::DeleteWorkflowRequest&);
  absl::StatusOr<v1::ValidateWorkflowResponse> ValidateWorkflow(const v1::ValidateWorkflowRequest&);

  absl::StatusOr<v1::SubmitWorkflowResponse> SubmitWorkflow(const v1::SubmitWorkflowRequest&);
  absl::StatusOr<v1::GetExecutionResponse> GetExecution(const v1::GetExecutionRequest&);
  absl::StatusOr<v1::CancelExecutionResponse> CancelExecution(const v1::CancelExecutionRequest&);
  absl::StatusOr<v1::RedriveExecutionResponse> RedriveExecution(const v1::RedriveExecutionRequest&);
  absl::StatusOr<v1::ListExecutionsResponse> ListExecutions(const v1::ListExecutionsRequest&);
  absl::StatusOr<v1::ListHistoryResponse> ListHistory(const v1::ListHistoryRequest&);

  absl::StatusOr<v1::CompleteTaskResponse> CompleteTask(const v1::CompleteTaskRequest&);
  absl::StatusOr<v1::FailTaskResponse> FailTask(const v1::FailTaskRequest&);
  absl::StatusOr<v1::HeartbeatTaskResponse> HeartbeatTask(const v1::HeartbeatTaskRequest&);

  absl::StatusOr<v1::ListServicesResponse> ListServices(const v1::ListServicesRequest&);
  absl::StatusOr<v1::GetServiceResponse> GetService(const v1::GetServiceRequest&);
  absl::StatusOr<v1::UpdateServiceBudgetResponse> UpdateServiceBudget(
      const v1::UpdateServiceBudgetRequest&);
  absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo();

  // Waits until the execution has ended (`done`) or `until` has come (not `done`; no error).
  absl::StatusOr<v1::WaitExecutionResponse> WaitUntilClosed(const WaitOptions& options);

  // Hands every message of the watch to `on_message`, in order, on the caller's thread, and returns
  // OK after the one whose snapshot has a terminal status. A connection that breaks is resumed
  // where it was: no event is missed, none is seen twice.
  absl::Status Watch(const WatchOptions& options,
                     const std::function<void(const v1::WatchExecutionResponse&)>& on_message);

  // Ends all calls under way, and all later ones, with CANCELLED. From any thread; not from a
  // signal handler.
  void Interrupt();

  struct State;  // internal (call_state.h)

 private:
  friend class SubmitStream;
  std::unique_ptr<State> state_;
};

// Whether the execution has ended.
bool IsTerminal(v1::ExecutionStatus status);

}  // namespace segue::client
