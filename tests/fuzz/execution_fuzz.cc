// A definition, a line "%%", and an input: what can be parsed is run on the engine, with services,
// workers and Map Runs that answer, fail and stay silent as the attempt's number has it. After
// every event the execution must have ended, or each of its branches wait for what will come; and
// what would be stored of it must read back. In the end it is cancelled, and nothing may be out.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/check.h"
#include "server/engine/apply.h"
#include "server/engine/await.h"
#include "server/language/parse.h"
#include "server/scheduler/codec.h"
#include "tests/fuzz/input.h"

namespace {

using segue::Json;
namespace engine = segue::engine;

constexpr int kEventsMax = 300;

class Run {
 public:
  Run(segue::language::WorkflowPtr workflow, std::string_view input, Json value)
      : workflow_(std::move(workflow)) {
    execution_.id = segue::ExecutionId("fuzz");
    execution_.input_text = std::string(input);
    execution_.input = std::move(value);
    execution_.start_time = now_;
    execution_.deadline = now_ + absl::Hours(24 * 400);
  }

  void ToEnd() {
    Apply(engine::Started());
    for (int events = 0; events < kEventsMax && !IsClosed(execution_.status); ++events) GoOn();
    Apply(engine::Cancelled());
    SEGUE_CHECK(IsClosed(execution_.status) && out_.empty());
  }

 private:
  static bool Silent(const engine::AttemptId& attempt) {
    return attempt.attempt % 4 == 3 || attempt.visit % 7 == 6;
  }

  static engine::AttemptId AttemptOf(const engine::Branch& branch) {
    return {branch.id, branch.visit, branch.attempt};
  }

  void GoOn() {
    const auto silent = [](const engine::AttemptId& attempt) { return Silent(attempt); };
    const auto call = std::ranges::find_if_not(out_, silent, &Calls::value_type::first);
    const auto token = std::ranges::find_if_not(tokens_, silent);
    if (resume_is_out_) {
      resume_is_out_ = false;
      now_ += absl::Milliseconds(100);
      Apply(engine::Resumed());
    } else if (call != out_.end()) {
      Answer(call->first);
    } else if (token != tokens_.end()) {
      Complete(*token);
    } else {
      // There is the deadline at least.
      now_ = std::max(now_, execution_.NextDue().value());
      Apply(engine::TimePassed());
    }
  }

  void Apply(const engine::Event& event) {
    const engine::Transition transition = engine::Apply(*workflow_, execution_, event, now_);
    for (const engine::Effect& effect : transition.effects) Perform(effect);
    std::erase_if(tokens_, [this](const engine::AttemptId& attempt) {
      return !engine::IsAwaited(*workflow_, execution_, attempt);
    });
    CheckWaits();
    ReadBack();
  }

  void Perform(const engine::Effect& effect) {
    if (const auto* start = std::get_if<engine::StartAttempt>(&effect)) {
      out_[start->attempt] = start->arguments;
      if (!start->task_token.empty()) tokens_.insert(start->attempt);
    } else if (const auto* run = std::get_if<engine::StartMapRun>(&effect)) {
      out_[run->attempt] = Json::List({1, 2});
    } else if (const auto* cancel = std::get_if<engine::CancelAttempt>(&effect)) {
      out_.erase(cancel->attempt);
    } else if (std::holds_alternative<engine::Resume>(effect)) {
      resume_is_out_ = true;
    }
  }

  segue::Outcome<Json> ResultOf(const engine::AttemptId& attempt, Json value) const {
    const bool fails = (attempt.branch.value() + static_cast<uint64_t>(attempt.attempt)) % 3 == 2;
    if (fails) return segue::WorkflowError{"Grpc.Unavailable", "fuzz"};
    return value;
  }

  void Answer(engine::AttemptId attempt) {
    Json arguments = std::move(out_.extract(attempt).mapped());
    now_ += absl::Milliseconds(10);
    Apply(engine::AttemptFinished{attempt, now_, ResultOf(attempt, std::move(arguments)), {}});
  }

  // Whoever has the token says that it is at work, and then what came of it.
  void Complete(engine::AttemptId attempt) {
    now_ += absl::Milliseconds(10);
    Apply(engine::TaskHeartbeat{attempt});
    Apply(engine::TaskCompleted{attempt, ResultOf(attempt, Json("done"))});
    SEGUE_CHECK(!tokens_.contains(attempt));
  }

  void CheckWaits() const {
    for (const auto& [attempt, arguments] : out_) {
      SEGUE_CHECK(engine::IsInFlight(execution_, attempt));  // else it should have been cancelled
    }
    if (IsClosed(execution_.status)) return;
    SEGUE_CHECK(!execution_.branches.empty());
    std::set<segue::BranchId> joined;  // those below whom something goes on
    for (const auto& [id, branch] : execution_.branches) {
      if (branch.parent && !branch.has_ended()) joined.insert(*branch.parent);
    }
    for (const auto& [id, branch] : execution_.branches) {
      SEGUE_CHECK(WillGoOn(branch, joined.contains(id) ? Below::kGoesOn : Below::kNone));
    }
  }

  enum class Below { kNone, kGoesOn };

  bool WillGoOn(const engine::Branch& branch, Below below) const {
    using engine::BranchPhase;
    switch (branch.phase) {
      case BranchPhase::kReady:
        return resume_is_out_;
      case BranchPhase::kCalling:
        return out_.contains(AttemptOf(branch));
      case BranchPhase::kBackoff:
      case BranchPhase::kWaiting:
        return branch.due && execution_.timers.contains({*branch.due, branch.id});
      case BranchPhase::kAwaitingToken:
        return tokens_.contains(AttemptOf(branch));
      case BranchPhase::kJoining:
        return below == Below::kGoesOn;
      case BranchPhase::kFinished:
      case BranchPhase::kStopped:
        return branch.parent.has_value();  // which waits for others, or is at its retry
    }
    SEGUE_CHECK(false);
    return false;
  }

  void ReadBack() {
    if (IsClosed(execution_.status) || execution_.branches.size() > 20) return;
    std::vector<std::pair<segue::BranchId, std::string>> records;
    for (const auto& [id, branch] : execution_.branches) {
      records.emplace_back(id, segue::scheduler::EncodeBranch(execution_, branch, *workflow_));
    }
    engine::Execution read;
    SEGUE_CHECK(segue::scheduler::DecodeBranches(records, *workflow_, read).ok());
    SEGUE_CHECK(read.timers == execution_.timers && read.calling == execution_.calling);
  }

  using Calls = std::map<engine::AttemptId, Json>;

  const segue::language::WorkflowPtr workflow_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  engine::Execution execution_;
  Calls out_;                           // attempts and Map Runs, with what they will answer
  std::set<engine::AttemptId> tokens_;  // given out, and still good
  bool resume_is_out_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [definition, input] = segue::fuzz::SplitInput(segue::fuzz::Text(data, size));
  const auto value = Json::Parse(input, engine::kPayloadDepthMax);
  if (!value.ok()) return 0;
  const segue::language::ParseResult parsed = segue::language::ParseWorkflow(definition);
  if (parsed.workflow == nullptr) return 0;
  Run(parsed.workflow, input, *value).ToEnd();
  return 0;
}
