#include "clients/cpp/client.h"

#include <grpcpp/channel.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "clients/cpp/call_state.h"
#include "clients/cpp/errors.h"

namespace segue::client {
namespace {

// Below the server's longest wait, so that an answer comes well before any idle timeout between.
constexpr absl::Duration kLongPoll = absl::Seconds(50);

// A call that lasts longer was connected: no attempt to connect takes so long (see channel.cc).
constexpr absl::Duration kSurelyConnected = absl::Seconds(10);

// How long an interruption may have to wait for a connection that is being made.
constexpr absl::Duration kPollSlice = absl::Milliseconds(100);

enum class Repeat { kSafe, kUnsafe };

absl::Status InterruptedError() { return absl::CancelledError("interrupted"); }

// Calls `method` until it answers, may not be repeated, or `deadline` comes.
template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> CallUntil(Client::State& state, absl::Time deadline, Repeat repeat,
                                   Service& stub,
                                   grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                                   const Request& request) {
  Backoff backoff;
  for (int attempt = 1;; ++attempt) {
    Response response;
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    absl::Status status;
    {
      const Interruption::Guard guard(state.interruption, context);
      status = FromGrpc((stub.*method)(&context, request, &response));
    }
    if (!absl::IsUnavailable(status)) state.reached = true;
    if (status.ok()) return response;
    if (state.interruption.interrupted()) return InterruptedError();
    const bool again = repeat == Repeat::kSafe && absl::IsUnavailable(status) &&
                       attempt < state.policy.attempts_max;
    if (!again) return status;
    const absl::Duration pause = backoff.Next(status);
    if (absl::Now() + pause >= deadline) return status;
    if (state.Pause(pause)) return InterruptedError();
  }
}

template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> Call(Client::State& state, Repeat repeat, Service& stub,
                              grpc::Status (Service::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                              const Request& request) {
  return CallUntil(state, absl::Now() + state.policy.timeout, repeat, stub, method, request);
}

}  // namespace

void Interruption::Interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  interrupt_.notify_all();
  for (grpc::ClientContext* context : contexts_) context->TryCancel();
}

bool Interruption::interrupted() {
  const std::lock_guard lock(mutex_);
  return interrupted_;
}

bool Interruption::Sleep(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return interrupt_.wait_for(lock, absl::ToChronoNanoseconds(duration),
                             [this] { return interrupted_; });
}

Interruption::Guard::Guard(Interruption& owner, grpc::ClientContext& context)
    : owner_(owner), context_(context) {
  const std::lock_guard lock(owner_.mutex_);
  owner_.contexts_.insert(&context_);
  if (owner_.interrupted_) context_.TryCancel();
}

Interruption::Guard::~Guard() {
  const std::lock_guard lock(owner_.mutex_);
  owner_.contexts_.erase(&context_);
}

absl::Duration Backoff::Next(const absl::Status& status) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double factor = std::uniform_real_distribution<double>(0.8, 1.2)(random);
  const absl::Duration pause = next_ * factor;
  next_ = std::min(next_ * 2, kMax);
  return std::max(pause, DetailsOf(status).retry_delay.value_or(absl::ZeroDuration()));
}

Client::State::State(const std::shared_ptr<grpc::Channel>& calls, const CallPolicy& call_policy)
    : policy(call_policy),
      workflows(v1::WorkflowService::NewStub(calls)),
      executions(v1::ExecutionService::NewStub(calls)),
      tasks(v1::TaskService::NewStub(calls)),
      admin(v1::AdminService::NewStub(calls)) {}

bool Client::State::Pause(absl::Duration duration) {
  const absl::Time until = absl::Now() + duration;
  // While no call waits, nothing polls the connection, and one that is being made would stand still
  // until gRPC's backup poller comes by, every 5 s: so poll it here.
  while (channel && !interruption.interrupted() && absl::Now() < until &&
         channel->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY) {
    channel->WaitForConnected(absl::ToChronoTime(std::min(until, absl::Now() + kPollSlice)));
  }
  return interruption.Sleep(std::max(absl::ZeroDuration(), until - absl::Now()));
}

bool Client::State::ShouldResume(const absl::Status& status, absl::Time last_sign_of_life,
                                 int attempts) const {
  if (!absl::IsUnavailable(status)) return false;
  // A server that never answered is probably not there: say so soon.
  if (!reached) return attempts < policy.attempts_max;
  return absl::Now() - last_sign_of_life < policy.patience;
}

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const ConnectOptions& options,
                                                        const CallPolicy& policy) {
  auto channel = OpenChannel(options);
  if (!channel.ok()) return channel.status();
  auto client = std::make_unique<Client>(*channel, policy);
  client->state_->channel = *std::move(channel);
  return client;
}

Client::Client(const std::shared_ptr<grpc::Channel>& channel, const CallPolicy& policy)
    : state_(std::make_unique<State>(channel, policy)) {}
Client::~Client() = default;

void Client::Interrupt() { state_->interruption.Interrupt(); }

absl::StatusOr<v1::CreateWorkflowResponse> Client::CreateWorkflow(
    const v1::CreateWorkflowRequest& request) {
  return Call(*state_, Repeat::kUnsafe, *state_->workflows,
              &v1::WorkflowService::Stub::CreateWorkflow, request);
}

absl::StatusOr<v1::UpdateWorkflowResponse> Client::UpdateWorkflow(
    const v1::UpdateWorkflowRequest& request) {
  const Repeat repeat = request.workflow().etag().empty() ? Repeat::kSafe : Repeat::kUnsafe;
  return Call(*state_, repeat, *state_->workflows, &v1::WorkflowService::Stub::UpdateWorkflow,
              request);
}

absl::StatusOr<v1::GetWorkflowResponse> Client::GetWorkflow(const v1::GetWorkflowRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->workflows, &v1::WorkflowService::Stub::GetWorkflow,
              request);
}

absl::StatusOr<v1::ListWorkflowsResponse> Client::ListWorkflows(
    const v1::ListWorkflowsRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->workflows, &v1::WorkflowService::Stub::ListWorkflows,
              request);
}

absl::StatusOr<v1::DeleteWorkflowResponse> Client::DeleteWorkflow(
    const v1::DeleteWorkflowRequest& request) {
  return Call(*state_, Repeat::kUnsafe, *state_->workflows,
              &v1::WorkflowService::Stub::DeleteWorkflow, request);
}

absl::StatusOr<v1::ValidateWorkflowResponse> Client::ValidateWorkflow(
    const v1::ValidateWorkflowRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->workflows,
              &v1::WorkflowService::Stub::ValidateWorkflow, request);
}

absl::StatusOr<v1::SubmitWorkflowResponse> Client::SubmitWorkflow(
    const v1::SubmitWorkflowRequest& request) {
  const bool named = !request.request_id().empty() || !request.execution_id().empty();
  return Call(*state_, named ? Repeat::kSafe : Repeat::kUnsafe, *state_->executions,
              &v1::ExecutionService::Stub::SubmitWorkflow, request);
}

absl::StatusOr<v1::GetExecutionResponse> Client::GetExecution(
    const v1::GetExecutionRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->executions,
              &v1::ExecutionService::Stub::GetExecution, request);
}

absl::StatusOr<v1::CancelExecutionResponse> Client::CancelExecution(
    const v1::CancelExecutionRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->executions,
              &v1::ExecutionService::Stub::CancelExecution, request);
}

absl::StatusOr<v1::RedriveExecutionResponse> Client::RedriveExecution(
    const v1::RedriveExecutionRequest& request) {
  const Repeat repeat = request.request_id().empty() ? Repeat::kUnsafe : Repeat::kSafe;
  return Call(*state_, repeat, *state_->executions, &v1::ExecutionService::Stub::RedriveExecution,
              request);
}

absl::StatusOr<v1::ListExecutionsResponse> Client::ListExecutions(
    const v1::ListExecutionsRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->executions,
              &v1::ExecutionService::Stub::ListExecutions, request);
}

absl::StatusOr<v1::ListHistoryResponse> Client::ListHistory(const v1::ListHistoryRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->executions, &v1::ExecutionService::Stub::ListHistory,
              request);
}

absl::StatusOr<v1::ListServicesResponse> Client::ListServices(
    const v1::ListServicesRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->admin, &v1::AdminService::Stub::ListServices,
              request);
}

absl::StatusOr<v1::GetServiceResponse> Client::GetService(const v1::GetServiceRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->admin, &v1::AdminService::Stub::GetService, request);
}

absl::StatusOr<v1::UpdateServiceBudgetResponse> Client::UpdateServiceBudget(
    const v1::UpdateServiceBudgetRequest& request) {
  const Repeat repeat = request.etag().empty() ? Repeat::kSafe : Repeat::kUnsafe;
  return Call(*state_, repeat, *state_->admin, &v1::AdminService::Stub::UpdateServiceBudget,
              request);
}

// Sent twice, the second of two results is refused: it is not safe to repeat.
absl::StatusOr<v1::CompleteTaskResponse> Client::CompleteTask(
    const v1::CompleteTaskRequest& request) {
  return Call(*state_, Repeat::kUnsafe, *state_->tasks, &v1::TaskService::Stub::CompleteTask,
              request);
}

absl::StatusOr<v1::FailTaskResponse> Client::FailTask(const v1::FailTaskRequest& request) {
  return Call(*state_, Repeat::kUnsafe, *state_->tasks, &v1::TaskService::Stub::FailTask, request);
}

absl::StatusOr<v1::HeartbeatTaskResponse> Client::HeartbeatTask(
    const v1::HeartbeatTaskRequest& request) {
  return Call(*state_, Repeat::kSafe, *state_->tasks, &v1::TaskService::Stub::HeartbeatTask,
              request);
}

absl::StatusOr<v1::GetServerInfoResponse> Client::GetServerInfo() {
  return Call(*state_, Repeat::kSafe, *state_->admin, &v1::AdminService::Stub::GetServerInfo,
              v1::GetServerInfoRequest());
}

absl::StatusOr<v1::WaitExecutionResponse> Client::WaitUntilClosed(const WaitOptions& options) {
  v1::WaitExecutionRequest request;
  request.set_execution_id(options.execution_id);
  request.set_view(options.view);
  Backoff backoff;
  absl::Time last_answer = absl::Now();
  for (int attempts = 1;; ++attempts) {
    const absl::Time start = absl::Now();
    const absl::Duration poll = std::clamp(options.until - start, absl::ZeroDuration(), kLongPoll);
    request.mutable_timeout()->set_seconds(absl::ToInt64Seconds(poll));
    request.mutable_timeout()->set_nanos(static_cast<int32_t>(
        absl::ToInt64Nanoseconds(poll - absl::Seconds(absl::ToInt64Seconds(poll)))));
    auto response =
        CallUntil(*state_, start + poll + state_->policy.timeout, Repeat::kUnsafe,
                  *state_->executions, &v1::ExecutionService::Stub::WaitExecution, request);
    if (response.ok()) {
      if (response->done() || absl::Now() >= options.until) return response;
      backoff.Reset();
      last_answer = absl::Now();
      continue;
    }
    // A poll that lasted had a server, and has only now lost it.
    if (absl::Now() - start > kSurelyConnected) {
      state_->reached = true;
      last_answer = absl::Now();
    }
    if (!state_->ShouldResume(response.status(), last_answer, attempts)) return response;
    if (state_->Pause(backoff.Next(response.status()))) return InterruptedError();
  }
}

absl::Status Client::Watch(
    const WatchOptions& options,
    const std::function<void(const v1::WatchExecutionResponse&)>& on_message) {
  v1::WatchExecutionRequest request;
  request.set_execution_id(options.execution_id);
  request.set_resume_token(options.resume_token);
  request.set_skip_history(options.skip_history);
  request.set_view(options.view);
  Backoff backoff;
  absl::Time last_message = absl::Now();
  for (int attempts = 1;; ++attempts) {
    grpc::ClientContext context;
    const Interruption::Guard guard(state_->interruption, context);
    const auto reader = state_->executions->WatchExecution(&context, request);
    bool closed = false;
    v1::WatchExecutionResponse message;
    while (reader->Read(&message)) {
      state_->reached = true;
      backoff.Reset();
      last_message = absl::Now();
      request.set_resume_token(message.resume_token());
      request.set_skip_history(false);
      closed = message.has_execution() && IsTerminal(message.execution().status());
      on_message(message);
    }
    absl::Status status = FromGrpc(reader->Finish());
    if (closed) return absl::OkStatus();
    if (state_->interruption.interrupted()) return InterruptedError();
    // By contract a stream ends well only after a terminal snapshot.
    if (status.ok()) status = absl::UnavailableError("the watch ended before the execution did");
    if (!state_->ShouldResume(status, last_message, attempts)) return status;
    if (state_->Pause(backoff.Next(status))) return InterruptedError();
  }
}

bool IsTerminal(v1::ExecutionStatus status) {
  switch (status) {
    case v1::EXECUTION_STATUS_SUCCEEDED:
    case v1::EXECUTION_STATUS_FAILED:
    case v1::EXECUTION_STATUS_TIMED_OUT:
    case v1::EXECUTION_STATUS_CANCELLED:
      return true;
    default:
      return false;
  }
}

}  // namespace segue::client
