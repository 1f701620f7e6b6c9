#include "tests/simulation/starts_check.h"

#include <optional>
#include <utility>

#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {
namespace {

using engine::HistoryEvent;

constexpr char kStart[] = "arn:aws:states:::states:startExecution";
constexpr char kExists[] = "StepFunctions.ExecutionAlreadyExistsException";
constexpr std::string_view kExistsCause = "Execution Already Exists: '";

// The id of a child by its ARN; empty where it is EXPRESS.
std::string ChildOf(const std::string& text) {
  const std::optional<scheduler::Arn> arn = scheduler::ParseArn(text);
  if (!arn || IsExpressName(arn->workflow)) return "";
  return scheduler::IdOfNamed({arn->workflow, arn->name}).value();
}

// The ARN that a refusal names.
std::string Refused(const std::string& cause) {
  const std::string after = cause.substr(kExistsCause.size());
  return after.substr(0, after.find('\''));
}

// The name that the task was to give its child; null where there is none.
const std::string* NameIn(const HistoryEvent& event) {
  return event.parameters ? event.parameters->FindString("Name") : nullptr;
}

}  // namespace

void StartsCheck::OnScheduled(const std::string& execution, const HistoryEvent& event) {
  const std::string* name = NameIn(event);
  if (!event.resource.starts_with(kStart) || name == nullptr) return;
  const std::string* machine = event.parameters->FindString("StateMachineArn");
  const std::string workflow = scheduler::ParseArn(*machine)->workflow;
  const std::string child = scheduler::IdOfNamed({workflow, *name}).value();
  ++named_[{execution, child}].made;
}

void StartsCheck::OnStarted(const std::string& execution, const HistoryEvent& event) {
  if (!event.resource.starts_with(kStart)) return;
  const std::string child = ChildOf(*event.output->FindString("ExecutionArn"));
  if (child.empty() || ledger_.WasRemoved(child)) return;
  const Ledger::Execution* durable = ledger_.Find(child);
  if (durable == nullptr || durable->parent != execution) {
    verdict_.Broken("start", execution, " event ", event.id, " has started ", child,
                    ", which is no child of it");
  } else if (!started_.insert(child).second) {
    verdict_.Broken("start", child, " was started twice");
  }
}

void StartsCheck::OnFailed(const std::string& execution, const HistoryEvent& event) {
  if (!event.resource.starts_with(kStart) || event.error != kExists) return;
  ++refused_;
  const std::string arn = Refused(*event.cause);
  const std::string child = ChildOf(arn);
  if (child.empty()) return;
  if (ledger_.Find(child) == nullptr && !ledger_.WasRemoved(child)) {
    verdict_.Broken("start", execution, " is refused the name of ", child, ", which nobody has");
  }
  const auto named = named_.find({execution, child});
  if (named == named_.end()) {
    return verdict_.Broken("start", execution, " is refused a child without a name: ", child);
  }
  ++named->second.refused;
}

void StartsCheck::Check() const {
  for (const auto& [names, tries] : named_) {
    const auto& [parent, child] = names;
    const Ledger::Execution* durable = ledger_.Find(child);
    const bool is_own = durable != nullptr && durable->parent == parent;
    if (!is_own || ledger_.WasRemoved(child) || tries.refused < tries.made) continue;
    verdict_.Broken("start", parent, " has started ", child, ", and is told that another has");
  }
}

}  // namespace segue::simulation
