#pragma once

#include <google/protobuf/message.h>

#include "server/base/json.h"
#include "services/connector/grpc/json_fault.h"
#include "services/connector/grpc/message_shape.h"

namespace segue::services {

// Fills `message`, which is empty and of `shape`, from its proto3 JSON form. Field names may be
// original or camelCase; null is "not set" (but a value of google.protobuf.Value and NullValue); a
// name that the type does not have is a fault, as is a field or a oneof that is set twice. Required
// fields of proto2 must be there.
//
// Errors: null, or the first fault; `message` is then half filled.
JsonFaultPtr JsonToMessage(const Json& json, const MessageShape& shape, const MessageShapes& shapes,
                           google::protobuf::Message* message);

}  // namespace segue::services
