#include "server/config/yaml_to_proto.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "server/base/closest_name.h"

namespace segue::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  absl::Status Read(const YAML::Node& node, const std::string& path, Message& message) {
    if (node.IsNull()) return absl::OkStatus();
    if (!node.IsMap()) return Fault(node, path, "must be a mapping of fields");
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string name = entry.first.Scalar();
      const std::string field_path = path.empty() ? name : absl::StrCat(path, ".", name);
      const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
      if (field == nullptr) {
        return Fault(entry.first, field_path,
                     absl::StrCat("unknown field", Suggestion(*message.GetDescriptor(), name)));
      }
      if (!seen.insert(name).second) return Fault(entry.first, field_path, "is given twice");
      if (const auto* oneof = field->real_containing_oneof()) {
        const FieldDescriptor* other =
            message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
        if (other != nullptr) {
          return Fault(entry.first, field_path,
                       absl::StrCat("stands beside `", other->name(), "`: one of the two"));
        }
      }
      absl::Status status = ReadField(entry.second, field_path, *field, message);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status Fault(const YAML::Node& node, const std::string& path,
                            const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("line ", node.Mark().line + 1, ": ",
                                                   path.empty() ? "the file" : path, ": ", what));
  }

  static std::string Suggestion(const Descriptor& descriptor, const std::string& name) {
    std::vector<std::string> fields;
    for (int i = 0; i < descriptor.field_count(); ++i)
      fields.push_back(descriptor.field(i)->name());
    const std::optional<std::string> best = ClosestName(name, fields);
    return best ? absl::StrCat("; did you mean `", *best, "`?")
                : absl::StrCat("; there are: ", absl::StrJoin(fields, ", "));
  }

  absl::Status ReadField(const YAML::Node& node, const std::string& path,
                         const FieldDescriptor& field, Message& message) {
    if (field.is_map()) return ReadMap(node, path, field, message);
    if (!field.is_repeated()) return ReadValue(node, path, field, message);
    if (node.IsNull()) return absl::OkStatus();
    if (!node.IsSequence()) return Fault(node, path, "must be a list");
    int index = 0;
    for (const YAML::Node& element : node) {
      absl::Status status =
          ReadValue(element, absl::StrCat(path, "[", index++, "]"), field, message);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadMap(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor& field, Message& message) {
    if (node.IsNull()) return absl::OkStatus();
    if (!node.IsMap()) return Fault(node, path, "must be a mapping");
    const Descriptor* entry_type = field.message_type();
    for (const auto& pair : node) {
      Message* entry = message.GetReflection()->AddMessage(&message, &field);
      const std::string key_path = absl::StrCat(path, ".", pair.first.Scalar());
      absl::Status status =
          ReadValue(pair.first, key_path, *entry_type->FindFieldByNumber(1), *entry);
      if (status.ok()) {
        status = ReadValue(pair.second, key_path, *entry_type->FindFieldByNumber(2), *entry);
      }
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status ReadValue(const YAML::Node& node, const std::string& path,
                         const FieldDescriptor& field, Message& message) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return ReadMessage(node, path, field, message);
    }
    if (!node.IsScalar()) return Fault(node, path, "must be a single value");
    absl::StatusOr<std::string> text = Expand(node, path);
    if (!text.ok()) return text.status();
    return SetScalar(node, path, *text, field, message);
  }

  absl::Status ReadMessage(const YAML::Node& node, const std::string& path,
                           const FieldDescriptor& field, Message& message) {
    const Reflection* reflection = message.GetReflection();
    Message* child = field.is_repeated() ? reflection->AddMessage(&message, &field)
                                         : reflection->MutableMessage(&message, &field);
    if (field.message_type()->full_name() != "google.protobuf.Duration") {
      return Read(node, path, *child);
    }
    if (!node.IsScalar()) return Fault(node, path, "must be a duration such as 250ms, 5m, 720h");
    absl::StatusOr<std::string> text = Expand(node, path);
    if (!text.ok()) return text.status();
    absl::Duration duration;
    if (!absl::ParseDuration(*text, &duration) || duration < absl::ZeroDuration()) {
      return Fault(node, path,
                   absl::StrCat("`", *text, "` is no duration; write it as 250ms, 1.5s, 5m, 720h"));
    }
    const Descriptor* type = child->GetDescriptor();
    const int64_t nanos = absl::ToInt64Nanoseconds(duration);
    child->GetReflection()->SetInt64(child, type->FindFieldByName("seconds"), nanos / 1000000000);
    child->GetReflection()->SetInt32(child, type->FindFieldByName("nanos"),
                                     static_cast<int32_t>(nanos % 1000000000));
    return absl::OkStatus();
  }

  // ${NAME} becomes the variable's value.
  absl::StatusOr<std::string> Expand(const YAML::Node& node, const std::string& path) {
    const std::string& text = node.Scalar();
    std::string expanded;
    size_t at = 0;
    while (true) {
      const size_t begin = text.find("${", at);
      const size_t end = begin == std::string::npos ? begin : text.find('}', begin);
      if (end == std::string::npos) break;
      const std::string name = text.substr(begin + 2, end - begin - 2);
      const std::optional<std::string> value = environment_(name);
      if (!value) {
        return Fault(node, path, absl::StrCat("the environment variable ", name, " is not set"));
      }
      absl::StrAppend(&expanded, text.substr(at, begin - at), *value);
      at = end + 1;
    }
    return expanded + text.substr(at);
  }

  absl::Status SetScalar(const YAML::Node& node, const std::string& path, const std::string& text,
                         const FieldDescriptor& field, Message& message) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return Set(field, message, text, &Reflection::SetString, &Reflection::AddString);
      case FieldDescriptor::CPPTYPE_BOOL: {
        const std::string lower = absl::AsciiStrToLower(text);
        if (lower != "true" && lower != "false") {
          return Fault(node, path, absl::StrCat("`", text, "` is neither true nor false"));
        }
        return Set(field, message, lower == "true", &Reflection::SetBool, &Reflection::AddBool);
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        int32_t value = 0;
        if (!absl::SimpleAtoi(text, &value)) return NotANumber(node, path, text, "a whole number");
        return Set(field, message, value, &Reflection::SetInt32, &Reflection::AddInt32);
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        int64_t value = 0;
        if (!absl::SimpleAtoi(text, &value)) return NotANumber(node, path, text, "a whole number");
        return Set(field, message, value, &Reflection::SetInt64, &Reflection::AddInt64);
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        double value = 0;
        if (!absl::SimpleAtod(text, &value)) return NotANumber(node, path, text, "a number");
        return Set(field, message, value, &Reflection::SetDouble, &Reflection::AddDouble);
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return SetEnum(node, path, text, field, message);
      default:
        return absl::InternalError(absl::StrCat(path, ": the schema has a type with no reader"));
    }
  }

  static absl::Status NotANumber(const YAML::Node& node, const std::string& path,
                                 const std::string& text, const char* wanted) {
    return Fault(node, path, absl::StrCat("`", text, "` is not ", wanted));
  }

  template <typename Value, typename Setter, typename Adder>
  static absl::Status Set(const FieldDescriptor& field, Message& message, const Value& value,
                          Setter set, Adder add) {
    const Reflection* reflection = message.GetReflection();
    if (field.is_repeated()) {
      (reflection->*add)(&message, &field, value);
    } else {
      (reflection->*set)(&message, &field, value);
    }
    return absl::OkStatus();
  }

  // By its name with or without the enum's prefix, in any case.
  absl::Status SetEnum(const YAML::Node& node, const std::string& path, const std::string& text,
                       const FieldDescriptor& field, Message& message) {
    const auto* type = field.enum_type();
    const std::string zero = type->value(0)->name();  // ..._UNSPECIFIED
    const std::string prefix = zero.substr(0, zero.size() - std::string("UNSPECIFIED").size());
    const std::string upper = absl::AsciiStrToUpper(text);
    const auto* value = type->FindValueByName(upper);
    if (value == nullptr) value = type->FindValueByName(prefix + upper);
    if (value != nullptr && value->number() != 0) {
      message.GetReflection()->SetEnum(&message, &field, value);
      return absl::OkStatus();
    }
    std::string names;
    for (int i = 1; i < type->value_count(); ++i) {
      absl::StrAppend(&names, i == 1 ? "" : ", ",
                      absl::AsciiStrToLower(type->value(i)->name().substr(prefix.size())));
    }
    return Fault(node, path, absl::StrCat("`", text, "` is not one of ", names));
  }

  const Environment& environment_;
};

}  // namespace

absl::Status YamlToProto(const YAML::Node& node, const Environment& environment,
                         google::protobuf::Message& message) {
  return Reader(environment).Read(node, "", message);
}

}  // namespace segue::config
