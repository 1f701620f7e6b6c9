#include "services/connector/grpc/json_to_message.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/connector/grpc/json_scalars.h"

namespace segue::services {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

// Where a value goes: the field itself, or a new element of it.
enum class Target { kField, kElement };

JsonFaultPtr Expected(std::string_view what, const Json& value) {
  return MakeFault(absl::StrCat("expected ", std::string(what), ", got ", Abridged(value)));
}

class Reader {
 public:
  explicit Reader(const MessageShapes& shapes) : shapes_(shapes) {}

  JsonFaultPtr ReadMessage(const Json& json, const MessageShape& shape, Message* message);

 private:
  JsonFaultPtr ReadFields(const Json& json, const MessageShape& shape, Message* message,
                          std::string_view skipped_name);
  JsonFaultPtr ReadField(const Json& json, const FieldShape& shape, Message* message);
  JsonFaultPtr ReadMap(const Json& json, const FieldShape& shape, Message* message);
  JsonFaultPtr ReadMapKey(const std::string& key, const FieldDescriptor* field, Message* entry);
  JsonFaultPtr ReadValue(const Json& json, const FieldShape& shape, Target target,
                         Message* message);
  JsonFaultPtr ReadEnum(const Json& json, const FieldDescriptor* field, Target target,
                        Message* message);
  JsonFaultPtr ReadString(const Json& json, const FieldDescriptor* field, Target target,
                          Message* message);

  JsonFaultPtr ReadWellKnown(const Json& json, const MessageShape& shape, Message* message);
  JsonFaultPtr ReadSecondsNanos(const Json& json, const MessageShape& shape, Message* message);
  JsonFaultPtr ReadFieldMask(const Json& json, const MessageShape& shape, Message* message);
  JsonFaultPtr ReadDynamicValue(const Json& json, const MessageShape& shape, Message* message);
  JsonFaultPtr ReadAny(const Json& json, const MessageShape& shape, Message* message);

  const MessageShapes& shapes_;
  int depth_ = 0;
};

JsonFaultPtr Reader::ReadMessage(const Json& json, const MessageShape& shape, Message* message) {
  if (depth_ >= kMessageDepthMax) return MakeFault("nested too deeply");
  ++depth_;
  JsonFaultPtr fault = shape.well_known == WellKnownType::kNone
                           ? ReadFields(json, shape, message, {})
                           : ReadWellKnown(json, shape, message);
  --depth_;
  return fault;
}

JsonFaultPtr Reader::ReadFields(const Json& json, const MessageShape& shape, Message* message,
                                std::string_view skipped_name) {
  if (!json.is_object()) {
    return Expected(absl::StrCat("an object (", shape.descriptor->full_name(), ")"), json);
  }
  // By index. A field can be named in two ways, a oneof through any of its fields.
  absl::InlinedVector<bool, 64> field_seen(shape.fields.size());
  absl::InlinedVector<bool, 8> oneof_seen(
      static_cast<size_t>(shape.descriptor->real_oneof_decl_count()));
  for (const auto& [name, value] : json.object()) {
    if (!skipped_name.empty() && name == skipped_name) continue;
    const auto found = shape.by_name.find(name);
    if (found == shape.by_name.end()) {
      return In(name, MakeFault(absl::StrCat(shape.descriptor->full_name(), " has no such field"),
                                JsonFault::Kind::kUnknownName));
    }
    const FieldShape& field = *found->second;
    if (value.is_null() && (!field.null_is_value || field.field->is_repeated())) continue;
    if (std::exchange(field_seen[static_cast<size_t>(field.field->index())], true)) {
      return In(name, MakeFault("set twice, by its original and its camelCase name"));
    }
    const OneofDescriptor* oneof = field.field->real_containing_oneof();
    if (oneof && std::exchange(oneof_seen[static_cast<size_t>(oneof->index())], true)) {
      return In(name, MakeFault(absl::StrCat("another field of the oneof \"", oneof->name(),
                                             "\" is set, too")));
    }
    if (JsonFaultPtr fault = ReadField(value, field, message)) return In(name, std::move(fault));
  }
  return nullptr;
}

JsonFaultPtr Reader::ReadField(const Json& json, const FieldShape& shape, Message* message) {
  if (shape.map_value) return ReadMap(json, shape, message);
  if (!shape.field->is_repeated()) return ReadValue(json, shape, Target::kField, message);
  if (!json.is_array()) return Expected("an array", json);
  size_t index = 0;
  for (const Json& element : json.array()) {
    JsonFaultPtr fault = element.is_null() && !shape.null_is_value
                             ? MakeFault("null cannot be an element")
                             : ReadValue(element, shape, Target::kElement, message);
    if (fault) return InElement(index, std::move(fault));
    ++index;
  }
  return nullptr;
}

JsonFaultPtr Reader::ReadMap(const Json& json, const FieldShape& shape, Message* message) {
  if (!json.is_object()) return Expected("an object (a map)", json);
  const Reflection* reflection = message->GetReflection();
  for (const auto& [key, value] : json.object()) {
    Message* entry = reflection->AddMessage(message, shape.field, &shapes_.factory());
    JsonFaultPtr fault = ReadMapKey(key, shape.map_key, entry);
    if (!fault && value.is_null() && !shape.map_value->null_is_value) {
      fault = MakeFault("null cannot be a value of a map");
    }
    if (!fault) fault = ReadValue(value, *shape.map_value, Target::kField, entry);
    if (fault) return In(absl::StrCat("[\"", key, "\"]"), std::move(fault));
  }
  return nullptr;
}

JsonFaultPtr Reader::ReadMapKey(const std::string& key, const FieldDescriptor* field,
                                Message* entry) {
  const Reflection* reflection = entry->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(entry, field, key);
      return nullptr;
    case FieldDescriptor::CPPTYPE_BOOL:
      if (key != "true" && key != "false") return MakeFault("the key must be true or false");
      reflection->SetBool(entry, field, key == "true");
      return nullptr;
    case FieldDescriptor::CPPTYPE_INT32:
      if (const auto value = ParseInteger<int32_t>(key)) {
        reflection->SetInt32(entry, field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      if (const auto value = ParseInteger<uint32_t>(key)) {
        reflection->SetUInt32(entry, field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      if (const auto value = ParseInteger<int64_t>(key)) {
        reflection->SetInt64(entry, field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      if (const auto value = ParseInteger<uint64_t>(key)) {
        reflection->SetUInt64(entry, field, *value);
        return nullptr;
      }
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;  // no keys of maps
  }
  return MakeFault(absl::StrCat("the key is no ", field->cpp_type_name()));
}

// Sets or adds a scalar that was read, or says what was expected.
template <typename T>
JsonFaultPtr Store(const Json& json, std::string_view expected, const std::optional<T>& value,
                   auto set, auto add, const FieldDescriptor* field, Target target,
                   Message* message) {
  if (!value) return Expected(expected, json);
  const Reflection* reflection = message->GetReflection();
  if (target == Target::kField) {
    (reflection->*set)(message, field, *value);
  } else {
    (reflection->*add)(message, field, *value);
  }
  return nullptr;
}

std::optional<bool> ToBool(const Json& json) {
  if (!json.is_bool()) return std::nullopt;
  return json.bool_value();
}

JsonFaultPtr Reader::ReadValue(const Json& json, const FieldShape& shape, Target target,
                               Message* message) {
  using R = Reflection;
  const FieldDescriptor* field = shape.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Store(json, "a 32-bit integer", ToInteger<int32_t>(json), &R::SetInt32, &R::AddInt32,
                   field, target, message);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Store(json, "an unsigned 32-bit integer", ToInteger<uint32_t>(json), &R::SetUInt32,
                   &R::AddUInt32, field, target, message);
    case FieldDescriptor::CPPTYPE_INT64:
      return Store(json, "a 64-bit integer", ToInteger<int64_t>(json), &R::SetInt64, &R::AddInt64,
                   field, target, message);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Store(json, "an unsigned 64-bit integer", ToInteger<uint64_t>(json), &R::SetUInt64,
                   &R::AddUInt64, field, target, message);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Store(json, "a number", ToDouble(json), &R::SetDouble, &R::AddDouble, field, target,
                   message);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Store(json, "a number within the range of float", ToFloat(json), &R::SetFloat,
                   &R::AddFloat, field, target, message);
    case FieldDescriptor::CPPTYPE_BOOL:
      return Store(json, "true or false", ToBool(json), &R::SetBool, &R::AddBool, field, target,
                   message);
    case FieldDescriptor::CPPTYPE_ENUM:
      return ReadEnum(json, field, target, message);
    case FieldDescriptor::CPPTYPE_STRING:
      return ReadString(json, field, target, message);
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Reflection* reflection = message->GetReflection();
      if (!shape.message) return MakeFault("its type is not known", JsonFault::Kind::kUnknownName);
      Message* part = target == Target::kField
                          ? reflection->MutableMessage(message, field, &shapes_.factory())
                          : reflection->AddMessage(message, field, &shapes_.factory());
      return ReadMessage(json, *shape.message, part);
    }
  }
  return MakeFault("a type that is not supported");
}

JsonFaultPtr Reader::ReadEnum(const Json& json, const FieldDescriptor* field, Target target,
                              Message* message) {
  const auto* type = field->enum_type();
  std::optional<int> number;
  if (json.is_string()) {
    const auto* value = type->FindValueByName(json.string());
    if (!value) {
      return MakeFault(absl::StrCat(type->full_name(), " has no value ", Abridged(json)),
                       JsonFault::Kind::kUnknownName);
    }
    number = value->number();
  } else if (json.is_number()) {
    number = ToInteger<int32_t>(json);
    const bool closed = field->file()->syntax() != google::protobuf::FileDescriptor::SYNTAX_PROTO3;
    if (number && closed && !type->FindValueByNumber(*number)) {
      return MakeFault(absl::StrCat(type->full_name(), " has no value ", *number),
                       JsonFault::Kind::kUnknownName);
    }
  } else if (json.is_null()) {
    number = 0;  // NullValue alone comes here
  }
  return Store(json, absl::StrCat("a value of ", type->full_name(), " by name or number"), number,
               &Reflection::SetEnumValue, &Reflection::AddEnumValue, field, target, message);
}

JsonFaultPtr Reader::ReadString(const Json& json, const FieldDescriptor* field, Target target,
                                Message* message) {
  if (!json.is_string()) {
    return Expected(field->type() == FieldDescriptor::TYPE_BYTES ? "bytes as base64" : "a string",
                    json);
  }
  std::string value;
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    auto bytes = DecodeBase64(json.string());
    if (!bytes) return Expected("bytes as base64", json);
    value = *std::move(bytes);
  } else {
    value = json.string();
  }
  const Reflection* reflection = message->GetReflection();
  if (target == Target::kField) {
    reflection->SetString(message, field, std::move(value));
  } else {
    reflection->AddString(message, field, std::move(value));
  }
  return nullptr;
}

JsonFaultPtr Reader::ReadWellKnown(const Json& json, const MessageShape& shape, Message* message) {
  switch (shape.well_known) {
    case WellKnownType::kAny:
      return ReadAny(json, shape, message);
    case WellKnownType::kTimestamp:
    case WellKnownType::kDuration:
      return ReadSecondsNanos(json, shape, message);
    case WellKnownType::kFieldMask:
      return ReadFieldMask(json, shape, message);
    case WellKnownType::kStruct:  // its one field is the map, ListValue's one the list
      if (!json.is_object()) return Expected("an object", json);
      return ReadField(json, shape.fields[0], message);
    case WellKnownType::kListValue:
      if (!json.is_array()) return Expected("an array", json);
      return ReadField(json, shape.fields[0], message);
    case WellKnownType::kValue:
      return ReadDynamicValue(json, shape, message);
    case WellKnownType::kWrapper:
      return ReadValue(json, shape.fields[0], Target::kField, message);
    case WellKnownType::kNone:
      break;
  }
  return MakeFault("a type that is not supported");
}

JsonFaultPtr Reader::ReadSecondsNanos(const Json& json, const MessageShape& shape,
                                      Message* message) {
  const bool is_time = shape.well_known == WellKnownType::kTimestamp;
  std::optional<SecondsNanos> value;
  if (json.is_string()) {
    value = is_time ? ParseTimestamp(json.string()) : ParseDuration(json.string());
  }
  if (!value) {
    return Expected(is_time ? "a time like \"2026-01-31T12:00:00Z\"" : "a duration like \"1.5s\"",
                    json);
  }
  const Reflection* reflection = message->GetReflection();
  reflection->SetInt64(message, shape.fields[0].field, value->seconds);
  reflection->SetInt32(message, shape.fields[1].field, value->nanos);
  return nullptr;
}

JsonFaultPtr Reader::ReadFieldMask(const Json& json, const MessageShape& shape, Message* message) {
  if (!json.is_string()) return Expected("field paths, separated by commas", json);
  if (json.string().empty()) return nullptr;
  for (const absl::string_view path : absl::StrSplit(json.string(), ',')) {
    auto original = FieldMaskPathFromJson(std::string_view(path.data(), path.size()));
    if (!original) return Expected("field paths in camelCase", json);
    message->GetReflection()->AddString(message, shape.fields[0].field, *std::move(original));
  }
  return nullptr;
}

JsonFaultPtr Reader::ReadDynamicValue(const Json& json, const MessageShape& shape,
                                      Message* message) {
  // google.protobuf.Value: null, number, string, bool, struct, list.
  const auto field = [&shape](int number) -> const FieldShape& {
    return shape.fields[static_cast<size_t>(number - 1)];
  };
  switch (json.kind()) {
    case Json::Kind::kNull:
      return ReadValue(json, field(1), Target::kField, message);
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      return ReadValue(json, field(2), Target::kField, message);
    case Json::Kind::kString:
      return ReadValue(json, field(3), Target::kField, message);
    case Json::Kind::kBool:
      return ReadValue(json, field(4), Target::kField, message);
    case Json::Kind::kObject:
      return ReadValue(json, field(5), Target::kField, message);
    case Json::Kind::kArray:
      return ReadValue(json, field(6), Target::kField, message);
  }
  return MakeFault("a kind of JSON that is not known");
}

JsonFaultPtr Reader::ReadAny(const Json& json, const MessageShape& shape, Message* message) {
  if (!json.is_object()) return Expected("an object with \"@type\"", json);
  if (json.object().empty()) return nullptr;
  const std::string* url = json.FindString("@type");
  if (!url) return MakeFault("\"@type\" is missing: the URL of the message type");
  const size_t slash = url->rfind('/');
  if (slash == std::string::npos) {
    return In("@type", MakeFault("expected a URL like type.googleapis.com/package.Message"));
  }
  const MessageShape* type = shapes_.Find(std::string_view(*url).substr(slash + 1));
  if (!type) {
    return In("@type", MakeFault(absl::StrCat("the message type ", *url, " is not known"),
                                 JsonFault::Kind::kUnknownName));
  }
  const Message* prototype = shapes_.factory().GetPrototype(type->descriptor);
  const std::unique_ptr<Message> content(prototype->New());
  JsonFaultPtr fault;
  if (type->well_known == WellKnownType::kNone) {
    fault = ReadFields(json, *type, content.get(), "@type");
  } else {
    for (const auto& [name, value] : json.object()) {
      if (name == "@type" || name == "value") continue;
      return In(name, MakeFault("only \"@type\" and \"value\" may stand here"));
    }
    const Json* value = json.Find("value");
    if (!value) return MakeFault("\"value\" is missing");
    fault = ReadMessage(*value, *type, content.get());
    if (fault) fault = In("value", std::move(fault));
  }
  if (fault) return fault;
  if (!content->IsInitialized()) return MakeFault(content->InitializationErrorString());
  const Reflection* reflection = message->GetReflection();
  reflection->SetString(message, shape.fields[0].field, *url);
  reflection->SetString(message, shape.fields[1].field, content->SerializeAsString());
  return nullptr;
}

}  // namespace

JsonFaultPtr JsonToMessage(const Json& json, const MessageShape& shape, const MessageShapes& shapes,
                           Message* message) {
  if (JsonFaultPtr fault = Reader(shapes).ReadMessage(json, shape, message)) return fault;
  if (message->IsInitialized()) return nullptr;
  return MakeFault(
      absl::StrCat("required fields are missing: ", message->InitializationErrorString()));
}

}  // namespace segue::services
