#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/connector/grpc/message_shape.h"
#include "services/connector/grpc/string_map.h"

namespace segue::services {

// A gRPC method with its message types.
struct GrpcMethod {
  std::string path;  // "/package.Service/Method"
  bool is_unary = true;
  const google::protobuf::Message* request_prototype = nullptr;
  const google::protobuf::Message* response_prototype = nullptr;
  const MessageShape* request_shape = nullptr;
  const MessageShape* response_shape = nullptr;
};

// The message types and methods that some descriptor files hold.
//
// Threads: safe once made. Ownership: everything lives as long as this.
class ServiceTypes {
 public:
  // The files in any order. Imports that are missing are tolerated as far as no message needs them,
  // and the well-known types are never missing. InvalidArgument says what is wrong with the files.
  static absl::StatusOr<std::shared_ptr<const ServiceTypes>> Build(
      const std::vector<google::protobuf::FileDescriptorProto>& files);

  // "package.Service/Method"; null where there is none.
  const GrpcMethod* Find(std::string_view method) const;

  bool HasService(std::string_view service) const { return services_.contains(service); }
  // "Reserve, Release": for messages to people.
  std::string MethodsOf(std::string_view service) const;
  std::string Services() const;

  const MessageShapes& shapes() const { return *shapes_; }

 private:
  ServiceTypes() = default;
  absl::Status Load(const std::vector<google::protobuf::FileDescriptorProto>& files);
  void AddService(const google::protobuf::ServiceDescriptor* service);

  // Destroyed in reverse: messages before their pool.
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
  std::unique_ptr<MessageShapes> shapes_;
  StringMap<const google::protobuf::ServiceDescriptor*> services_;
  StringMap<GrpcMethod> methods_;
};

}  // namespace segue::services
