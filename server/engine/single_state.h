#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "server/base/json.h"
#include "server/base/outcome.h"
#include "server/engine/execution.h"
#include "server/engine/io.h"
#include "server/language/workflow.h"

namespace segue::engine {

// One state of a workflow by itself: it is entered with an input and does its work, and what comes
// of it is told, but nothing goes on from there. For those who want to look at a state closely
// (TestState). Same rules as in an execution, because it is the same code.
//
// Threads: one. Borrows the workflow and what `setting` points to.
class SingleState {
 public:
  struct Setting {
    const language::Workflow& workflow;
    language::StateIndex state = language::kEnd;
    ExecutionId id;
    std::string workflow_name;
    ContextNames names;
    Json input;
    language::Variables variables;
    // How many retries each Retrier of the state has made already.
    int retries = 0;
    absl::Time now;
    uint64_t seed = 0;
    Inspector* inspector = nullptr;
  };
  explicit SingleState(Setting setting);
  ~SingleState();

  const language::State& state() const { return workflow_.state(branch().state); }
  const Json& input() const { return branch().input; }

  // The Context Object that the state would see; and the one that it is to see instead.
  Json DefaultContext() const;
  void SetContext(Json context) { context_ = std::move(context); }

  // Where expressions of the state are evaluated.
  Evaluator::Place place() const;

  // Does the work of a state that is no Parallel and no Map.
  enum class Begun {
    kDone,  // nothing is waited for
    kCall,  // a Task wants to call with arguments()
    kWait,  // until due()
  };
  Outcome<Begun> Begin();
  const Json& arguments() const { return branch().arguments; }
  absl::Time due() const { return *branch().due; }

  // The state's end.
  struct Left {
    Json output;
    language::StateIndex next = language::kEnd;
    language::Variables variables;  // all that the next state sees
  };
  // After Begin, where nothing is to be added.
  Outcome<Left> Leave();
  // With the result of a call, or of the branches or iterations.
  Outcome<Left> Leave(const Json& result);

  // What the state does about an error: the first of its Retriers that names it and has retries
  // left (only one is asked), else the first of its Catchers that names it.
  struct Handling {
    enum class Kind { kNone, kRetry, kCatch } kind = Kind::kNone;
    size_t index = 0;        // in Retry or Catch
    absl::Duration backoff;  // kRetry
  };
  Handling HandlingOf(const WorkflowError& error) const;
  // The end by way of a Catcher.
  Outcome<Left> Catch(size_t catcher, const WorkflowError& error);

 private:
  struct Work;  // what Begin has made

  const Branch& branch() const { return *execution_.Find(BranchId(0)); }
  Outcome<Left> LeftWith(Outcome<Json> output, language::StateIndex next,
                         const Outcome<language::Variables>& assigned) const;

  const language::Workflow& workflow_;
  const absl::Time now_;
  Inspector* const inspector_;
  std::optional<Json> context_;
  Execution execution_;
  std::unique_ptr<Work> work_;
};

}  // namespace segue::engine
