#include "services/connector/grpc/reflection_client.h"

#include <grpcpp/generic/generic_stub.h>

#include <deque>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_join.h"
#include "server/async/grpc_await.h"
#include "services/connector/grpc/grpc_error.h"
#include "services/connector/grpc/reflection_wire.h"

namespace segue::services {
namespace {

using async::GrpcEvent;
using async::GrpcOperation;
using async::Task;
using google::protobuf::FileDescriptorProto;

constexpr const char* kMethodV1 = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr const char* kMethodV1Alpha =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

// One ServerReflectionInfo call. Finish must be awaited before it is destroyed.
class ReflectionStream {
 public:
  ReflectionStream(const ReflectionQuery& query, const std::string& method,
                   async::Executor& executor)
      : stub_(query.channel) {
    AddMetadata(*query.metadata, context_);
    context_.set_deadline(absl::ToChronoTime(query.deadline));
    stream_ = stub_.PrepareCall(&context_, method, executor.completion_queue());
  }

  void TryCancel() { context_.TryCancel(); }

  Task<GrpcEvent> Start() {
    stream_->StartCall(operation_.tag());
    co_return co_await operation_;
  }

  // Nothing: the stream has ended, Finish says why; or the answer was no answer.
  Task<std::optional<ReflectionResponse>> Ask(std::string request) {
    const grpc::Slice slice(request);
    const grpc::ByteBuffer bytes(&slice, 1);
    stream_->Write(bytes, operation_.tag());
    const GrpcEvent written = co_await operation_;
    if (written != GrpcEvent::kDone) co_return std::nullopt;
    grpc::ByteBuffer answer;
    stream_->Read(&answer, operation_.tag());
    const GrpcEvent read = co_await operation_;
    if (read != GrpcEvent::kDone) co_return std::nullopt;
    grpc::Slice whole;
    if (!answer.DumpToSingleSlice(&whole).ok()) co_return std::nullopt;
    co_return ParseReflectionResponse(
        std::string_view(reinterpret_cast<const char*>(whole.begin()), whole.size()));
  }

  Task<grpc::Status> Finish() {
    stream_->WritesDone(operation_.tag());
    co_await operation_;
    grpc::Status status;
    stream_->Finish(&status, operation_.tag());
    co_await operation_;
    co_return status;
  }

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  GrpcOperation operation_;
};

// What a stream gave: files, or the server's own answer that it does not know the service, or
// neither (the status says why).
struct StreamResult {
  DescriptorFiles files;
  std::optional<WorkflowError> error;
  grpc::Status status;
};

WorkflowError NoSuchService(const std::string& service,
                            const std::optional<ReflectionResponse>& listed) {
  const std::string has =
      listed && !listed->services.empty()
          ? absl::StrCat("; the server has ", absl::StrJoin(listed->services, ", "))
          : "";
  return GrpcError(grpc::StatusCode::UNIMPLEMENTED,
                   absl::StrCat("the server does not know the service ", service, has));
}

// The files that came, each once, and the imports that are still to be asked for.
class FileCollector {
 public:
  // False where a file is not valid.
  bool Add(const std::vector<std::string>& serialized) {
    for (const std::string& bytes : serialized) {
      FileDescriptorProto file;
      if (!file.ParseFromString(bytes)) return false;
      if (!known_.insert(file.name()).second) continue;
      files_.push_back(std::move(file));
    }
    return true;
  }

  // An import that nobody sent, each asked for once.
  std::optional<std::string> NextMissing() {
    for (; checked_ < files_.size(); ++checked_) {
      for (const std::string& name : files_[checked_].dependency()) {
        if (!known_.contains(name) && asked_.insert(name).second) return name;
      }
    }
    return std::nullopt;
  }

  DescriptorFiles Take() { return std::move(files_); }

 private:
  DescriptorFiles files_;
  size_t checked_ = 0;  // files whose imports have all been seen to
  absl::flat_hash_set<std::string> known_;
  absl::flat_hash_set<std::string> asked_;
};

Task<void> Converse(ReflectionStream& stream, std::string service, StreamResult& result) {
  std::optional<ReflectionResponse> first =
      co_await stream.Ask(FileContainingSymbolRequest(service));
  if (!first) co_return;
  if (first->error) {
    if (first->error->code != grpc::StatusCode::NOT_FOUND) {
      result.error =
          GrpcError(first->error->code, absl::StrCat("server reflection: ", first->error->message));
      co_return;
    }
    std::optional<ReflectionResponse> listed = co_await stream.Ask(ListServicesRequest());
    result.error = NoSuchService(service, listed);
    co_return;
  }
  FileCollector files;
  bool valid = files.Add(first->files);
  while (valid) {
    const std::optional<std::string> missing = files.NextMissing();
    if (!missing) break;
    std::optional<ReflectionResponse> more = co_await stream.Ask(FileByNameRequest(*missing));
    if (!more) co_return;
    // A server may have lost the name of an import that only holds options: go on without.
    if (!more->error) valid = files.Add(more->files);
  }
  if (!valid) {
    result.error = GrpcError(grpc::StatusCode::INTERNAL,
                             "server reflection: a file descriptor cannot be read");
    co_return;
  }
  result.files = files.Take();
}

Task<StreamResult> RunStream(const ReflectionQuery& query, const char* method,
                             async::Executor& executor, async::CancelToken cancel) {
  StreamResult result;
  ReflectionStream stream(query, method, executor);
  cancel.OnCancel([&stream] { stream.TryCancel(); });
  const GrpcEvent started = co_await stream.Start();
  if (started == GrpcEvent::kDone) co_await Converse(stream, query.service, result);
  result.status = co_await stream.Finish();
  cancel.OnCancel(nullptr);
  co_return result;
}

}  // namespace

Task<Outcome<DescriptorFiles>> QueryReflection(ReflectionQuery query, async::Executor& executor,
                                               async::CancelToken cancel) {
  StreamResult result = co_await RunStream(query, kMethodV1, executor, cancel);
  const auto unimplemented = [&result] {
    return result.status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
  };
  if (unimplemented()) result = co_await RunStream(query, kMethodV1Alpha, executor, cancel);
  if (result.error) co_return *result.error;
  if (!result.files.empty()) co_return std::move(result.files);
  if (unimplemented()) {
    co_return GrpcError(grpc::StatusCode::UNIMPLEMENTED,
                        "the server has no reflection to ask for message types: switch it on, or "
                        "set descriptor_set_file for this service");
  }
  if (result.status.ok()) {
    co_return GrpcError(grpc::StatusCode::INTERNAL, "server reflection ended without an answer");
  }
  co_return ErrorOfStatus(result.status, nullptr);
}

}  // namespace segue::services
