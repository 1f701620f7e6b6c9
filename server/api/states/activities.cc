#include <utility>

#include "server/api/states/activity.h"
#include "server/api/states/operations.h"
#include "server/api/states/page_token.h"
#include "server/api/states/settings.h"
#include "server/api/states/tags.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using scheduler::Activity;
using scheduler::Arn;

ApiError ActivityAlreadyExists(const Call& call, std::string_view name) {
  return {"ActivityAlreadyExists",
          Concat("Activity Already Exists: '", ActivityArn(call.scope(), name), "'")};
}

}  // namespace

ApiError ActivityDoesNotExist(std::string_view arn) {
  return {"ActivityDoesNotExist", Concat("Activity Does Not Exist: '", arn, "'")};
}

async::Task<Answer> CreateActivity(Call& call) {
  const std::string name = call.Text("name");
  if (std::optional<ApiError> error = CheckName(name)) co_return *std::move(error);
  Activity activity{.create_time = call.now};
  if (call.Has("encryptionConfiguration")) {
    activity.encryption = call.input.Find("encryptionConfiguration")->Dump();
  }
  Activity made;
  auto edit = [&](const Activity* before) -> absl::StatusOr<std::optional<Activity>> {
    made = before == nullptr ? activity : *before;
    return made;
  };
  absl::Status status = co_await call.scheduler().activities().Change(name, std::move(edit));
  if (!status.ok()) co_return FromStatus(status);
  if (EncryptionOf(made.encryption) != EncryptionOf(activity.encryption)) {
    co_return ActivityAlreadyExists(call, name);
  }
  const std::optional<ApiError> error = co_await AddTags(call, TagsKey(Arn::Kind::kActivity, name));
  if (error) co_return *error;
  co_return Json::Of({{"activityArn", ActivityArn(call.scope(), name)},
                      {"creationDate", Timestamp(made.create_time)}});
}

async::Task<Answer> DescribeActivity(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "activityArn", Arn::Kind::kActivity);
  if (!arn.ok()) co_return arn.error();
  const auto activity = call.scheduler().activities().Find(arn->workflow);
  if (activity == nullptr) co_return ActivityDoesNotExist(call.Text("activityArn"));
  co_return Json::Of({{"activityArn", ActivityArn(call.scope(), arn->workflow)},
                      {"name", arn->workflow},
                      {"creationDate", Timestamp(activity->create_time)},
                      {"encryptionConfiguration", EncryptionOf(activity->encryption)}});
}

async::Task<Answer> DeleteActivity(Call& call) {
  ApiResult<Arn> arn = ArnOf(call, "activityArn", Arn::Kind::kActivity);
  if (!arn.ok()) co_return arn.error();
  auto edit = [](const Activity*) -> absl::StatusOr<std::optional<Activity>> {
    return std::optional<Activity>();
  };
  absl::Status status =
      co_await call.scheduler().activities().Change(arn->workflow, std::move(edit));
  if (!status.ok()) co_return FromStatus(status);
  const std::optional<ApiError> error =
      co_await DropTags(call, TagsKey(Arn::Kind::kActivity, arn->workflow));
  if (error) co_return *error;
  co_return Json(Json::Object());
}

async::Task<Answer> ListActivities(Call& call) {
  ApiResult<std::string> after = PagePosition(call.input, "activities");
  if (!after.ok()) co_return after.error();
  const int size = PageSize(call.input);
  const auto page = call.scheduler().activities().List(*after, size + 1);
  Json::Array items;
  for (const auto& [name, activity] : page) {
    if (std::ssize(items) == size) break;
    items.push_back(Json::Of({{"activityArn", ActivityArn(call.scope(), name)},
                              {"name", name},
                              {"creationDate", Timestamp(activity->create_time)}}));
  }
  Json answer = Json::Of({{"activities", std::move(items)}});
  if (std::ssize(page) > size) {
    const std::string& last = page[static_cast<size_t>(size) - 1].first;
    answer = answer.With("nextToken", EncodePageToken("activities", last));
  }
  co_return answer;
}

}  // namespace segue::api::states
