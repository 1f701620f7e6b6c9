#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/json.h"

namespace segue::api::states {

// How closely a mocked result is held to the model of the API that it stands for (service-2.json,
// MockInput).
enum class FieldValidation {
  kStrict,   // what must be there is there, and what is there fits
  kPresent,  // what is there fits
  kNone,
};

// What is wrong with `value` as the response of `operation` ("PutItem"), in AWS's words: "Field
// 'CapacityUnits' must be a number". Nothing, where it fits, or `shapes` (the text of a .shapes
// file) does not have the operation. Fields that the model does not have are let through, as on
// AWS: an API grows.
std::optional<std::string> ShapeFault(std::string_view shapes, std::string_view operation,
                                      const Json& value, FieldValidation validation);

}  // namespace segue::api::states
