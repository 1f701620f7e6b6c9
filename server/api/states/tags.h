#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/states/call.h"
#include "server/scheduler/catalog/arn.h"

namespace segue::api::states {

// Under which the tags of a state machine or an activity are kept.
std::string TagsKey(scheduler::Arn::Kind kind, std::string_view name);

// Sets what the input's `tags` say. TooManyTags where there would be more than 50.
async::Task<std::optional<ApiError>> AddTags(Call& call, std::string key);
// With the resource itself.
async::Task<std::optional<ApiError>> DropTags(Call& call, std::string key);

}  // namespace segue::api::states
