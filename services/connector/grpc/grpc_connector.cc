#include "services/connector/grpc/grpc_connector.h"

#include <google/protobuf/arena.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "segue/config/v1/config.pb.h"
#include "server/async/grpc_await.h"
#include "server/base/check.h"
#include "server/base/clock.h"
#include "services/connector/grpc/call_metadata.h"
#include "services/connector/grpc/channel_pool.h"
#include "services/connector/grpc/grpc_error.h"
#include "services/connector/grpc/json_to_message.h"
#include "services/connector/grpc/message_to_json.h"
#include "services/connector/grpc/method_name.h"
#include "services/connector/grpc/reflection_client.h"
#include "services/connector/grpc/type_catalog.h"

namespace segue::services {
namespace {

using async::Task;
using google::protobuf::Arena;
using google::protobuf::Message;

constexpr absl::Duration kFetchTimeout = absl::Seconds(10);
// A status DEADLINE_EXCEEDED this close to our own deadline is ours: the service saw the same one.
constexpr absl::Duration kDeadlineSlack = absl::Milliseconds(20);
// For so long, types that were fetched tell CheckMethod what there is; the service may change.
constexpr absl::Duration kCheckWindow = absl::Seconds(60);

// The types to call a method with; they stay as long as this.
struct ResolvedMethod {
  TypesPtr types;
  const GrpcMethod* method = nullptr;
};

std::string NoSuchMethod(const MethodName& name, const ServiceTypes& types) {
  if (!types.HasService(name.service)) {
    return absl::StrCat("there is no service ", std::string(name.service),
                        "; there are: ", types.Services());
  }
  return absl::StrCat(std::string(name.service), " has no method ", std::string(name.method),
                      "; it has: ", types.MethodsOf(name.service));
}

class GrpcConnector final : public Connector {
 public:
  GrpcConnector(const config::v1::GrpcConnector& config, const GrpcConnectorSettings& settings,
                std::unique_ptr<ChannelPool> channels, Metadata metadata, TypesPtr fixed_types);

  Task<CallResult> Invoke(Call call, async::Executor& executor, async::CancelToken cancel) override;
  std::optional<std::string> CheckMethod(const std::string& method) const override;

 private:
  // Everything that one RPC needs until it has completed.
  struct Rpc {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
    grpc::Status status;
  };

  Task<Outcome<TypesPtr>> FetchTypes(TypesRequest request, async::Executor& executor,
                                     async::CancelToken cancel) const;
  Task<Outcome<ResolvedMethod>> Resolve(MethodName name, TypesRequest::Freshness freshness,
                                        const Call& call, async::Executor& executor,
                                        async::CancelToken cancel);
  Task<std::optional<WorkflowError>> PrepareRequest(const MethodName& name, const Call& call,
                                                    async::Executor& executor,
                                                    async::CancelToken cancel,
                                                    ResolvedMethod& resolved,
                                                    grpc::ByteBuffer& request);
  Task<void> Send(const Call& call, const GrpcMethod& method, async::Executor& executor,
                  async::CancelToken cancel, Rpc& rpc);
  CallResult ResultOf(const Call& call, const ResolvedMethod& resolved, absl::Time now, Rpc& rpc);
  Outcome<Json> ResponseAsJson(const ResolvedMethod& resolved, grpc::ByteBuffer& response);
  void NoteOutdated(const ResolvedMethod& resolved);

  const std::unique_ptr<ChannelPool> channels_;
  const Metadata metadata_;
  const bool wait_for_ready_;
  TypeCatalog catalog_;
};

TypeCatalog MakeCatalog(TypesPtr fixed_types, TypeCatalog::Fetch fetch,
                        absl::Duration refetch_interval) {
  if (fixed_types) return TypeCatalog(std::move(fixed_types));
  return TypeCatalog(std::move(fetch), refetch_interval);
}

GrpcConnector::GrpcConnector(const config::v1::GrpcConnector& config,
                             const GrpcConnectorSettings& settings,
                             std::unique_ptr<ChannelPool> channels, Metadata metadata,
                             TypesPtr fixed_types)
    : channels_(std::move(channels)),
      metadata_(std::move(metadata)),
      wait_for_ready_(config.wait_for_ready()),
      catalog_(MakeCatalog(
          std::move(fixed_types),
          [this](TypesRequest request, async::Executor& executor, async::CancelToken cancel) {
            return FetchTypes(std::move(request), executor, std::move(cancel));
          },
          settings.refetch_interval)) {}

Task<Outcome<TypesPtr>> GrpcConnector::FetchTypes(TypesRequest request, async::Executor& executor,
                                                  async::CancelToken cancel) const {
  ReflectionQuery query{
      .service = request.service,
      .channel = channels_->Next(),
      .metadata = &metadata_,
      .deadline = std::min(request.deadline, executor.Now() + kFetchTimeout),
  };
  Outcome<DescriptorFiles> files = co_await QueryReflection(std::move(query), executor, cancel);
  if (!files.ok()) {
    if (executor.Now() >= request.deadline - kDeadlineSlack) {
      co_return TimeoutError("the deadline passed while the service's message types were fetched");
    }
    co_return files.error();
  }
  absl::StatusOr<TypesPtr> types = ServiceTypes::Build(*files);
  if (!types.ok()) {
    co_return GrpcError(grpc::StatusCode::INTERNAL,
                        absl::StrCat("server reflection: ", types.status().message()));
  }
  co_return *std::move(types);
}

Task<Outcome<ResolvedMethod>> GrpcConnector::Resolve(MethodName name,
                                                     TypesRequest::Freshness freshness,
                                                     const Call& call, async::Executor& executor,
                                                     async::CancelToken cancel) {
  TypesRequest request{
      .service = std::string(name.service), .deadline = call.deadline, .freshness = freshness};
  Outcome<TypesPtr> types = co_await catalog_.Get(request, executor, cancel);
  if (!types.ok()) co_return types.error();
  if (!(*types)->Find(name.full) && freshness == TypesRequest::Freshness::kKept) {
    // The service may have learnt it since.
    request.freshness = TypesRequest::Freshness::kRenewed;
    types = co_await catalog_.Get(request, executor, cancel);
    if (!types.ok()) co_return types.error();
  }
  const GrpcMethod* method = (*types)->Find(name.full);
  if (!method) {
    co_return GrpcError(grpc::StatusCode::UNIMPLEMENTED, NoSuchMethod(name, **types));
  }
  if (!method->is_unary) {
    co_return GrpcError(grpc::StatusCode::UNIMPLEMENTED,
                        absl::StrCat(std::string(name.full),
                                     " is a streaming method; only unary ones can be called"));
  }
  co_return ResolvedMethod{*types, method};
}

JsonFaultPtr Encode(const Json& arguments, const ResolvedMethod& resolved,
                    grpc::ByteBuffer& request) {
  Arena arena;
  Message* message = resolved.method->request_prototype->New(&arena);
  // No arguments are an empty request.
  static const Json kEmpty{Json::Object()};
  JsonFaultPtr fault =
      JsonToMessage(arguments.is_null() ? kEmpty : arguments, *resolved.method->request_shape,
                    resolved.types->shapes(), message);
  if (fault) return fault;
  bool owned = false;
  const grpc::Status status =
      grpc::GenericSerialize<grpc::ProtoBufferWriter, Message>(*message, &request, &owned);
  return status.ok() ? nullptr : MakeFault(status.error_message());
}

Task<std::optional<WorkflowError>> GrpcConnector::PrepareRequest(
    const MethodName& name, const Call& call, async::Executor& executor, async::CancelToken cancel,
    ResolvedMethod& resolved, grpc::ByteBuffer& request) {
  auto freshness = TypesRequest::Freshness::kKept;
  while (true) {
    if (TypesPtr kept = catalog_.Kept(name.service);
        kept && freshness == TypesRequest::Freshness::kKept) {
      const GrpcMethod* method = kept->Find(name.full);
      if (method && method->is_unary) resolved = {std::move(kept), method};
    }
    if (!resolved.method || freshness == TypesRequest::Freshness::kRenewed) {
      Outcome<ResolvedMethod> found = co_await Resolve(name, freshness, call, executor, cancel);
      if (!found.ok()) co_return found.error();
      resolved = *std::move(found);
    }
    const JsonFaultPtr fault = Encode(call.arguments, resolved, request);
    if (!fault) co_return std::nullopt;
    // A newer version of the service may know the name.
    if (fault->kind == JsonFault::Kind::kInvalid ||
        freshness == TypesRequest::Freshness::kRenewed) {
      co_return WorkflowError{"Segue.InvalidArguments", fault->ToString()};
    }
    freshness = TypesRequest::Freshness::kRenewed;
  }
}

Task<void> GrpcConnector::Send(const Call& call, const GrpcMethod& method,
                               async::Executor& executor, async::CancelToken cancel, Rpc& rpc) {
  AddMetadata(metadata_, rpc.context);
  AddCallMetadata(call, rpc.context);
  if (call.deadline != absl::InfiniteFuture()) {
    rpc.context.set_deadline(absl::ToChronoTime(call.deadline));
  }
  rpc.context.set_wait_for_ready(wait_for_ready_);
  grpc::GenericStub stub(channels_->Next());
  const auto reader =
      stub.PrepareUnaryCall(&rpc.context, method.path, rpc.request, executor.completion_queue());
  async::GrpcOperation finished;
  cancel.OnCancel([&rpc] { rpc.context.TryCancel(); });
  if (call.sent) call.sent();
  reader->StartCall();
  reader->Finish(&rpc.response, &rpc.status, finished.tag());
  co_await finished;
  cancel.OnCancel(nullptr);
}

Task<CallResult> GrpcConnector::Invoke(Call call, async::Executor& executor,
                                       async::CancelToken cancel) {
  SEGUE_CHECK(executor.completion_queue() != nullptr);
  const std::optional<MethodName> name = ParseMethodName(call.method);
  if (!name) {
    co_return CallResult{GrpcError(grpc::StatusCode::UNIMPLEMENTED, *MethodNameFault(call.method)),
                         {}};
  }
  if (cancel.cancelled()) {
    co_return CallResult{GrpcError(grpc::StatusCode::CANCELLED, "cancelled"), {}};
  }
  if (call.deadline <= executor.Now()) {
    co_return CallResult{TimeoutError("the deadline passed before the call was sent"), {}};
  }
  ResolvedMethod resolved;
  Rpc rpc;
  std::optional<WorkflowError> error =
      co_await PrepareRequest(*name, call, executor, cancel, resolved, rpc.request);
  if (error) co_return CallResult{*std::move(error), {}};
  co_await Send(call, *resolved.method, executor, cancel, rpc);
  co_return ResultOf(call, resolved, executor.Now(), rpc);
}

CallResult GrpcConnector::ResultOf(const Call& call, const ResolvedMethod& resolved, absl::Time now,
                                   Rpc& rpc) {
  if (rpc.status.ok()) return {ResponseAsJson(resolved, rpc.response), std::nullopt};
  const grpc::StatusCode code = rpc.status.error_code();
  if (code == grpc::StatusCode::UNIMPLEMENTED) NoteOutdated(resolved);
  WorkflowError error = ErrorOfStatus(rpc.status, &resolved.types->shapes());
  if (code == grpc::StatusCode::DEADLINE_EXCEEDED && now >= call.deadline - kDeadlineSlack) {
    error.name = "States.Timeout";
  }
  return {std::move(error), PushBackOf(rpc.status, rpc.context)};
}

Outcome<Json> GrpcConnector::ResponseAsJson(const ResolvedMethod& resolved,
                                            grpc::ByteBuffer& response) {
  Arena arena;
  Message* message = resolved.method->response_prototype->New(&arena);
  const grpc::Status status =
      grpc::GenericDeserialize<grpc::ProtoBufferReader, Message>(&response, message);
  const auto fault = [&resolved](std::string_view what) {
    return GrpcError(grpc::StatusCode::INTERNAL,
                     absl::StrCat("the response is no valid ",
                                  resolved.method->response_shape->descriptor->full_name(),
                                  what.empty() ? "" : ": ", std::string(what)));
  };
  if (!status.ok()) return fault("");
  MessageAsJson result;
  const JsonFaultPtr unwritable =
      MessageToJson(*message, *resolved.method->response_shape, resolved.types->shapes(), &result);
  if (unwritable) return fault(unwritable->ToString());
  if (result.has_unknown_fields) NoteOutdated(resolved);
  return std::move(result.json);
}

void GrpcConnector::NoteOutdated(const ResolvedMethod& resolved) {
  const std::string_view path = resolved.method->path;  // "/package.Service/Method"
  catalog_.MarkOutdated(path.substr(1, path.rfind('/') - 1));
}

std::optional<std::string> GrpcConnector::CheckMethod(const std::string& method) const {
  const std::optional<MethodName> name = ParseMethodName(method);
  if (!name) return MethodNameFault(method);
  const TypesPtr types = catalog_.KeptSince(name->service, RealClock().Now() - kCheckWindow);
  if (!types) return std::nullopt;
  const GrpcMethod* found = types->Find(method);
  if (!found) return NoSuchMethod(*name, *types);
  if (!found->is_unary) {
    return absl::StrCat(method, " is a streaming method; only unary ones can be called");
  }
  return std::nullopt;
}

absl::StatusOr<TypesPtr> ReadDescriptorSet(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  google::protobuf::FileDescriptorSet set;
  if (!file || !set.ParseFromIstream(&file)) {
    return absl::InvalidArgumentError(
        absl::StrCat("descriptor_set_file: cannot read a FileDescriptorSet from ", path));
  }
  absl::StatusOr<TypesPtr> types = ServiceTypes::Build({set.file().begin(), set.file().end()});
  if (!types.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("descriptor_set_file: ", types.status().message()));
  }
  return types;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connector>> MakeGrpcConnector(
    const config::v1::GrpcConnector& config, const GrpcConnectorSettings& settings) {
  auto channels = ChannelPool::Make(config);
  if (!channels.ok()) return channels.status();
  auto metadata = ConfiguredMetadata(config);
  if (!metadata.ok()) return metadata.status();
  TypesPtr fixed_types;
  if (!config.descriptor_set_file().empty()) {
    auto types = ReadDescriptorSet(config.descriptor_set_file());
    if (!types.ok()) return types.status();
    fixed_types = *std::move(types);
  }
  return std::make_unique<GrpcConnector>(config, settings, *std::move(channels),
                                         *std::move(metadata), std::move(fixed_types));
}

}  // namespace segue::services
