#pragma once

#include <string_view>

#include "server/api/states/api_error.h"

namespace segue::api::states {

ApiError ActivityDoesNotExist(std::string_view arn);

}  // namespace segue::api::states
