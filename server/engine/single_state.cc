#include "server/engine/single_state.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/check.h"
#include "server/engine/context.h"
#include "server/engine/retry.h"
#include "server/engine/step.h"

namespace segue::engine {
namespace {

// The id of the event of entering the first state: causes name it. Only the start comes before.
constexpr int64_t kEntered = 2;

template <typename Handler>
std::optional<size_t> FirstMatch(const std::vector<Handler>& handlers, const WorkflowError& error) {
  const auto found = std::find_if(
      handlers.begin(), handlers.end(),
      [&error](const Handler& handler) { return Matches(handler.error_equals, error); });
  if (found == handlers.end()) return std::nullopt;
  return static_cast<size_t>(found - handlers.begin());
}

}  // namespace

struct SingleState::Work {
  Finished finished;
};

SingleState::SingleState(Setting setting)
    : workflow_(setting.workflow), now_(setting.now), inspector_(setting.inspector) {
  execution_.id = std::move(setting.id);
  execution_.workflow = std::move(setting.workflow_name);
  execution_.names = std::move(setting.names);
  execution_.type = ExecutionType::kExpress;  // AWS: what TestState runs is one
  execution_.input = setting.input;
  execution_.start_time = now_;
  execution_.seed = setting.seed;
  Branch root;
  root.state = setting.state;
  root.entered = now_;
  root.visit = 1;
  root.entered_event = kEntered;
  root.input = std::move(setting.input);
  root.variables = std::move(setting.variables);
  root.retries.assign(workflow_.state(setting.state).retry.size(), setting.retries);
  execution_.Add(std::move(root));
}

SingleState::~SingleState() = default;

Json SingleState::DefaultContext() const {
  return MakeContext(workflow_, execution_, branch(), nullptr);
}

Evaluator::Place SingleState::place() const {
  return {.workflow = workflow_,
          .execution = execution_,
          .branch = branch(),
          .now = now_,
          .context = context_ ? &*context_ : nullptr,
          .inspector = inspector_};
}

Outcome<SingleState::Begun> SingleState::Begin() {
  Transition transition;
  Step step(workflow_, execution_, now_, transition);
  step.Watch(context_ ? &*context_ : nullptr, inspector_);
  Branch& branch = *execution_.Find(BranchId(0));
  Verdict verdict = step.Begin(branch);
  if (const auto* failed = std::get_if<Failed>(&verdict)) return failed->error;
  if (auto* finished = std::get_if<Finished>(&verdict)) {
    work_ = std::make_unique<Work>(Work{std::move(*finished)});
    return Begun::kDone;
  }
  if (branch.phase == BranchPhase::kCalling) return Begun::kCall;
  SEGUE_CHECK(branch.phase == BranchPhase::kWaiting);
  Evaluator evaluator(place(), Draw::kInput);
  SEGUE_TRY(input, EffectiveInput(evaluator));
  work_ = std::make_unique<Work>(Work{Done(state(), std::move(input))});
  return Begun::kWait;
}

Outcome<SingleState::Left> SingleState::Leave() {
  SEGUE_CHECK(work_ != nullptr);
  const Finished& finished = work_->finished;
  Evaluator evaluator(place(), Draw::kOutput);
  Outcome<Json> output = MakeOutput(evaluator, finished.result, finished.output);
  return LeftWith(std::move(output), finished.next,
                  Assigned(evaluator, *finished.assign, {.result = &finished.result}));
}

Outcome<SingleState::Left> SingleState::Leave(const Json& result) {
  work_ = std::make_unique<Work>(Work{Done(state(), result)});
  return Leave();
}

SingleState::Handling SingleState::HandlingOf(const WorkflowError& error) const {
  const language::State& state = this->state();
  if (const auto index = FirstMatch(state.retry, error)) {
    const language::Retrier& retrier = state.retry[*index];
    const int used = branch().retries[*index];
    if (used < retrier.max_attempts) {
      Random random = RandomFor(execution_, branch(), Draw::kBackoff, used);
      return {Handling::Kind::kRetry, *index, Backoff(retrier, used, random)};
    }
  }
  if (const auto index = FirstMatch(state.catchers, error)) {
    return {Handling::Kind::kCatch, *index, {}};
  }
  return {};
}

Outcome<SingleState::Left> SingleState::Catch(size_t catcher, const WorkflowError& error) {
  const language::Catcher& chosen = state().catchers[catcher];
  const Json error_output = ErrorOutput(error);
  Evaluator evaluator(place(), Draw::kOutput);
  Outcome<Json> output = MakeCaughtOutput(evaluator, chosen, error_output);
  return LeftWith(std::move(output), chosen.next,
                  Assigned(evaluator, chosen.assign, {.error_output = &error_output}));
}

Outcome<SingleState::Left> SingleState::LeftWith(
    Outcome<Json> output, language::StateIndex next,
    const Outcome<language::Variables>& assigned) const {
  if (!output.ok()) return output.error();
  if (IsTooLarge(*output, execution_.limits)) return DataLimitExceeded(state().name);
  if (!assigned.ok()) return assigned.error();
  Left left{*std::move(output), next, branch().variables};
  for (const auto& [name, value] : *assigned) left.variables.Set(name, value);
  return left;
}

}  // namespace segue::engine
