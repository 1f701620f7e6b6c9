#pragma once

#include <google/protobuf/message.h>
#include <yaml-cpp/yaml.h>

#include "absl/status/status.h"
#include "server/config/config.h"

namespace segue::config {

// Fills `message` from a YAML mapping, field by field by the message's own descriptor.
// InvalidArgument names the path of the field, the line and what is wrong. May throw
// YAML::Exception for what yaml-cpp itself refuses.
absl::Status YamlToProto(const YAML::Node& node, const Environment& environment,
                         google::protobuf::Message& message);

}  // namespace segue::config
