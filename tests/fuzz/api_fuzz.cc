// Requests to the gRPC API's handlers, over a real server on a Unix socket: a method's name, and
// after each line "%%" a message as JSON; what is no JSON of the request is sent as the bytes that
// it is. A method takes one, SubmitWorkflows any number. Each call is answered, with a status and
// details that are the server's own.
//
// The server is made anew every kCallsPerServer calls, so that what executions leave stays small.

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "segue/v1/admin_service.pb.h"
#include "segue/v1/execution_service.pb.h"
#include "segue/v1/task_service.pb.h"
#include "segue/v1/workflow_service.pb.h"
#include "server/base/check.h"
#include "tests/fuzz/api_server.h"
#include "tests/fuzz/input.h"

namespace segue::fuzz {
namespace {

constexpr int kCallsPerServer = 1000;
constexpr size_t kMessagesMax = 20;
constexpr absl::Duration kWaitMax = absl::Milliseconds(2);

// The method of that name in any of the services; null where there is none.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view name) {
  const google::protobuf::FileDescriptor* files[] = {
      v1::CreateWorkflowRequest::descriptor()->file(),
      v1::SubmitWorkflowRequest::descriptor()->file(),
      v1::CompleteTaskRequest::descriptor()->file(), v1::ListServicesRequest::descriptor()->file()};
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      const auto* method = file->service(i)->FindMethodByName(std::string(name));
      if (method != nullptr) return method;
    }
  }
  return nullptr;
}

struct Message {
  std::string bytes;
  enum class Form { kReadable, kBroken } form = Form::kReadable;
};

// Long polls last as long as they say: not long.
void CutWait(google::protobuf::Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("timeout");
  if (field == nullptr) return;
  auto& timeout = dynamic_cast<google::protobuf::Duration&>(
      *message.GetReflection()->MutableMessage(&message, field));
  const bool is_long =
      absl::Seconds(timeout.seconds()) + absl::Nanoseconds(timeout.nanos()) > kWaitMax;
  const bool is_usual = timeout.seconds() == 0 && timeout.nanos() == 0;
  if (!is_long && !is_usual) return;
  timeout.set_seconds(0);
  timeout.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(kWaitMax)));
}

Message MessageOf(const google::protobuf::MethodDescriptor& method, std::string_view text) {
  std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(method.input_type())
          ->New());
  const google::protobuf::StringPiece piece(text.data(), text.size());
  const bool is_json = google::protobuf::util::JsonStringToMessage(piece, message.get()).ok();
  std::string bytes = is_json ? message->SerializeAsString() : std::string(text);
  if (!message->ParseFromString(bytes)) return {std::move(bytes), Message::Form::kBroken};
  CutWait(*message);
  return {message->SerializeAsString()};
}

std::vector<Message> MessagesOf(const google::protobuf::MethodDescriptor& method,
                                std::string_view text) {
  std::vector<Message> messages;
  do {
    const auto [message, rest] = SplitInput(text);
    messages.push_back(MessageOf(method, message));
    text = rest;
  } while (method.client_streaming() && !text.empty() && messages.size() < kMessagesMax);
  return messages;
}

// What a call that is read goes on with.
enum class Then { kRead, kCancel };
using Reader = absl::FunctionRef<Then(const std::string& response)>;

// One server and the calls to it.
class World {
 public:
  World() : address_(absl::StrCat("unix:/tmp/segue-fuzz-", getpid(), ".sock")), server_(address_) {
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  }

  // Unary or streaming: on the wire it is the same. It has no deadline: what is never answered is
  // libFuzzer's timeout.
  grpc::Status Call(const std::string& path, const std::vector<Message>& messages, Reader read) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const auto call = stub.PrepareCall(&context, path, &queue_);
    call->StartCall(this);
    Await();
    for (const Message& message : messages) {
      call->Write(BufferOf(message.bytes), this);
      if (!Await()) break;  // it has been answered
    }
    call->WritesDone(this);
    Await();
    while (true) {
      grpc::ByteBuffer response;
      call->Read(&response, this);
      if (!Await()) break;
      if (read(TextOf(response)) == Then::kCancel) context.TryCancel();
    }
    grpc::Status status;
    call->Finish(&status, this);
    SEGUE_CHECK(Await());
    return status;
  }

 private:
  // Whether the one operation that is under way came to something.
  bool Await() {
    void* tag = nullptr;
    bool ok = false;
    SEGUE_CHECK(queue_.Next(&tag, &ok));
    return ok;
  }

  static grpc::ByteBuffer BufferOf(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    return grpc::ByteBuffer(&slice, 1);
  }

  static std::string TextOf(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    SEGUE_CHECK(buffer.Dump(&slices).ok());
    std::string text;
    for (const grpc::Slice& slice : slices) text.append(slice.begin(), slice.end());
    return text;
  }

  const std::string address_;
  Server server_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::CompletionQueue queue_;
};

// Whether the server may answer so what it can read. It is not draining, and nothing it stands on
// fails.
bool IsOwn(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return true;
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::DO_NOT_USE:
      return false;
  }
  return false;
}

// An error says why in a form that programs read.
void CheckError(const google::rpc::Status& error) {
  SEGUE_CHECK(error.code() != 0 && IsOwn(static_cast<grpc::StatusCode>(error.code())));
  google::rpc::ErrorInfo info;
  SEGUE_CHECK(error.details_size() > 0 && error.details(0).UnpackTo(&info));
  SEGUE_CHECK(!info.reason().empty() && info.domain() == "segue");
}

void CheckStatus(const grpc::Status& status) {
  if (status.ok()) return;
  google::rpc::Status error;
  SEGUE_CHECK(error.ParseFromString(status.error_details()));
  SEGUE_CHECK(error.code() == static_cast<int>(status.error_code()));
  CheckError(error);
}

// One request, one response or an error.
void CallUnary(World& world, const std::string& path, const Message& message) {
  int responses = 0;
  const grpc::Status status = world.Call(path, {message}, [&responses](const std::string&) {
    ++responses;
    return Then::kRead;
  });
  if (message.form == Message::Form::kBroken) {
    SEGUE_CHECK(status.error_code() == grpc::StatusCode::INTERNAL);
    return;
  }
  CheckStatus(status);
  SEGUE_CHECK(responses == (status.ok() ? 1 : 0));
}

// The first message comes at once; the stream ends by itself where the execution has ended.
void CallWatch(World& world, const std::string& path, const Message& message) {
  bool is_cancelled = false;
  const grpc::Status status = world.Call(path, {message}, [&](const std::string& bytes) {
    v1::WatchExecutionResponse response;
    SEGUE_CHECK(response.ParseFromString(bytes) && !response.resume_token().empty());
    const bool is_open = response.execution().status() == v1::EXECUTION_STATUS_RUNNING;
    is_cancelled |= is_open;
    return is_open ? Then::kCancel : Then::kRead;
  });
  if (message.form == Message::Form::kBroken) {
    SEGUE_CHECK(status.error_code() == grpc::StatusCode::INTERNAL);
  } else if (is_cancelled) {
    SEGUE_CHECK(status.ok() || status.error_code() == grpc::StatusCode::CANCELLED);
  } else {
    CheckStatus(status);
  }
}

// Each submit is answered once; the stream is open then for as long as an execution that is to be
// reported.
void CallSubmits(World& world, const std::string& path, const std::vector<Message>& messages) {
  // The server reads no more after what it cannot read.
  const auto broken = std::ranges::find(messages, Message::Form::kBroken, &Message::form);
  int64_t unanswered = broken - messages.begin();
  const bool reports = std::any_of(messages.begin(), broken, [](const Message& message) {
    v1::SubmitWorkflowsRequest request;
    return request.ParseFromString(message.bytes) && request.report_close();
  });
  const grpc::Status status = world.Call(path, messages, [&](const std::string& bytes) {
    v1::SubmitWorkflowsResponse response;
    SEGUE_CHECK(response.ParseFromString(bytes));
    if (response.has_error()) CheckError(response.error());
    if (!response.has_closed()) --unanswered;
    return unanswered == 0 && reports ? Then::kCancel : Then::kRead;
  });
  SEGUE_CHECK(unanswered == 0);
  const bool may_be_cancelled = reports && status.error_code() == grpc::StatusCode::CANCELLED;
  SEGUE_CHECK(status.ok() || may_be_cancelled);
}

void CallAny(World& world, const google::protobuf::MethodDescriptor& method,
             std::string_view text) {
  const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  const std::vector<Message> messages = MessagesOf(method, text);
  if (method.client_streaming()) return CallSubmits(world, path, messages);
  if (method.server_streaming()) return CallWatch(world, path, messages.front());
  CallUnary(world, path, messages.front());
}

// What the requests find: an execution that has ended, and one whose task waits for a worker.
void Prepare(World& world) {
  constexpr std::string_view kSubmits =
      R"({"submit": {"executionId": "closed", "inlineDefinition": {"definition": )"
      R"("{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}"}}})"
      "\n%%\n"
      R"({"submit": {"executionId": "open", "inlineDefinition": {"definition": )"
      R"("{\"StartAt\": \"A\", \"States\": {\"A\": )"
      R"({\"Type\": \"Task\", \"Resource\": \"worker:w\", \"End\": true}}}"}}})";
  CallAny(world, *FindMethod("SubmitWorkflows"), kSubmits);
}

}  // namespace
}  // namespace segue::fuzz

// What OpenSSL keeps for a thread is freed as the thread ends, unless OpenSSL has ended before: so
// it begins before there is any server. What cannot be parsed is no news.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  SEGUE_CHECK(OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr) == 1);
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::unique_ptr<segue::fuzz::World> world;
  static int calls = 0;
  const auto [name, text] = segue::fuzz::SplitInput(segue::fuzz::Text(data, size));
  const google::protobuf::MethodDescriptor* method = segue::fuzz::FindMethod(name);
  if (method == nullptr) return 0;
  if (calls++ % segue::fuzz::kCallsPerServer == 0) {
    world.reset();
    world = std::make_unique<segue::fuzz::World>();
    Prepare(*world);
  }
  CallAny(*world, *method, text);
  return 0;
}
