#include "services/connector/grpc/reflection_wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <functional>

namespace segue::services {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;

// ServerReflectionRequest
constexpr int kFileByFilename = 3;
constexpr int kFileContainingSymbol = 4;
constexpr int kListServices = 7;
// ServerReflectionResponse
constexpr int kFileDescriptorResponse = 4;
constexpr int kListServicesResponse = 6;
constexpr int kErrorResponse = 7;
// FileDescriptorResponse, ListServiceResponse, ServiceResponse, ErrorResponse
constexpr int kFileDescriptorProto = 1;
constexpr int kService = 1;
constexpr int kServiceName = 1;
constexpr int kErrorCode = 1;
constexpr int kErrorMessage = 2;

std::string Request(int field, std::string_view value) {
  std::string bytes;
  StringOutputStream stream(&bytes);
  CodedOutputStream out(&stream);
  WireFormatLite::WriteString(field, std::string(value), &out);
  out.Trim();
  return bytes;
}

// One field of a message: bytes where it is length-delimited, else a number.
struct WireField {
  int number = 0;
  std::string bytes;
  uint64_t varint = 0;
};

// Calls `visit` for each field; false where the bytes are no message or `visit` says so.
bool ForEachField(std::string_view bytes, const std::function<bool(const WireField&)>& visit) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  while (const uint32_t tag = in.ReadTag()) {
    WireField field{.number = WireFormatLite::GetTagFieldNumber(tag)};
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        uint32_t size = 0;
        if (!in.ReadVarint32(&size) || size > bytes.size()) return false;
        if (!in.ReadString(&field.bytes, static_cast<int>(size))) return false;
        break;
      }
      case WireFormatLite::WIRETYPE_VARINT:
        if (!in.ReadVarint64(&field.varint)) return false;
        break;
      case WireFormatLite::WIRETYPE_FIXED64:
      case WireFormatLite::WIRETYPE_START_GROUP:
      case WireFormatLite::WIRETYPE_END_GROUP:
      case WireFormatLite::WIRETYPE_FIXED32:
        if (!WireFormatLite::SkipField(&in, tag)) return false;
        break;
    }
    if (!visit(field)) return false;
  }
  return in.ConsumedEntireMessage();
}

bool ParseServices(const std::string& bytes, std::vector<std::string>* services) {
  return ForEachField(bytes, [&](const WireField& field) {
    if (field.number != kService) return true;
    return ForEachField(field.bytes, [&](const WireField& part) {
      if (part.number == kServiceName) services->push_back(part.bytes);
      return true;
    });
  });
}

bool ParseError(const std::string& bytes, ReflectionError* error) {
  return ForEachField(bytes, [&](const WireField& field) {
    if (field.number == kErrorCode) error->code = static_cast<int>(field.varint);
    if (field.number == kErrorMessage) error->message = field.bytes;
    return true;
  });
}

}  // namespace

std::string FileContainingSymbolRequest(std::string_view symbol) {
  return Request(kFileContainingSymbol, symbol);
}

std::string FileByNameRequest(std::string_view file) { return Request(kFileByFilename, file); }

std::string ListServicesRequest() { return Request(kListServices, "*"); }

std::optional<ReflectionResponse> ParseReflectionResponse(std::string_view bytes) {
  ReflectionResponse response;
  const bool valid = ForEachField(bytes, [&](const WireField& field) {
    switch (field.number) {
      case kFileDescriptorResponse:
        return ForEachField(field.bytes, [&](const WireField& part) {
          if (part.number == kFileDescriptorProto) response.files.push_back(part.bytes);
          return true;
        });
      case kListServicesResponse:
        return ParseServices(field.bytes, &response.services);
      case kErrorResponse:
        return ParseError(field.bytes, &response.error.emplace());
      default:
        return true;
    }
  });
  if (!valid) return std::nullopt;
  return response;
}

}  // namespace segue::services
