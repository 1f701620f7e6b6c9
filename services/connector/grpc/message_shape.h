#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/connector/grpc/string_map.h"

namespace segue::services {

// Types that proto3 JSON writes in a way of their own.
enum class WellKnownType {
  kNone,
  kAny,
  kTimestamp,
  kDuration,
  kFieldMask,
  kStruct,
  kValue,
  kListValue,
  kWrapper,  // the nine of wrappers.proto
};

struct MessageShape;

// What the JSON mapping needs to know of a field, found once.
struct FieldShape {
  const google::protobuf::FieldDescriptor* field = nullptr;
  const MessageShape* message = nullptr;  // of its type; of the entry of a map
  const google::protobuf::FieldDescriptor* map_key = nullptr;
  const FieldShape* map_value = nullptr;
  bool null_is_value = false;  // google.protobuf.Value and NullValue
};

struct MessageShape {
  const google::protobuf::Descriptor* descriptor = nullptr;
  WellKnownType well_known = WellKnownType::kNone;
  std::vector<FieldShape> fields;  // in the order of their declaration
  // By original and by JSON name.
  StringMap<const FieldShape*> by_name;
};

// The shapes of all messages of some files and of what they import.
//
// Threads: safe once made. Ownership: the descriptors' pool and `factory` outlive it.
class MessageShapes {
 public:
  MessageShapes(const std::vector<const google::protobuf::FileDescriptor*>& files,
                google::protobuf::MessageFactory& factory);

  // Null where the type is not among them.
  const MessageShape* Find(std::string_view full_name) const;

  google::protobuf::MessageFactory& factory() const { return factory_; }

 private:
  void AddFile(const google::protobuf::FileDescriptor* file);
  void AddMessage(const google::protobuf::Descriptor* descriptor);
  void Link(MessageShape& shape);

  google::protobuf::MessageFactory& factory_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
  StringMap<std::unique_ptr<MessageShape>> by_name_;
};

}  // namespace segue::services
