#include "services/connector/grpc/message_to_json.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/connector/grpc/json_scalars.h"

namespace segue::services {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

Json EnumAsJson(const google::protobuf::EnumDescriptor* type, int number) {
  if (type->full_name() == "google.protobuf.NullValue") return {};
  const auto* value = type->FindValueByNumber(number);
  return value ? Json(value->name()) : Json(number);
}

Json StringAsJson(const FieldDescriptor* field, const std::string& value) {
  return field->type() == FieldDescriptor::TYPE_BYTES ? Json(absl::Base64Escape(value))
                                                      : Json(value);
}

class Writer {
 public:
  explicit Writer(const MessageShapes& shapes) : shapes_(shapes) {}

  JsonFaultPtr WriteMessage(const Message& message, const MessageShape& shape, Json* json);
  bool has_unknown_fields() const { return has_unknown_fields_; }

 private:
  JsonFaultPtr WriteMembers(const Message& message, const MessageShape& shape,
                            std::vector<Json::Member>* members);
  JsonFaultPtr WriteField(const Message& message, const FieldShape& shape, Json* json);
  JsonFaultPtr WriteSingular(const Message& message, const FieldShape& shape, Json* json);
  JsonFaultPtr WriteElement(const Message& message, const FieldShape& shape, int index, Json* json);
  JsonFaultPtr WritePart(const Message& part, const FieldShape& shape, Json* json);
  JsonFaultPtr WriteMap(const Message& message, const FieldShape& shape, Json* json);

  JsonFaultPtr WriteWellKnown(const Message& message, const MessageShape& shape, Json* json);
  JsonFaultPtr WriteSecondsNanos(const Message& message, const MessageShape& shape, Json* json);
  JsonFaultPtr WriteFieldMask(const Message& message, const MessageShape& shape, Json* json);
  JsonFaultPtr WriteDynamicValue(const Message& message, const MessageShape& shape, Json* json);
  JsonFaultPtr WriteAny(const Message& message, const MessageShape& shape, Json* json);

  const MessageShapes& shapes_;
  int depth_ = 0;
  bool has_unknown_fields_ = false;
};

JsonFaultPtr Writer::WriteMessage(const Message& message, const MessageShape& shape, Json* json) {
  if (depth_ >= kMessageDepthMax) return MakeFault("nested too deeply");
  ++depth_;
  JsonFaultPtr fault;
  if (shape.well_known == WellKnownType::kNone) {
    std::vector<Json::Member> members;
    members.reserve(shape.fields.size());
    fault = WriteMembers(message, shape, &members);
    *json = Json(Json::Object(std::move(members)));
  } else {
    fault = WriteWellKnown(message, shape, json);
  }
  --depth_;
  return fault;
}

JsonFaultPtr Writer::WriteMembers(const Message& message, const MessageShape& shape,
                                  std::vector<Json::Member>* members) {
  const Reflection* reflection = message.GetReflection();
  if (!reflection->GetUnknownFields(message).empty()) has_unknown_fields_ = true;
  for (const FieldShape& field : shape.fields) {
    if (field.field->has_presence() && !reflection->HasField(message, field.field)) continue;
    Json value;
    if (JsonFaultPtr fault = WriteField(message, field, &value)) {
      return In(field.field->name(), std::move(fault));
    }
    members->emplace_back(field.field->name(), std::move(value));
  }
  return nullptr;
}

JsonFaultPtr Writer::WriteField(const Message& message, const FieldShape& shape, Json* json) {
  if (shape.map_value) return WriteMap(message, shape, json);
  if (!shape.field->is_repeated()) return WriteSingular(message, shape, json);
  const int size = message.GetReflection()->FieldSize(message, shape.field);
  Json::Array elements(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    const auto index = static_cast<size_t>(i);
    if (JsonFaultPtr fault = WriteElement(message, shape, i, &elements[index])) {
      return InElement(index, std::move(fault));
    }
  }
  *json = Json(std::move(elements));
  return nullptr;
}

JsonFaultPtr Writer::WriteSingular(const Message& message, const FieldShape& shape, Json* json) {
  const Reflection* reflection = message.GetReflection();
  const FieldDescriptor* field = shape.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      *json = Json(reflection->GetInt32(message, field));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      *json = Json(int64_t{reflection->GetUInt32(message, field)});
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      *json = Json(absl::StrCat(reflection->GetInt64(message, field)));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      *json = Json(absl::StrCat(reflection->GetUInt64(message, field)));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      *json = FromDouble(reflection->GetDouble(message, field));
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      *json = FromFloat(reflection->GetFloat(message, field));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      *json = Json::Bool(reflection->GetBool(message, field));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      *json = EnumAsJson(field->enum_type(), reflection->GetEnumValue(message, field));
      break;
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      *json = StringAsJson(field, reflection->GetStringReference(message, field, &scratch));
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return WritePart(reflection->GetMessage(message, field), shape, json);
  }
  return nullptr;
}

JsonFaultPtr Writer::WriteElement(const Message& message, const FieldShape& shape, int index,
                                  Json* json) {
  const Reflection* reflection = message.GetReflection();
  const FieldDescriptor* field = shape.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      *json = Json(reflection->GetRepeatedInt32(message, field, index));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      *json = Json(int64_t{reflection->GetRepeatedUInt32(message, field, index)});
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      *json = Json(absl::StrCat(reflection->GetRepeatedInt64(message, field, index)));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      *json = Json(absl::StrCat(reflection->GetRepeatedUInt64(message, field, index)));
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      *json = FromDouble(reflection->GetRepeatedDouble(message, field, index));
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      *json = FromFloat(reflection->GetRepeatedFloat(message, field, index));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      *json = Json::Bool(reflection->GetRepeatedBool(message, field, index));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      *json =
          EnumAsJson(field->enum_type(), reflection->GetRepeatedEnumValue(message, field, index));
      break;
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      *json = StringAsJson(field,
                           reflection->GetRepeatedStringReference(message, field, index, &scratch));
      break;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return WritePart(reflection->GetRepeatedMessage(message, field, index), shape, json);
  }
  return nullptr;
}

JsonFaultPtr Writer::WritePart(const Message& part, const FieldShape& shape, Json* json) {
  if (!shape.message) return MakeFault("its type is not known", JsonFault::Kind::kUnknownName);
  return WriteMessage(part, *shape.message, json);
}

std::string KeyAsText(const Message& entry, const FieldDescriptor* key) {
  const Reflection* reflection = entry.GetReflection();
  switch (key->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection->GetInt32(entry, key));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection->GetUInt32(entry, key));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection->GetInt64(entry, key));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection->GetUInt64(entry, key));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(entry, key) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetString(entry, key);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;  // no keys of maps
  }
  return "";
}

JsonFaultPtr Writer::WriteMap(const Message& message, const FieldShape& shape, Json* json) {
  const Reflection* reflection = message.GetReflection();
  const int size = reflection->FieldSize(message, shape.field);
  std::vector<Json::Member> members;
  members.reserve(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    const Message& entry = reflection->GetRepeatedMessage(message, shape.field, i);
    std::string key = KeyAsText(entry, shape.map_key);
    Json value;
    if (JsonFaultPtr fault = WriteSingular(entry, *shape.map_value, &value)) {
      return In(absl::StrCat("[\"", key, "\"]"), std::move(fault));
    }
    members.emplace_back(std::move(key), std::move(value));
  }
  // The order in a map is arbitrary: the same message shall give the same text.
  std::sort(members.begin(), members.end(),
            [](const Json::Member& a, const Json::Member& b) { return a.first < b.first; });
  *json = Json(Json::Object(std::move(members)));
  return nullptr;
}

JsonFaultPtr Writer::WriteWellKnown(const Message& message, const MessageShape& shape, Json* json) {
  switch (shape.well_known) {
    case WellKnownType::kAny:
      return WriteAny(message, shape, json);
    case WellKnownType::kTimestamp:
    case WellKnownType::kDuration:
      return WriteSecondsNanos(message, shape, json);
    case WellKnownType::kFieldMask:
      return WriteFieldMask(message, shape, json);
    case WellKnownType::kValue:
      return WriteDynamicValue(message, shape, json);
    case WellKnownType::kStruct:
    case WellKnownType::kListValue:
    case WellKnownType::kWrapper:
      return WriteField(message, shape.fields[0], json);
    case WellKnownType::kNone:
      break;
  }
  return MakeFault("a type that is not supported");
}

JsonFaultPtr Writer::WriteSecondsNanos(const Message& message, const MessageShape& shape,
                                       Json* json) {
  const Reflection* reflection = message.GetReflection();
  const SecondsNanos value{reflection->GetInt64(message, shape.fields[0].field),
                           reflection->GetInt32(message, shape.fields[1].field)};
  auto text = shape.well_known == WellKnownType::kTimestamp ? FormatTimestamp(value)
                                                            : FormatDuration(value);
  if (!text) return MakeFault(absl::StrCat(shape.descriptor->name(), " out of range"));
  *json = Json(*std::move(text));
  return nullptr;
}

JsonFaultPtr Writer::WriteFieldMask(const Message& message, const MessageShape& shape, Json* json) {
  const Reflection* reflection = message.GetReflection();
  std::string text;
  const FieldDescriptor* paths = shape.fields[0].field;
  for (int i = 0; i < reflection->FieldSize(message, paths); ++i) {
    const std::string path = reflection->GetRepeatedString(message, paths, i);
    const auto camel = FieldMaskPathToJson(path);
    if (!camel) return MakeFault(absl::StrCat("the path \"", path, "\" has no JSON form"));
    absl::StrAppend(&text, i == 0 ? "" : ",", *camel);
  }
  *json = Json(std::move(text));
  return nullptr;
}

JsonFaultPtr Writer::WriteDynamicValue(const Message& message, const MessageShape& shape,
                                       Json* json) {
  const Reflection* reflection = message.GetReflection();
  for (const FieldShape& kind : shape.fields) {
    if (reflection->HasField(message, kind.field)) return WriteSingular(message, kind, json);
  }
  *json = Json();
  return nullptr;
}

JsonFaultPtr Writer::WriteAny(const Message& message, const MessageShape& shape, Json* json) {
  const Reflection* reflection = message.GetReflection();
  const std::string url = reflection->GetString(message, shape.fields[0].field);
  const std::string bytes = reflection->GetString(message, shape.fields[1].field);
  if (url.empty()) {
    *json = Json(Json::Object());
    return nullptr;
  }
  std::vector<Json::Member> members;
  members.emplace_back("@type", Json(url));
  const MessageShape* type = shapes_.Find(std::string_view(url).substr(url.rfind('/') + 1));
  std::unique_ptr<Message> content;
  if (type) content.reset(shapes_.factory().GetPrototype(type->descriptor)->New());
  if (!content || !content->ParsePartialFromString(bytes)) {
    members.emplace_back("value", Json(absl::Base64Escape(bytes)));
  } else if (type->well_known == WellKnownType::kNone) {
    if (JsonFaultPtr fault = WriteMembers(*content, *type, &members)) return fault;
  } else {
    Json value;
    if (JsonFaultPtr fault = WriteMessage(*content, *type, &value)) {
      return In("value", std::move(fault));
    }
    members.emplace_back("value", std::move(value));
  }
  *json = Json(Json::Object(std::move(members)));
  return nullptr;
}

}  // namespace

JsonFaultPtr MessageToJson(const Message& message, const MessageShape& shape,
                           const MessageShapes& shapes, MessageAsJson* result) {
  Writer writer(shapes);
  JsonFaultPtr fault = writer.WriteMessage(message, shape, &result->json);
  result->has_unknown_fields = writer.has_unknown_fields();
  return fault;
}

}  // namespace segue::services
