#pragma once

#include <google/protobuf/message.h>

#include "server/base/json.h"
#include "services/connector/grpc/json_fault.h"
#include "services/connector/grpc/message_shape.h"

namespace segue::services {

struct MessageAsJson {
  Json json;
  // Some message held fields that its type does not have: the sender's types are newer.
  bool has_unknown_fields = false;
};

// Writes a message in its proto3 JSON form, with two of the options that the mapping allows: fields
// have their original names, and those without presence (scalars, lists, maps of proto3) are there
// even where they hold their default. An Any whose type is not among `shapes` is {"@type", "value":
// base64}.
//
// Errors: null and `result`; or the fault of a value that has no JSON form (a Timestamp out of
// range).
JsonFaultPtr MessageToJson(const google::protobuf::Message& message, const MessageShape& shape,
                           const MessageShapes& shapes, MessageAsJson* result);

}  // namespace segue::services
