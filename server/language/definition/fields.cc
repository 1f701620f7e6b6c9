#include "server/language/definition/fields.h"

#include <algorithm>
#include <string>

#include "server/language/text.h"

namespace segue::language {
namespace {

using Names = std::initializer_list<std::string_view>;

bool Contains(Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Listed(const std::vector<std::string_view>& names) {
  std::string list = "[";
  for (const std::string_view name : names) {
    if (list.size() > 1) list.append(", ");
    list.append(name);
  }
  return list + "]";
}

bool IsJsonataOnly(std::string_view name) {
  return Contains({"Arguments", "Output", "Items", "Condition"}, name);
}

bool IsJsonPathOnly(std::string_view name) {
  return Contains({"InputPath",
                   "OutputPath",
                   "ResultPath",
                   "Parameters",
                   "ResultSelector",
                   "Result",
                   "ItemsPath",
                   "SecondsPath",
                   "TimestampPath",
                   "ErrorPath",
                   "CausePath",
                   "TimeoutSecondsPath",
                   "HeartbeatSecondsPath",
                   "MaxConcurrencyPath",
                   "ToleratedFailureCountPath",
                   "ToleratedFailurePercentagePath",
                   "MaxItemsPath",
                   "MaxItemsPerBatchPath",
                   "MaxInputBytesPerBatchPath",
                   "Variable"},
                  name);
}

// README.md, "What is not there yet".
bool ComesLater(std::string_view name) {
  return Contains({"Compensate", "Nodes", "DependsOn", "When", "SkipWith", "Priority",
                   "FairnessKey", "Cost", "LimitKey"},
                  name);
}

std::string UnknownFieldMessage(std::string_view name, QueryLanguage language) {
  const bool json_path = language == QueryLanguage::kJsonPath;
  if (json_path ? IsJsonataOnly(name) : IsJsonPathOnly(name)) {
    const std::string_view own = json_path ? "JSONPath" : "JSONata";
    const std::string_view other = json_path ? "JSONata" : "JSONPath";
    return Concat("The QueryLanguage is set to '", own, "', but field '", name,
                  "' is only supported for the '", other, "' QueryLanguage");
  }
  if (ComesLater(name)) {
    return Concat("Field '", name,
                  "' is not supported yet: it comes with a later version of Segue");
  }
  return Concat("Field '", name, "' is not supported");
}

std::string_view KindName(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "a boolean";
    case Json::Kind::kInt:
      return "an integer";
    case Json::Kind::kDouble:
      return "a number";
    case Json::Kind::kString:
      return "a string";
    case Json::Kind::kArray:
      return "an array";
    case Json::Kind::kObject:
      return "an object";
  }
  return "";
}

void WrongType(const Node& node, std::string_view expected, Faults* faults) {
  faults->Schema(node, Concat("Expected ", expected, ", but found ", KindName(node.kind())));
}

}  // namespace

Fields::Fields(const Node& object, Faults* faults) : object_(object), faults_(faults) {
  if (!object.is_object()) WrongType(object, "an object", faults);
}

const Node* Fields::Take(std::string_view name) {
  const Node* member = object_.Find(name);
  if (member != nullptr) taken_.push_back(member);
  return member;
}

const Node* Fields::String(std::string_view name) {
  const Node* member = Take(name);
  if (member == nullptr || member->is_string()) return member;
  WrongType(*member, "a string", faults_);
  return nullptr;
}

const Node* Fields::Object(std::string_view name) {
  const Node* member = Take(name);
  if (member == nullptr || member->is_object()) return member;
  WrongType(*member, "an object", faults_);
  return nullptr;
}

const Node* Fields::Array(std::string_view name) {
  const Node* member = Take(name);
  if (member == nullptr || member->is_array()) return member;
  WrongType(*member, "an array", faults_);
  return nullptr;
}

const Node* Fields::NonEmptyArray(std::string_view name) {
  const Node* array = Array(name);
  if (array == nullptr || !array->children().empty()) return array;
  faults_->Schema(*array, Concat("Field '", name, "' must not be empty"));
  return nullptr;
}

std::optional<int64_t> Fields::Integer(std::string_view name, IntegerRange range) {
  const Node* member = Take(name);
  if (member == nullptr) return std::nullopt;
  return CheckInteger(*member, range, faults_);
}

std::optional<std::string_view> Fields::Enum(std::string_view name, Names options) {
  const Node* member = String(name);
  if (member == nullptr) return std::nullopt;
  if (Contains(options, member->string())) return member->string();
  faults_->Schema(*member, Concat("Value is not one of the following: ", Listed(options)));
  return std::nullopt;
}

bool Fields::Require(Names names) {
  if (!object_.is_object()) return false;
  std::vector<std::string_view> missing;
  for (const std::string_view name : names) {
    if (!Has(name)) missing.push_back(name);
  }
  if (missing.empty()) return true;
  faults_->Schema(object_, Concat("These fields are required: ", Listed(missing)));
  return false;
}

void Fields::AtMostOneOf(Names names) {
  std::vector<std::string_view> present;
  for (const std::string_view name : names) {
    if (Has(name)) present.push_back(name);
  }
  if (present.size() < 2) return;
  faults_->Schema(object_,
                  Concat("There should only be one of the following fields: ", Listed(present)));
}

void Fields::Finish(QueryLanguage language) {
  if (!object_.is_object()) return;
  String("Comment");
  for (const Node* member : object_.children()) {
    if (std::find(taken_.begin(), taken_.end(), member) != taken_.end()) continue;
    // As AWS does, the pointer names the object; line and column lead to the field itself.
    Position position = member->name_position();
    position.pointer = object_.position().pointer;
    faults_->Add(std::move(position), kSchemaValidationFailed,
                 UnknownFieldMessage(member->name(), language));
  }
}

std::optional<int64_t> CheckInteger(const Node& value, IntegerRange range, Faults* faults) {
  if (value.kind() != Json::Kind::kInt) {
    WrongType(value, "an integer", faults);
    return std::nullopt;
  }
  const int64_t integer = value.scalar().int_value();
  if (integer < range.min) {
    faults->Schema(value, Concat("Minimum value is ", std::to_string(range.min)));
    return std::nullopt;
  }
  if (integer > range.max) {
    faults->Schema(value, Concat("Maximum value is ", std::to_string(range.max)));
    return std::nullopt;
  }
  return integer;
}

std::optional<double> CheckNumber(const Node& value, double min, double max, Faults* faults) {
  if (value.kind() != Json::Kind::kInt && value.kind() != Json::Kind::kDouble) {
    WrongType(value, "a number", faults);
    return std::nullopt;
  }
  const double number = value.scalar().number();
  if (number < min) {
    faults->Schema(value, Concat("Minimum value is ", FormatDouble(min)));
    return std::nullopt;
  }
  if (number > max) {
    faults->Schema(value, Concat("Maximum value is ", FormatDouble(max)));
    return std::nullopt;
  }
  return number;
}

std::vector<std::string> CheckStrings(const Node& array, Faults* faults) {
  std::vector<std::string> strings;
  for (const Node* element : array.children()) {
    if (element->is_string()) {
      strings.push_back(element->string());
    } else {
      WrongType(*element, "a string", faults);
    }
  }
  return strings;
}

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace segue::language
