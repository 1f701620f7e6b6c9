// A definition, a line "%%", and an input: what can be parsed is run on the engine, with services
// that answer, fail and stay silent as the attempt's number has it. After every event the
// execution must have ended or have something to wait for, and what would be stored of it must
// read back.

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "server/base/check.h"
#include "server/engine/apply.h"
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
    for (int events = 0; events < kEventsMax && !IsClosed(execution_.status); ++events) {
      if (ready_) {
        ready_ = false;
        now_ += absl::Milliseconds(100);
        Apply(engine::Resumed());
      } else if (!out_.empty() && !Silent(out_.front())) {
        Answer();
      } else {
        const std::optional<absl::Time> due = execution_.NextDue();
        SEGUE_CHECK(due.has_value());  // there is the deadline
        now_ = std::max(now_, *due);
        Apply(engine::TimePassed());
      }
    }
  }

 private:
  static bool Silent(const engine::AttemptId& attempt) {
    return attempt.attempt % 4 == 3 || attempt.visit % 7 == 6;
  }

  void Apply(const engine::Event& event) {
    const engine::Transition transition = engine::Apply(*workflow_, execution_, event, now_);
    for (const engine::Effect& effect : transition.effects) {
      if (const auto* start = std::get_if<engine::StartAttempt>(&effect)) {
        arguments_[start->attempt] = start->arguments;
        if (Silent(start->attempt)) {
          out_.push_back(start->attempt);
        } else {
          out_.push_front(start->attempt);
        }
      } else if (const auto* cancel = std::get_if<engine::CancelAttempt>(&effect)) {
        arguments_.erase(cancel->attempt);
        std::erase(out_, cancel->attempt);
      } else if (std::holds_alternative<engine::Resume>(effect)) {
        ready_ = true;
      }
    }
    SEGUE_CHECK(IsClosed(execution_.status) || execution_.IsActive() || execution_.NextDue());
    ReadBack();
  }

  void Answer() {
    const engine::AttemptId attempt = out_.front();
    out_.pop_front();
    Json arguments = std::move(arguments_.extract(attempt).mapped());
    const bool fails = (attempt.branch.value() + static_cast<uint64_t>(attempt.attempt)) % 3 == 2;
    segue::Outcome<Json> result =
        fails ? segue::Outcome<Json>(segue::WorkflowError{"Grpc.Unavailable", "fuzz"})
              : segue::Outcome<Json>(std::move(arguments));
    now_ += absl::Milliseconds(10);
    Apply(engine::AttemptFinished{attempt, now_, std::move(result), std::nullopt});
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

  const segue::language::WorkflowPtr workflow_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  engine::Execution execution_;
  std::deque<engine::AttemptId> out_;  // those that will never be answered last
  std::map<engine::AttemptId, Json> arguments_;
  bool ready_ = false;
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
