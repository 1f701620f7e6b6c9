#pragma once

#include <string>
#include <string_view>

#include "server/api/states/api_error.h"
#include "server/base/json.h"

namespace segue::api::states {

// An opaque nextToken: where to go on, and what is listed, so that a token of another list is
// refused.
std::string EncodePageToken(std::string_view list, std::string_view position);

// The position that `input` names in `nextToken`; empty where there is none. InvalidToken where the
// token is broken or of another list.
ApiResult<std::string> PagePosition(const Json& input, std::string_view list);

ApiError InvalidToken();

// `maxResults`: 0 and absent mean 100 (service-2.json, PageSize).
int PageSize(const Json& input);

}  // namespace segue::api::states
