#include "tests/support/engine_driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/engine/map_run.h"
#include "server/engine/redrive.h"
#include "server/language/parse.h"

namespace segue::testing {

using engine::AttemptFinished;
using engine::AttemptId;
using engine::Branch;
using engine::BranchPhase;
using engine::CancelAttempt;
using engine::Closed;
using engine::Effect;
using engine::Event;
using engine::Execution;
using engine::Resume;
using engine::Resumed;
using engine::StartAttempt;
using engine::Started;
using engine::TimePassed;
using engine::Transition;

Answer Answer::After(absl::Duration duration) && {
  takes = duration;
  return std::move(*this);
}

Answer Answer::RetryAfter(absl::Duration duration) && {
  retry_after = duration;
  return std::move(*this);
}

Service Scripted(std::map<std::string, std::vector<Answer>> answers_by_state) {
  struct Script {
    std::map<std::string, std::vector<Answer>> answers;
    std::map<std::string, size_t> next;
  };
  auto script = std::make_shared<Script>();
  script->answers = std::move(answers_by_state);
  return [script](const StartAttempt& start) -> Answer {
    const auto found = script->answers.find(start.state_name);
    if (found == script->answers.end() || found->second.empty()) return start.arguments;
    const size_t index = std::min(script->next[start.state_name]++, found->second.size() - 1);
    return found->second[index];
  };
}

std::string StoredText(const Branch& branch) {
  std::ostringstream text;
  const auto duration = [](const std::optional<absl::Duration>& value) {
    return value ? absl::FormatDuration(*value) : "-";
  };
  text << branch.id.value() << " of " << (branch.parent ? branch.parent->value() + 1 : 0) << "["
       << branch.index << "] state " << branch.state << " phase " << static_cast<int>(branch.phase)
       << " visit " << branch.visit << " entered " << absl::FormatTime(branch.entered) << "#"
       << branch.entered_event << " input " << branch.input.Dump() << " attempt " << branch.attempt
       << " due " << (branch.due ? absl::FormatTime(*branch.due) : "-") << " arguments "
       << branch.arguments.Dump() << " timeout " << duration(branch.timeout) << " heartbeat "
       << duration(branch.heartbeat) << " items " << branch.items.Dump() << " limits "
       << branch.max_concurrency << " " << branch.tolerated_failures << " output "
       << branch.output.Dump() << " last " << branch.last_event << " variables "
       << Json(branch.variables).Dump() << " retries";
  for (const int used : branch.retries) text << " " << used;
  if (branch.item) text << " item " << branch.item->index << " " << branch.item->value.Dump();
  if (branch.error) text << " error " << branch.error->name << " " << branch.error->cause;
  if (branch.map_run) {
    text << " run " << branch.map_run->state_started_event << " " << branch.map_run->redrives;
  }
  return text.str();
}

language::WorkflowPtr Workflow(std::string_view definition) {
  language::ParseResult parsed = language::ParseWorkflow(definition);
  for (const language::Fault& fault : parsed.faults) {
    ADD_FAILURE() << fault.position.pointer << ": " << fault.code << ": " << fault.message;
  }
  SEGUE_CHECK(parsed.workflow != nullptr);
  return parsed.workflow;
}

EngineDriver::EngineDriver(language::WorkflowPtr workflow, std::string_view input, Service service)
    : EngineDriver(std::move(workflow), input, std::move(service), Options()) {}

EngineDriver::EngineDriver(language::WorkflowPtr workflow, std::string_view input, Service service,
                           Options options)
    : workflow_(std::move(workflow)),
      service_(std::move(service)),
      options_(std::move(options)),
      now_(options_.start) {
  execution_.id = ExecutionId(options_.id);
  execution_.workflow = options_.workflow_name;
  execution_.names = options_.names;
  execution_.type = options_.type;
  execution_.limits = options_.limits;
  execution_.activities = options_.activities;
  execution_.input_text = std::string(input);
  execution_.input = Json::Parse(input).value();
  execution_.seed = options_.seed;
  execution_.start_time = now_;
  if (options_.timeout) execution_.deadline = now_ + *options_.timeout;
  stored_ = execution_;
}

const Transition& EngineDriver::Apply(const Event& event) {
  ++events_;
  transition_ = engine::Apply(*workflow_, execution_, event, now_);
  Store(transition_);
  Perform(transition_);
  if (options_.checks_each_event || IsClosed(execution_.status)) Check(transition_);
  if (options_.recovers) {
    execution_ = stored_;
    execution_.Restore();
    resume_is_due_ = !execution_.ready.empty();
  }
  return transition_;
}

void EngineDriver::Store(const Transition& transition) {
  if (transition.execution_changed) {
    std::map<BranchId, Branch> branches = std::move(stored_.branches);
    std::map<BranchId, Branch> live;
    std::swap(live, execution_.branches);
    stored_ = execution_;
    std::swap(live, execution_.branches);
    stored_.branches = std::move(branches);
  }
  for (const BranchId id : transition.branches_changed) {
    ++branch_writes_;
    const Branch* branch = execution_.Find(id);
    if (branch == nullptr) {
      ADD_FAILURE() << "branch " << id.value() << " is to be written, but is gone";
      continue;
    }
    stored_.branches[id] = *branch;
  }
  for (const BranchId id : transition.branches_removed) {
    EXPECT_EQ(execution_.Find(id), nullptr) << "branch " << id.value() << " was not removed";
    EXPECT_EQ(stored_.branches.erase(id), 1u) << "branch " << id.value() << " was never stored";
  }
  int entered = 0;
  for (const engine::HistoryEvent& event : transition.history) {
    const std::string_view type = HistoryEventTypeName(event.type);
    if (type.ends_with("StateEntered")) ++entered;
    EXPECT_EQ(event.id, static_cast<int64_t>(history_.size()) + 1);
    EXPECT_LT(event.previous_id, event.id);
    EXPECT_TRUE(history_.empty() || history_.back().time <= event.time) << "time goes back";
    history_.push_back(event);
  }
  EXPECT_LE(entered, engine::kStepsPerApplyMax);
  stored_.last_event = static_cast<int64_t>(history_.size());
  if (!history_.empty()) stored_.last_event_time = history_.back().time;
}

void EngineDriver::Perform(const Transition& transition) {
  for (const Effect& effect : transition.effects) {
    if (const auto* start = std::get_if<StartAttempt>(&effect)) {
      calls_.push_back({now_, *start});
      Answer answer = service_(*start);
      const absl::Time ends = now_ + answer.takes;
      const bool is_new =
          out_.emplace(start->attempt, Pending{ends, std::move(answer), now_}).second;
      EXPECT_TRUE(is_new) << "an attempt was started twice";
      ends_.insert({ends, start->attempt});
    } else if (const auto* cancel = std::get_if<CancelAttempt>(&effect)) {
      const auto pending = out_.find(cancel->attempt);
      if (pending == out_.end()) {
        // A start that was answered is cancelled for what it may have started.
        EXPECT_TRUE(cancel->start) << "an attempt was cancelled that is not out";
        continue;
      }
      ends_.erase({pending->second.ends, cancel->attempt});
      out_.erase(pending);
      cancelled_.push_back(cancel->attempt);
    } else if (const auto* run = std::get_if<engine::StartMapRun>(&effect)) {
      out_.insert_or_assign(
          run->attempt,
          Pending{.ends = now_, .answer = RunMap(run->attempt.branch), .started = now_});
      ends_.insert({now_, run->attempt});
    } else if (std::holds_alternative<Resume>(effect)) {
      resume_is_due_ = true;
    } else {
      EXPECT_TRUE(IsClosed(execution_.status));
    }
  }
}

// The children of a Map Run, one after the other, in no time.
Answer EngineDriver::RunMap(BranchId branch) const {
  const engine::Evaluator::Place place{.workflow = *workflow_,
                                       .execution = execution_,
                                       .branch = *execution_.Find(branch),
                                       .now = now_};
  const Outcome<engine::MapRunPlan> plan = engine::PlanMapRun(place);
  if (!plan.ok()) return plan.error();
  SEGUE_CHECK(plan->items.has_value());  // nothing reads items here
  Json::Array results;
  int64_t failed = 0;
  const int64_t length = engine::ItemCount(*plan->items);
  for (int64_t index = 0; index < length; ++index) {
    const auto iteration = engine::IterationOf(place, *plan->items, plan->input, index);
    if (!iteration.ok()) return iteration.error();
    Options options = options_;
    options.id = absl::StrCat(options_.id, "-", index);
    options.start = now_;
    EngineDriver child(workflow_, iteration->input.Dump(), service_, options);
    child.execution_.start_state = plan->first_state;
    child.stored_.start_state = plan->first_state;
    child.Run();
    if (child.execution_.status == engine::ExecutionStatus::kSucceeded) {
      results.push_back(child.execution_.output);
    } else {
      ++failed;
    }
  }
  if (failed > engine::ToleratedFailures(plan->tolerance, length)) {
    return WorkflowError{"States.ExceedToleratedFailureThreshold",
                         "The specified tolerated failure threshold was exceeded"};
  }
  return Json(std::move(results));
}

EngineDriver::Progress EngineDriver::Advance() {
  if (IsClosed(execution_.status)) return Progress::kNone;
  const std::optional<absl::Time> due = execution_.NextDue();
  const bool answers_first = !ends_.empty() && (!due || ends_.begin()->first <= *due);
  const std::optional<absl::Time> next = answers_first ? ends_.begin()->first : due;
  if (resume_is_due_ && !(next && *next <= now_)) {
    // Entering many states takes time too: an endless loop must not stop the clock.
    now_ += absl::Milliseconds(100);
    resume_is_due_ = false;
    ++resumes_;
    Apply(Resumed());
    return Progress::kMade;
  }
  if (!next) return Progress::kNone;
  now_ = std::max(now_, *next);
  if (!answers_first) {
    Apply(TimePassed());
    return Progress::kMade;
  }
  const AttemptId attempt = ends_.begin()->second;
  ends_.erase(ends_.begin());
  const Pending pending = out_.extract(attempt).mapped();
  Apply(
      AttemptFinished{attempt, pending.started, pending.answer.result, pending.answer.retry_after});
  return Progress::kMade;
}

void EngineDriver::Run() {
  if (execution_.next_branch == 0) Apply(Started());
  while (Advance() == Progress::kMade) {
    if (events_ > options_.events_max) {
      ADD_FAILURE() << "no end after " << events_ << " events";
      return;
    }
  }
  EXPECT_TRUE(IsClosed(execution_.status)) << "the execution is stuck";
}

void EngineDriver::Check(const Transition& transition) {
  for (const BranchId id : transition.branches_changed) {
    EXPECT_FALSE(transition.branches_removed.contains(id));
  }
  EXPECT_EQ(execution_.last_event, static_cast<int64_t>(history_.size()));
  // What was to be written is all that has changed.
  EXPECT_EQ(stored_.next_branch, execution_.next_branch);
  EXPECT_EQ(stored_.status, execution_.status);
  EXPECT_EQ(stored_.branches.size(), execution_.branches.size());
  for (const auto& [id, branch] : execution_.branches) {
    const Branch* stored = stored_.Find(id);
    EXPECT_EQ(stored == nullptr ? "not stored" : StoredText(*stored), StoredText(branch));
  }
  CheckDerived();
  // The calls and runs that are out are those that are waited for.
  const std::vector<AttemptId> runs = engine::MapRunsInFlight(*workflow_, execution_);
  std::set<AttemptId> waited_for(runs.begin(), runs.end());
  for (const StartAttempt& start : engine::AttemptsInFlight(*workflow_, execution_)) {
    waited_for.insert(start.attempt);
  }
  std::set<AttemptId> out;
  for (const auto& [attempt, pending] : out_) out.insert(attempt);
  EXPECT_TRUE(out == waited_for);
  if (IsClosed(execution_.status)) {
    const bool kept = execution_.next_branch > 0 &&
                      execution_.status != engine::ExecutionStatus::kSucceeded &&
                      execution_.type == engine::ExecutionType::kStandard;
    EXPECT_EQ(engine::IsRedrivable(execution_), kept);
    EXPECT_TRUE(kept || execution_.branches.empty());
    for (const auto& [id, branch] : execution_.branches) {
      EXPECT_TRUE(branch.phase == BranchPhase::kStopped || branch.phase == BranchPhase::kFinished);
    }
    EXPECT_FALSE(execution_.IsActive());
    EXPECT_EQ(execution_.NextDue(), std::nullopt);
    EXPECT_TRUE(execution_.end_time.has_value());
  } else if (execution_.next_branch > 0) {
    const bool awaits_token = std::any_of(
        execution_.branches.begin(), execution_.branches.end(),
        [](const auto& entry) { return entry.second.phase == BranchPhase::kAwaitingToken; });
    EXPECT_TRUE(execution_.IsActive() || execution_.NextDue() || awaits_token)
        << "nothing will ever happen";
    EXPECT_TRUE(execution_.ready.empty() || resume_is_due_) << "ready, but not to be resumed";
  }
}

void EngineDriver::CheckDerived() const {
  Execution fresh = execution_;
  fresh.Restore();
  EXPECT_TRUE(fresh.timers == execution_.timers);
  EXPECT_TRUE(fresh.ready == execution_.ready);
  EXPECT_TRUE(fresh.calling == execution_.calling);
  EXPECT_EQ(fresh.variable_bytes, execution_.variable_bytes);
  for (const auto& [id, branch] : execution_.branches) {
    const Branch& recount = *fresh.Find(id);
    EXPECT_EQ(branch.children_started, recount.children_started);
    EXPECT_EQ(branch.children_finished, recount.children_finished);
    EXPECT_EQ(branch.children_failed, recount.children_failed);
    EXPECT_EQ(branch.children_stopped, recount.children_stopped);
    if (branch.children_started > 0) {
      EXPECT_EQ(branch.first_child, recount.first_child);
    }
  }
}

std::string EngineDriver::HistoryTypes() const {
  std::string types;
  for (const engine::HistoryEvent& event : history_) {
    if (!types.empty()) types += ' ';
    types += HistoryEventTypeName(event.type);
  }
  return types;
}

}  // namespace segue::testing
