#include "server/api/states/tags.h"

#include <algorithm>
#include <utility>

#include "server/api/states/operations.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using scheduler::Arn;
using scheduler::Tags;

constexpr size_t kTagsMax = 50;  // AWS's quota for a resource

ApiError ResourceNotFound(std::string_view arn) {
  return {"ResourceNotFound", Concat("Resource not found: '", arn, "'")};
}

// State machines and activities have tags, their versions and aliases have none. The key under
// which they are kept does not depend on the configured region and account.
ApiResult<std::string> KeyOf(const Call& call) {
  const std::string text = call.Text("resourceArn");
  if (!text.starts_with("arn:")) return InvalidArn(Concat("Invalid ARN prefix: ", text));
  const std::optional<Arn> arn = scheduler::ParseArn(text);
  if (!arn) return InvalidArn(Concat("Invalid ARN: ", text));
  const bool machine = arn->kind == Arn::Kind::kStateMachine && arn->name.empty() &&
                       call.scheduler().catalog().Get(arn->workflow, 0).ok();
  if (machine) return TagsKey(Arn::Kind::kStateMachine, arn->workflow);
  const bool activity = arn->kind == Arn::Kind::kActivity &&
                        call.scheduler().activities().Find(arn->workflow) != nullptr;
  if (activity) return TagsKey(Arn::Kind::kActivity, arn->workflow);
  return ResourceNotFound(text);
}

std::vector<std::pair<std::string, std::string>> PairsOf(const Json& list) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Json& tag : list.array()) {
    const std::string* key = tag.FindString("key");
    const std::string* value = tag.FindString("value");
    if (key != nullptr) pairs.emplace_back(*key, value == nullptr ? "" : *value);
  }
  return pairs;
}

void Set(Tags& tags, const std::string& key, const std::string& value) {
  const auto there =
      std::ranges::find(tags.pairs, key, [](const auto& pair) { return pair.first; });
  if (there != tags.pairs.end()) {
    there->second = value;
  } else {
    tags.pairs.emplace_back(key, value);
  }
}

}  // namespace

std::string TagsKey(Arn::Kind kind, std::string_view name) {
  return Concat(kind == Arn::Kind::kActivity ? "activity:" : "stateMachine:", name);
}

async::Task<std::optional<ApiError>> AddTags(Call& call, std::string key) {
  const Json* given = call.input.Find("tags");
  if (given == nullptr || given->is_null() || given->array().empty()) co_return std::nullopt;
  auto edit = [&](const Tags* before) -> absl::StatusOr<std::optional<Tags>> {
    Tags after = before == nullptr ? Tags() : *before;
    for (const auto& [name, value] : PairsOf(*given)) Set(after, name, value);
    if (after.pairs.size() > kTagsMax) return absl::ResourceExhaustedError("tags");
    return after;
  };
  absl::Status status = co_await call.scheduler().tags().Change(std::move(key), std::move(edit));
  if (status.ok()) co_return std::nullopt;
  if (!absl::IsResourceExhausted(status)) co_return FromStatus(status);
  co_return ApiError{"TooManyTags", "You've exceeded the number of tags allowed for a resource."};
}

async::Task<std::optional<ApiError>> DropTags(Call& call, std::string key) {
  auto edit = [](const Tags*) -> absl::StatusOr<std::optional<Tags>> {
    return std::optional<Tags>();
  };
  absl::Status status = co_await call.scheduler().tags().Change(std::move(key), std::move(edit));
  if (status.ok()) co_return std::nullopt;
  co_return FromStatus(status);
}

async::Task<Answer> TagResource(Call& call) {
  ApiResult<std::string> key = KeyOf(call);
  if (!key.ok()) co_return key.error();
  const std::optional<ApiError> error = co_await AddTags(call, *std::move(key));
  if (error) co_return *error;
  co_return Json(Json::Object());
}

async::Task<Answer> UntagResource(Call& call) {
  ApiResult<std::string> key = KeyOf(call);
  if (!key.ok()) co_return key.error();
  auto edit = [&](const Tags* before) -> absl::StatusOr<std::optional<Tags>> {
    if (before == nullptr) return std::optional<Tags>();
    Tags after = *before;
    for (const Json& gone : call.input.Find("tagKeys")->array()) {
      std::erase_if(after.pairs, [&](const auto& pair) { return pair.first == gone.string(); });
    }
    return after;
  };
  absl::Status status = co_await call.scheduler().tags().Change(*std::move(key), std::move(edit));
  if (!status.ok()) co_return FromStatus(status);
  co_return Json(Json::Object());
}

async::Task<Answer> ListTagsForResource(Call& call) {
  ApiResult<std::string> key = KeyOf(call);
  if (!key.ok()) co_return key.error();
  const auto kept = call.scheduler().tags().Find(*key);
  Json::Array list;
  if (kept != nullptr) {
    for (const auto& [name, value] : kept->pairs) {
      list.push_back(Json::Of({{"key", name}, {"value", value}}));
    }
  }
  co_return Json::Of({{"tags", std::move(list)}});
}

}  // namespace segue::api::states
