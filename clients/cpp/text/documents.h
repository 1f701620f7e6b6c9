#pragma once

// API messages as JSON and YAML documents.
//
// JSON is protobuf's JSON: lowerCamelCase names, 64-bit numbers as strings, unset fields left out.
// YAML is the same document. Field order is that of the .proto files. Pure.

#include <boost/json/value.hpp>
#include <string>

#include "google/protobuf/message.h"

namespace segue::text {

enum class Format { kTable, kJson, kYaml };

// The message as a JSON value.
boost::json::value ToJson(const google::protobuf::Message& message);

// The same, with `list` present although it may be empty, so that scripts can always iterate it.
boost::json::value ToJsonList(const google::protobuf::Message& message, const std::string& list);

// Indented by two, with a line break at the end.
std::string PrettyJson(const boost::json::value& value);

// On one line, with a line break at the end.
std::string CompactJson(const boost::json::value& value);

// Strings that YAML would read as something else are quoted; those of several lines stand as
// literal blocks.
std::string Yaml(const boost::json::value& value);

// PrettyJson or Yaml.
std::string RenderDocument(const boost::json::value& value, Format format);

// "SUCCEEDED" for EXECUTION_STATUS_SUCCEEDED; the number if it has no name here.
std::string EnumName(const google::protobuf::EnumDescriptor* type, int number);
template <typename Enum>
std::string EnumName(Enum value) {
  return EnumName(google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}

}  // namespace segue::text
