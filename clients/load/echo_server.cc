#include "clients/load/echo_server.h"

#include <grpcpp/alarm.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/load/echo.grpc.pb.h"
#include "clients/load/tag.h"

namespace segue::load {
namespace {

// Registered calls for each queue: fewer, and bursts wait for a registration.
constexpr int kCallsPerQueue = 512;
constexpr absl::Duration kStopCheckEvery = absl::Milliseconds(100);

using Service = v1::Echo::WithRawMethod_Call<v1::Echo::Service>;

// Takes one call after the other. Request and response have the same single field, so the bytes
// are the answer, and nothing is parsed.
class Call : public Tag {
 public:
  Call(Service& service, grpc::ServerCompletionQueue& queue, absl::Duration delay)
      : service_(service), queue_(queue), delay_(delay) {
    Request();
  }

  void Proceed(bool ok) override {
    switch (step_) {
      case Step::kRequested:
        if (!ok) return;  // the server shuts down
        if (delay_ <= absl::ZeroDuration()) return Answer();
        step_ = Step::kDelayed;
        alarm_.Set(&queue_, absl::ToChronoTime(absl::Now() + delay_), this);
        return;
      case Step::kDelayed:
        return Answer();
      case Step::kAnswered:
        return Request();
    }
  }

 private:
  enum class Step { kRequested, kDelayed, kAnswered };

  void Request() {
    step_ = Step::kRequested;
    writer_.reset();
    context_.emplace();
    writer_.emplace(&*context_);
    service_.RequestCall(&*context_, &message_, &*writer_, &queue_, &queue_, this);
  }

  void Answer() {
    step_ = Step::kAnswered;
    writer_->Finish(message_, grpc::Status::OK, this);
  }

  Service& service_;
  grpc::ServerCompletionQueue& queue_;
  const absl::Duration delay_;
  Step step_ = Step::kRequested;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer_;
  grpc::ByteBuffer message_;
  grpc::Alarm alarm_;
};

void Serve(grpc::ServerCompletionQueue& queue, const std::atomic<bool>& stopping) {
  void* tag = nullptr;
  bool ok = false;
  while (!stopping) {
    const auto until = absl::ToChronoTime(absl::Now() + kStopCheckEvery);
    if (queue.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT) {
      static_cast<Tag*>(tag)->Proceed(ok);
    }
  }
}

}  // namespace

struct EchoServer::State {
  std::atomic<bool> stopping = false;
  Service service;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::vector<std::unique_ptr<Call>> calls;
  std::vector<std::thread> threads;
};

EchoServer::EchoServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<std::unique_ptr<EchoServer>> EchoServer::Start(const EchoOptions& options) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::EnableDefaultHealthCheckService(true);
  auto state = std::make_unique<State>();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.address, grpc::InsecureServerCredentials(), &state->port);
  builder.RegisterService(&state->service);
  for (int i = 0; i < options.threads; ++i) state->queues.push_back(builder.AddCompletionQueue());
  state->server = builder.BuildAndStart();
  if (!state->server || state->port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address));
  }
  for (const auto& queue : state->queues) {
    for (int i = 0; i < kCallsPerQueue; ++i) {
      state->calls.push_back(std::make_unique<Call>(state->service, *queue, options.delay));
    }
    state->threads.emplace_back(Serve, std::ref(*queue), std::ref(state->stopping));
  }
  return std::unique_ptr<EchoServer>(new EchoServer(std::move(state)));
}

EchoServer::~EchoServer() {
  // The threads first: a call registered after its queue was shut down would crash gRPC.
  state_->stopping = true;
  for (auto& thread : state_->threads) thread.join();
  state_->server->Shutdown(std::chrono::system_clock::now());
  for (const auto& queue : state_->queues) {
    queue->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) continue;
  }
}

int EchoServer::port() const { return state_->port; }

std::string EchoRequestBytes(const std::string& payload) {
  v1::EchoRequest request;
  request.set_payload(payload);
  return request.SerializeAsString();
}

}  // namespace segue::load
