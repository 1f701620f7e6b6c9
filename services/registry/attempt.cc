#include "services/registry/attempt.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "services/registry/service.h"

namespace segue::services {
namespace {

// A cancelled call ends soon; one that does not is a fault of its connector, and must not hold its
// slot for ever.
constexpr absl::Duration kEndsSoon = absl::Seconds(5);

constexpr char kTimeoutError[] = "States.Timeout";
constexpr char kHeartbeatError[] = "States.HeartbeatTimeout";

// Whether this answer means "too much", so that its retry_after is meant for everybody. Elsewhere
// it concerns the one request.
bool MeansTooMuch(const Outcome<Json>& outcome) {
  if (outcome.ok()) return false;
  const std::string& name = outcome.error().name;
  return name == "Grpc.ResourceExhausted" || name == "Grpc.Unavailable" ||
         name == "Http.StatusCode.429" || name == "Http.StatusCode.503";
}

}  // namespace

Attempt::Attempt(Service& service, Environment& environment, LeaseId id, AttemptRequest request,
                 async::Executor& executor, TaskRunner::Done done)
    : service_(service),
      environment_(environment),
      id_(id),
      request_(std::move(request)),
      executor_(executor),
      done_(std::move(done)),
      since_(environment.clock.Now()) {}

void Attempt::Run() {
  if (!done_) return;  // cancelled since it was posted
  if (!environment_.drain.Enter()) {
    service_.Park(*this);
    return;
  }
  started_ = environment_.clock.Now();
  if (!means_.connector) {
    const std::shared_ptr<Attempt> self = shared_from_this();
    service_.CallEnded(*this, std::nullopt);
    environment_.drain.Leave();
    Answer({.outcome = WorkflowError{kUnknownServiceError,
                                     absl::StrCat("no service named '", request_.service,
                                                  "' is configured")},
            .started = started_,
            .retry_after = std::nullopt});
    return;
  }
  running_ = true;
  limit_ = request_.timeout.value_or(means_.timeout);
  heartbeat_first_ = request_.heartbeat && *request_.heartbeat < limit_;
  if (heartbeat_first_) limit_ = *request_.heartbeat;
  const absl::Time deadline = started_ + limit_;
  timer_ = executor_.At(deadline, [this] { OnDeadline(); });
  frame_ = Invoke(this, means_.connector, TakeCall(deadline), cancel_.token());
  frame_.Start();
}

CallFrame Attempt::Invoke(Attempt* self, std::shared_ptr<Connector> connector, Call call,
                          async::CancelToken cancel) {
  async::Task<CallResult> invoke =
      connector->Invoke(std::move(call), self->executor_, std::move(cancel));
  CallResult result = co_await std::move(invoke);
  self->frame_.Release();
  self->Ended(std::move(result));
}

Call Attempt::TakeCall(absl::Time deadline) {
  return {.method = request_.method,
          .arguments = std::move(request_.arguments),
          .idempotency_key = std::move(request_.idempotency_key),
          .trace_parent = std::move(request_.trace_parent),
          .execution_id = std::move(request_.execution_id),
          .workflow = request_.workflow,
          .attempt = request_.attempt,
          .task_token = std::move(request_.task_token),
          .trace = std::move(request_.trace),
          .deadline = deadline,
          .sent = [this] { OnSent(); }};
}

void Attempt::Cancel() {
  if (!done_) return;
  done_ = nullptr;
  if (!running_) return;
  const std::shared_ptr<Attempt> self = shared_from_this();
  Abandon();
  Observe("cancelled");
}

void Attempt::OnDeadline() {
  const std::shared_ptr<Attempt> self = shared_from_this();
  timer_.reset();
  // Taken away first: the call may end while it is told to, and its own result comes too late.
  TaskRunner::Done done = std::exchange(done_, nullptr);
  SEGUE_CHECK(done != nullptr);
  Abandon();
  AttemptResult result{.outcome = TimeoutError(), .started = started_, .retry_after = std::nullopt};
  Observe(result.outcome.error().name);
  done(std::move(result));
}

void Attempt::Abandon() {
  if (timer_) executor_.Cancel(*timer_);
  timer_ = executor_.At(environment_.clock.Now() + kEndsSoon, [this] {
    timer_.reset();
    service_.SlotExpired(*this);
  });
  cancel_.Cancel();
}

void Attempt::Ended(CallResult result) {
  const std::shared_ptr<Attempt> self = shared_from_this();
  if (timer_) executor_.Cancel(*std::exchange(timer_, std::nullopt));
  if (result.outcome.ok()) OnSent();  // whatever the connector said
  const bool pushed_back = result.retry_after && MeansTooMuch(result.outcome) &&
                           means_.push_back == PushBackPolicy::kHonour;
  service_.CallEnded(*this, pushed_back ? result.retry_after : std::nullopt);
  environment_.drain.Leave();
  if (!done_) return;
  AttemptResult answer{
      .outcome = std::move(result.outcome), .started = started_, .retry_after = result.retry_after};
  // The connector knows one deadline; whose it was is known here.
  if (heartbeat_first_ && !answer.outcome.ok() && answer.outcome.error().name == kTimeoutError) {
    answer.outcome = TimeoutError();
  }
  Answer(std::move(answer));
}

void Attempt::Answer(AttemptResult result) {
  TaskRunner::Done done = std::exchange(done_, nullptr);
  Observe(result.outcome.ok() ? std::string_view("ok") : result.outcome.error().name);
  done(std::move(result));
}

void Attempt::OnSent() {
  if (std::exchange(sent_, true)) return;
  if (done_ && request_.started) request_.started(started_);
  if (!environment_.observer) return;
  environment_.observer->AttemptStarted(
      {.service = service_.name(), .method = request_.method, .wait = started_ - since_});
}

void Attempt::Observe(std::string_view outcome) {
  if (!environment_.observer) return;
  environment_.observer->AttemptFinished(
      {.service = service_.name(), .method = request_.method, .wait = started_ - since_}, outcome,
      environment_.clock.Now() - started_);
}

WorkflowError Attempt::TimeoutError() const {
  const std::string limit = absl::FormatDuration(limit_);
  if (heartbeat_first_) {
    return {kHeartbeatError, absl::StrCat("no heartbeat within ", limit, ": a call to service '",
                                          request_.service, "' cannot send any")};
  }
  // AWS gives no cause [recorded].
  if (service_.name() == kLambdaService) return {kTimeoutError, ""};
  return {kTimeoutError,
          absl::StrCat("service '", request_.service, "' did not answer within ", limit)};
}

}  // namespace segue::services
