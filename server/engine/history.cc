#include "server/engine/history.h"

#include <array>
#include <cstddef>

#include "server/base/check.h"

namespace segue::engine {
namespace {

struct Name {
  HistoryEventType type;
  const char* text;
};

#define SEGUE_NAME(type) \
  Name { HistoryEventType::k##type, #type }

// In the order of the enum.
constexpr std::array kNames = {
    SEGUE_NAME(ExecutionStarted),
    SEGUE_NAME(ExecutionSucceeded),
    SEGUE_NAME(ExecutionFailed),
    SEGUE_NAME(ExecutionTimedOut),
    SEGUE_NAME(ExecutionAborted),
    SEGUE_NAME(TaskStateEntered),
    SEGUE_NAME(TaskStateExited),
    SEGUE_NAME(TaskScheduled),
    SEGUE_NAME(TaskScheduleFailed),
    SEGUE_NAME(TaskStarted),
    SEGUE_NAME(TaskStartFailed),
    SEGUE_NAME(TaskSubmitted),
    SEGUE_NAME(TaskSubmitFailed),
    SEGUE_NAME(TaskSucceeded),
    SEGUE_NAME(TaskFailed),
    SEGUE_NAME(TaskTimedOut),
    SEGUE_NAME(ParallelStateEntered),
    SEGUE_NAME(ParallelStateStarted),
    SEGUE_NAME(ParallelStateSucceeded),
    SEGUE_NAME(ParallelStateFailed),
    SEGUE_NAME(ParallelStateAborted),
    SEGUE_NAME(ParallelStateExited),
    SEGUE_NAME(MapStateEntered),
    SEGUE_NAME(MapStateStarted),
    SEGUE_NAME(MapStateSucceeded),
    SEGUE_NAME(MapStateFailed),
    SEGUE_NAME(MapStateAborted),
    SEGUE_NAME(MapStateExited),
    SEGUE_NAME(MapIterationStarted),
    SEGUE_NAME(MapIterationSucceeded),
    SEGUE_NAME(MapIterationFailed),
    SEGUE_NAME(MapIterationAborted),
    SEGUE_NAME(WaitStateEntered),
    SEGUE_NAME(WaitStateExited),
    SEGUE_NAME(WaitStateAborted),
    SEGUE_NAME(TaskStateAborted),
    SEGUE_NAME(PassStateEntered),
    SEGUE_NAME(PassStateExited),
    SEGUE_NAME(ChoiceStateEntered),
    SEGUE_NAME(ChoiceStateExited),
    SEGUE_NAME(SucceedStateEntered),
    SEGUE_NAME(SucceedStateExited),
    SEGUE_NAME(FailStateEntered),
    SEGUE_NAME(EvaluationFailed),
    SEGUE_NAME(MapRunStarted),
    SEGUE_NAME(MapRunSucceeded),
    SEGUE_NAME(MapRunFailed),
    SEGUE_NAME(MapRunAborted),
    SEGUE_NAME(MapRunRedriven),
    SEGUE_NAME(ExecutionRedriven),
};

#undef SEGUE_NAME

constexpr bool IsInOrder() {
  if (kNames.size() != static_cast<size_t>(HistoryEventType::kLast) + 1) return false;
  for (size_t index = 0; index < kNames.size(); ++index) {
    if (static_cast<size_t>(kNames[index].type) != index) return false;
  }
  return true;
}
static_assert(IsInOrder());

}  // namespace

const char* HistoryEventTypeName(HistoryEventType type) {
  const auto index = static_cast<size_t>(type);
  SEGUE_CHECK(index < kNames.size());
  return kNames[index].text;
}

}  // namespace segue::engine
