#pragma once

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace segue::services {

// How the fake's reflection behaves.
enum class FakeReflection {
  kV1,       // one file an answer, as some servers do
  kV1Alpha,  // only the older version
  kAbsent,
  kHangs,
  kRubbish,
};

// A server without generated code, whose types can change while it runs. Calls of
// "/shop.Stock/<Method>" are answered with `answer` where the types have the method, else with
// UNIMPLEMENTED.
class FakeReflectionServer final : public grpc::CallbackGenericService {
 public:
  explicit FakeReflectionServer(FakeReflection reflection) : reflection_(reflection) {
    SetTypes(R"(
        name: "shop/stock.proto" package: "shop" syntax: "proto3" dependency: "shop/item.proto"
        message_type { name: "GetRequest"
          field { name: "sku" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL json_name: "sku" } }
        message_type { name: "GetResponse"
          field { name: "item" number: 1 type: TYPE_MESSAGE type_name: ".shop.Item"
                  label: LABEL_OPTIONAL json_name: "item" } }
        service { name: "Stock"
          method { name: "Get" input_type: ".shop.GetRequest" output_type: ".shop.GetResponse" } })");
    AddFile(R"(name: "shop/item.proto" package: "shop" syntax: "proto3"
        message_type { name: "Item"
          field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL json_name: "name" } })");
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeReflectionServer() override { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  int streams() const { return streams_; }
  void set_reflection(FakeReflection reflection) { reflection_ = reflection; }

  // A new "shop/stock.proto".
  google::protobuf::FileDescriptorProto types() {
    std::lock_guard lock(mutex_);
    return files_.at("shop/stock.proto");
  }
  void SetTypes(const std::string& text) { AddFile(text); }
  void SetTypes(const google::protobuf::FileDescriptorProto& file) {
    std::lock_guard lock(mutex_);
    files_[file.name()] = file;
  }
  void AddMethod(const std::string& name) {
    auto file = types();
    auto* method = file.mutable_service(0)->add_method();
    *method = file.service(0).method(0);
    method->set_name(name);
    SetTypes(file);
  }
  void AddField(int message, const std::string& name, int number) {
    auto file = types();
    auto* field = file.mutable_message_type(message)->add_field();
    field->set_name(name);
    field->set_json_name(name);
    field->set_number(number);
    field->set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
    field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    SetTypes(file);
  }
  void set_answer(std::string answer) {
    std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }

 private:
  class ReflectionReactor;
  class UnaryReactor;

  void AddFile(const std::string& text) {
    google::protobuf::FileDescriptorProto file;
    SEGUE_CHECK(google::protobuf::TextFormat::ParseFromString(text, &file));
    SetTypes(file);
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
  std::string Answer(const std::string& request);

  std::atomic<FakeReflection> reflection_;
  std::atomic<int> streams_ = 0;
  std::mutex mutex_;
  std::map<std::string, google::protobuf::FileDescriptorProto> files_;
  std::string answer_ = std::string("\x0a\x03\x0a\x01x", 5);  // item { name: "x" }
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

inline std::string WireBytes(int field, const std::string& bytes) {
  std::string result(1, static_cast<char>(field << 3 | 2));
  size_t size = bytes.size();
  for (; size >= 128; size >>= 7) result += static_cast<char>(size | 128);
  result += static_cast<char>(size);
  return result + bytes;
}

// Requests are short: a tag, a length below 128, a text.
inline std::string FakeReflectionServer::Answer(const std::string& request) {
  std::lock_guard lock(mutex_);
  const int field = request[0] >> 3;
  const std::string name = request.substr(2);
  if (field == 7) return WireBytes(6, WireBytes(1, WireBytes(1, "shop.Stock")));
  const auto file = files_.find(field == 4 && name == "shop.Stock" ? "shop/stock.proto" : name);
  if (file == files_.end()) {
    return WireBytes(7, absl::StrCat("\x08\x05", WireBytes(2, "not found")));
  }
  return WireBytes(4, WireBytes(1, file->second.SerializeAsString()));
}

class FakeReflectionServer::ReflectionReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit ReflectionReactor(FakeReflectionServer* server) : server_(server) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    if (server_->reflection_ == FakeReflection::kHangs) {
      hangs_ = true;
      if (reached_.exchange(true)) Finish(grpc::Status::CANCELLED);
      return;
    }
    grpc::Slice whole;
    (void)request_.DumpToSingleSlice(&whole);
    const std::string answer = server_->reflection_ == FakeReflection::kRubbish
                                   ? "\xff\xff"
                                   : server_->Answer(std::string(whole.begin(), whole.end()));
    const grpc::Slice slice(answer);
    response_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&response_);
  }
  void OnWriteDone(bool) override { StartRead(&request_); }
  void OnCancel() override {
    // The second of the two, hanging and being cancelled, ends the call.
    if (reached_.exchange(true) && hangs_) Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  FakeReflectionServer* server_;
  std::atomic<bool> hangs_ = false;
  std::atomic<bool> reached_ = false;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

class FakeReflectionServer::UnaryReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit UnaryReactor(std::string answer) : answer_(std::move(answer)) { StartRead(&request_); }
  void OnReadDone(bool) override {
    const grpc::Slice slice(answer_);
    response_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&response_, {}, grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  std::string answer_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

class RefusingReactor final : public grpc::ServerGenericBidiReactor {
 public:
  RefusingReactor() { Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no such method")); }
  void OnDone() override { delete this; }
};

inline grpc::ServerGenericBidiReactor* FakeReflectionServer::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  const std::string& method = context->method();
  if (absl::StrContains(method, "ServerReflection/")) {
    const bool v1 = absl::StrContains(method, ".v1.");
    const FakeReflection how = reflection_;
    if (how == FakeReflection::kAbsent || (v1 && how == FakeReflection::kV1Alpha)) {
      return new RefusingReactor;
    }
    ++streams_;
    return new ReflectionReactor(this);
  }
  std::lock_guard lock(mutex_);
  for (const auto& known : files_.at("shop/stock.proto").service(0).method()) {
    if (method == "/shop.Stock/" + known.name()) return new UnaryReactor(answer_);
  }
  return new RefusingReactor;
}

}  // namespace segue::services
