#include "server/scheduler/nested/leftover.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "segue/storage/v1/records.pb.h"
#include "server/scheduler/nested/nested.h"

namespace segue::scheduler {
namespace {

// What the key says.
std::optional<Leftover> Named(const std::string& key) {
  const std::vector<std::string> parts = absl::StrSplit(key, '/');
  if (parts.size() != 6) return std::nullopt;
  Leftover leftover{.execution = ExecutionId(parts[1])};
  uint64_t branch = 0;
  const bool is_right = absl::SimpleAtoi(parts[2], &leftover.redrive) &&
                        absl::SimpleAtoi(parts[3], &branch) &&
                        absl::SimpleAtoi(parts[4], &leftover.attempt.visit) &&
                        absl::SimpleAtoi(parts[5], &leftover.attempt.attempt);
  leftover.attempt.branch = BranchId(branch);
  if (!is_right || KeyOf(leftover) != key) return std::nullopt;
  return leftover;
}

}  // namespace

std::optional<Leftover> LeftoverOf(const engine::Execution& execution,
                                   const engine::CancelAttempt& cancel) {
  Leftover leftover{.execution = execution.id,
                    .redrive = execution.redrive_count,
                    .attempt = cancel.attempt,
                    .has_note = execution.type == engine::ExecutionType::kStandard};
  if (cancel.map_run) {
    leftover.started = *cancel.map_run;
    return leftover;
  }
  if (!cancel.start || !IsNested(*cancel.start->resource)) return std::nullopt;
  std::optional<StartedChild> child = ChildOf(*cancel.start);
  if (!child) return std::nullopt;
  leftover.started = *std::move(child);
  return leftover;
}

std::string LeftoverKeysOf(int slot) { return absl::StrFormat("%03d/", slot); }

std::string LeftoverKeysOf(const ExecutionId& execution) {
  return absl::StrCat(LeftoverKeysOf(SlotOf(execution.value())), execution.value(), "/");
}

std::string KeyOf(const Leftover& leftover) {
  const engine::AttemptId& attempt = leftover.attempt;
  return absl::StrCat(LeftoverKeysOf(leftover.execution), leftover.redrive, "/",
                      attempt.branch.value(), "/", attempt.visit, "/", attempt.attempt);
}

std::string EncodeLeftover(const Leftover& leftover) {
  storage::v1::LeftoverRecord record;
  if (const auto* child = std::get_if<StartedChild>(&leftover.started)) {
    record.mutable_child()->set_execution(child->id.value());
    record.mutable_child()->set_request_id(child->request_id);
  } else {
    const auto& run = std::get<StartedMapRun>(leftover.started);
    record.mutable_map_run()->set_id(run.id);
    record.mutable_map_run()->set_children(static_cast<int>(run.children));
  }
  return record.SerializeAsString();
}

absl::StatusOr<Leftover> DecodeLeftover(const store::Document& document) {
  storage::v1::LeftoverRecord record;
  std::optional<Leftover> leftover = Named(document.key);
  const bool is_read = record.ParseFromString(document.record);
  if (!leftover || !is_read || (!record.has_child() && !record.has_map_run())) {
    return absl::DataLossError(
        absl::StrCat("the stored record of leftover ", document.key, " cannot be read"));
  }
  if (record.has_child()) {
    leftover->started = StartedChild{.id = ExecutionId(record.child().execution()),
                                     .request_id = record.child().request_id()};
  } else {
    using Children = StartedMapRun::Children;
    leftover->started =
        StartedMapRun{.id = record.map_run().id(),
                      .children = static_cast<Children>(record.map_run().children())};
  }
  return *std::move(leftover);
}

int64_t ItemsOf(const StartedMapRun& run, const engine::Execution& child) {
  if (run.children == StartedMapRun::Children::kOfItems) return 1;
  const Json* items = child.input.Find("Items");
  return items != nullptr && items->is_array() ? std::ssize(items->array()) : 0;
}

}  // namespace segue::scheduler
