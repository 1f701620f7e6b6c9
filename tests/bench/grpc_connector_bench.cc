// A dynamic call through the gRPC connector against the same call through a generated stub: same
// queue, same metadata, same deadline, a server in this process. What counts is the ratio.
#include <benchmark/benchmark.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.pb.h"
#include "segue/config/v1/config.pb.h"
#include "server/async/grpc_await.h"
#include "server/async/one_shot.h"
#include "server/async/task_group.h"
#include "server/base/check.h"
#include "services/connector/grpc/grpc_connector.h"
#include "tests/integration/connectors/echo.grpc.pb.h"
#include "tests/integration/connectors/event_loop.h"

namespace segue::services {
namespace {

using async::Task;
using test::connectors::Echo;
using test::connectors::SayRequest;
using test::connectors::SayResponse;

constexpr int kCallsPerRound = 2000;

class LeanEcho final : public Echo::CallbackService {
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const SayRequest* request,
                                SayResponse* response) override {
    response->set_text(request->text());
    response->set_number(request->number());
    *response->mutable_tags() = request->tags();
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

Call MakeCall(absl::Time now) {
  static const Json arguments = Json::Of(
      {{"text", "order 4711"}, {"number", "1234567890123"}, {"tags", Json::List({"a", "b", "c"})}});
  return {.method = "segue.test.connectors.Echo/Say",
          .arguments = arguments,
          .idempotency_key = "0123456789abcdef/0/Reserve/1",
          .trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          .execution_id = "0123456789abcdef",
          .attempt = 1,
          .deadline = now + absl::Seconds(30)};
}

// One event loop that keeps a number of calls under way until a round of calls is done.
class Bench {
 public:
  Bench() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    const std::string address = absl::StrCat("127.0.0.1:", port);
    stub_ = Echo::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    google::protobuf::FileDescriptorSet set;
    SayRequest::descriptor()->file()->CopyTo(set.add_file());
    const auto path = std::filesystem::temp_directory_path() / "segue_echo_bench.binpb";
    std::ofstream(path, std::ios::binary) << set.SerializeAsString();
    config::v1::GrpcConnector config;
    config.set_address(address);
    config.set_descriptor_set_file(path);
    connector_ = *MakeGrpcConnector(config);
  }

  using Caller = Task<void> (Bench::*)();

  // A round of calls, so many of them under way at a time.
  void Round(Caller caller, int in_flight) { loop_.Start(RunRound(caller, in_flight)).get(); }

  Task<void> Dynamic() {
    CallResult result = co_await connector_->Invoke(MakeCall(loop_.executor().Now()),
                                                    loop_.executor(), async::CancelToken());
    SEGUE_CHECK(result.outcome.ok());
  }

  Task<void> Generated() {
    const Call call = MakeCall(loop_.executor().Now());
    grpc::ClientContext context;
    context.AddMetadata("idempotency-key", call.idempotency_key);
    context.AddMetadata("traceparent", call.trace_parent);
    context.AddMetadata("segue-execution-id", call.execution_id);
    context.AddMetadata("segue-attempt", "1");
    context.set_deadline(absl::ToChronoTime(call.deadline));
    SayRequest request;
    request.set_text("order 4711");
    request.set_number(1234567890123);
    for (const char* tag : {"a", "b", "c"}) request.add_tags(tag);
    const auto reader =
        stub_->PrepareAsyncSay(&context, request, loop_.executor().completion_queue());
    SayResponse response;
    grpc::Status status;
    async::GrpcOperation finished;
    reader->StartCall();
    reader->Finish(&response, &status, finished.tag());
    co_await finished;
    SEGUE_CHECK(status.ok());
  }

 private:
  Task<int> RunRound(Caller caller, int in_flight) {
    int left = kCallsPerRound;
    async::TaskGroup callers;
    for (int i = 0; i < in_flight; ++i) callers.Spawn(Repeat(caller, &left));
    async::OneShot<int> drained;
    callers.WhenDrained([&drained] { drained.Set(0); });
    co_return co_await drained;
  }

  Task<void> Repeat(Caller caller, int* left) {
    while ((*left)-- > 0) co_await (this->*caller)();
  }

  LeanEcho service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Echo::Stub> stub_;
  std::unique_ptr<Connector> connector_;
  EventLoop loop_;
};

void Measure(benchmark::State& state, Bench::Caller caller) {
  Bench bench;
  bench.Round(caller, static_cast<int>(state.range(0)));  // connects
  for (auto _ : state) bench.Round(caller, static_cast<int>(state.range(0)));
  state.SetItemsProcessed(state.iterations() * kCallsPerRound);
}

void GeneratedStub(benchmark::State& state) { Measure(state, &Bench::Generated); }
void DynamicCall(benchmark::State& state) { Measure(state, &Bench::Dynamic); }

void Configure(benchmark::internal::Benchmark* bench) {
  bench->Arg(1)->Arg(64)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(GeneratedStub)->Apply(Configure);
BENCHMARK(DynamicCall)->Apply(Configure);

}  // namespace
}  // namespace segue::services
