#include "services/connector/grpc/message_shape.h"

#include <algorithm>

namespace segue::services {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr std::string_view kNullValue = "google.protobuf.NullValue";

WellKnownType WellKnownTypeOf(std::string_view full_name) {
  static const auto* types = new StringMap<WellKnownType>{
      {"google.protobuf.Any", WellKnownType::kAny},
      {"google.protobuf.Timestamp", WellKnownType::kTimestamp},
      {"google.protobuf.Duration", WellKnownType::kDuration},
      {"google.protobuf.FieldMask", WellKnownType::kFieldMask},
      {"google.protobuf.Struct", WellKnownType::kStruct},
      {"google.protobuf.Value", WellKnownType::kValue},
      {"google.protobuf.ListValue", WellKnownType::kListValue},
      {"google.protobuf.DoubleValue", WellKnownType::kWrapper},
      {"google.protobuf.FloatValue", WellKnownType::kWrapper},
      {"google.protobuf.Int64Value", WellKnownType::kWrapper},
      {"google.protobuf.UInt64Value", WellKnownType::kWrapper},
      {"google.protobuf.Int32Value", WellKnownType::kWrapper},
      {"google.protobuf.UInt32Value", WellKnownType::kWrapper},
      {"google.protobuf.BoolValue", WellKnownType::kWrapper},
      {"google.protobuf.StringValue", WellKnownType::kWrapper},
      {"google.protobuf.BytesValue", WellKnownType::kWrapper},
  };
  const auto found = types->find(full_name);
  return found == types->end() ? WellKnownType::kNone : found->second;
}

}  // namespace

MessageShapes::MessageShapes(const std::vector<const FileDescriptor*>& files,
                             google::protobuf::MessageFactory& factory)
    : factory_(factory) {
  for (const FileDescriptor* file : files) AddFile(file);
  for (auto& [name, shape] : by_name_) Link(*shape);
}

const MessageShape* MessageShapes::Find(std::string_view full_name) const {
  const auto found = by_name_.find(full_name);
  return found == by_name_.end() ? nullptr : found->second.get();
}

void MessageShapes::AddFile(const FileDescriptor* file) {
  if (std::find(files_.begin(), files_.end(), file) != files_.end()) return;
  files_.push_back(file);
  for (int i = 0; i < file->dependency_count(); ++i) AddFile(file->dependency(i));
  for (int i = 0; i < file->message_type_count(); ++i) AddMessage(file->message_type(i));
}

void MessageShapes::AddMessage(const Descriptor* descriptor) {
  auto shape = std::make_unique<MessageShape>();
  shape->descriptor = descriptor;
  shape->well_known = WellKnownTypeOf(descriptor->full_name());
  shape->fields.resize(static_cast<size_t>(descriptor->field_count()));
  for (int i = 0; i < descriptor->field_count(); ++i) {
    FieldShape& field = shape->fields[static_cast<size_t>(i)];
    field.field = descriptor->field(i);
    shape->by_name.emplace(field.field->name(), &field);
    shape->by_name.emplace(field.field->json_name(), &field);
  }
  by_name_.emplace(descriptor->full_name(), std::move(shape));
  for (int i = 0; i < descriptor->nested_type_count(); ++i) AddMessage(descriptor->nested_type(i));
}

void MessageShapes::Link(MessageShape& shape) {
  for (FieldShape& field : shape.fields) {
    if (const auto* type = field.field->enum_type()) {
      field.null_is_value = type->full_name() == kNullValue;
    }
    const Descriptor* type = field.field->message_type();
    if (!type) continue;
    field.message = Find(type->full_name());
    if (!field.message) continue;
    field.null_is_value = field.message->well_known == WellKnownType::kValue;
    if (!field.field->is_map()) continue;
    // An entry has its key and its value, in this order.
    field.map_key = field.message->fields[0].field;
    field.map_value = &field.message->fields[1];
  }
}

}  // namespace segue::services
