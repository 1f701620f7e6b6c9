#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/api/grpc/rpc_observer.h"
#include "server/api/grpc/status.h"
#include "server/async/executor.h"
#include "server/async/grpc_await.h"
#include "server/async/task.h"
#include "server/async/task_group.h"

// How a gRPC method becomes a coroutine: some accept loops a method wait for calls, and each call
// that comes is served by a coroutine of its own, on the same queue and thread.

namespace segue::api {

// A stream that is open for as long as its client likes: the server has to end it when it drains.
class OpenStream {
 public:
  virtual void EndForDrain() = 0;

 protected:
  ~OpenStream() = default;
};

// One thread's share of the server.
struct Loop {
  async::Executor* executor = nullptr;
  grpc::ServerCompletionQueue* queue = nullptr;
  async::TaskGroup* tasks = nullptr;
  RpcObserver* observer = nullptr;
  std::set<OpenStream*>* open_streams = nullptr;
};

// On the loop's thread.
void EndStreams(const Loop& loop);

template <typename Request, typename Response>
struct UnaryCall {
  grpc::ServerContext context;
  Request request;
  Response response;
  grpc::ServerAsyncResponseWriter<Response> responder{&context};
};

template <typename Request, typename Response>
using UnaryHandler = absl::AnyInvocable<async::Task<absl::Status>(
    async::Executor&, const grpc::ServerContext&, const Request&, Response&) const>;

inline absl::Time DeadlineOf(const grpc::ServerContext& context) {
  return absl::FromChrono(context.deadline());
}

// A call whose deadline passed on the way here is not begun.
absl::Status CheckDeadline(const grpc::ServerContext& context, absl::Time now);

template <typename Request, typename Response>
async::Task<void> ServeUnary(const Loop& loop, std::string_view method,
                             const UnaryHandler<Request, Response>& handler,
                             std::unique_ptr<UnaryCall<Request, Response>> call) {
  const absl::Time began = loop.executor->Now();
  absl::Status status = CheckDeadline(call->context, began);
  if (status.ok()) {
    status = co_await handler(*loop.executor, call->context, call->request, call->response);
  }
  async::GrpcOperation finished;
  if (status.ok()) {
    call->responder.Finish(call->response, grpc::Status::OK, finished.tag());
  } else {
    call->responder.FinishWithError(ToGrpcStatus(status, call->context), finished.tag());
  }
  loop.observer->OnCall(method, status.code(), loop.executor->Now() - began);
  co_await finished;
}

// Waits for calls of one unary method, one after the other, until the server shuts down.
template <typename Service, typename Method, typename Request, typename Response>
async::Task<void> AcceptUnary(const Loop& loop, Service& service, Method request_method,
                              std::string_view method,
                              const UnaryHandler<Request, Response>& handler) {
  while (true) {
    auto call = std::make_unique<UnaryCall<Request, Response>>();
    async::GrpcOperation arrived;
    (service.*request_method)(&call->context, &call->request, &call->responder, loop.queue,
                              loop.queue, arrived.tag());
    const async::GrpcEvent event = co_await arrived;
    if (event == async::GrpcEvent::kEnded) co_return;
    loop.tasks->Spawn(ServeUnary<Request, Response>(loop, method, handler, std::move(call)));
  }
}

}  // namespace segue::api
