#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The messages of gRPC server reflection (grpc/reflection/v1/reflection.proto; v1alpha is the same
// on the wire), as far as a client needs them, encoded by hand: libgrpc++_reflection has generated
// classes of the same names inside, with which a second copy of the .proto file would clash as soon
// as one program links both.
namespace segue::services {

std::string FileContainingSymbolRequest(std::string_view symbol);
std::string FileByNameRequest(std::string_view file);
std::string ListServicesRequest();

struct ReflectionError {
  int code = 0;  // a gRPC status code
  std::string message;
};

struct ReflectionResponse {
  std::vector<std::string> files;  // serialized FileDescriptorProto
  std::vector<std::string> services;
  std::optional<ReflectionError> error;
};

// Nothing where the bytes are no such message.
std::optional<ReflectionResponse> ParseReflectionResponse(std::string_view bytes);

}  // namespace segue::services
