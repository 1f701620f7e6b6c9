#include <algorithm>
#include <utility>
#include <vector>

#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/client_states.h"

// StartExecution:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

namespace segue::simulation {
namespace {

const Knowledge::Startable* FindStartable(const Knowledge& known, const std::string& name) {
  const auto found = std::ranges::find(known.startable, name, &Knowledge::Startable::name);
  return found == known.startable.end() ? nullptr : &*found;
}

}  // namespace

// Mostly one that is there.
std::string StatesClient::AnyMachine() {
  std::vector<std::string> names;
  for (const auto& [name, machine] : world_.known.states.machines) {
    if (machine.exists()) names.insert(names.end(), 3, name);
  }
  for (const auto& [name, workflow] : world_.known.workflows) {
    if (workflow.version > 0) names.insert(names.end(), 3, name);
  }
  for (const Knowledge::Startable& startable : world_.known.startable) {
    if (startable.stored) names.push_back(startable.name);
  }
  if (names.empty() || Chance(0.05)) names = {"a0", "w0", "absent"};
  return names[world_.random.Below(names.size())];
}

bool StatesClient::MustExist(const std::string& machine) const {
  const auto made = world_.known.states.machines.find(machine);
  if (made != world_.known.states.machines.end()) return made->second.exists();
  const Knowledge::Startable* startable = FindStartable(world_.known, machine);
  return startable != nullptr && startable->stored;
}

bool StatesClient::IsExpress(const std::string& machine) const {
  const Knowledge::Startable* startable = FindStartable(world_.known, machine);
  return startable != nullptr && startable->express;
}

// A new name; one that was used before, with the same input or with another; none at all.
async::Task<void> StatesClient::StartAny(Server* server) {
  StatesBook& book = world_.known.states;
  const scheduler::ArnScope& scope = server->scheduler().arns();
  const bool may_add = std::ssize(book.starts) < world_.knobs.submits;
  if (!book.starts.empty() && (!may_add || Chance(0.4))) {
    const size_t back = world_.random.Below(std::min<size_t>(book.starts.size(), 12));
    const size_t start = book.starts.size() - 1 - back;
    std::string input = Chance(0.5) ? book.starts[start].input : RandomInput(world_.random);
    co_return co_await Start(server, start, std::move(input));
  }
  if (!may_add) co_return;
  std::string machine = AnyMachine();
  if (IsExpress(machine)) co_return co_await StartExpress(server, std::move(machine));
  if (Chance(0.1)) co_return co_await StartUnnamed(server, std::move(machine));
  const std::string name = absl::StrCat("s", book.starts.size());
  std::string input = RandomInput(world_.random);
  const size_t start = book.AddStart({.machine = machine,
                                      .name = name,
                                      .input = input,
                                      .id = scheduler::IdOfNamed({machine, name}).value(),
                                      .arn = ExecutionArn(scope, {machine, name})});
  co_await Start(server, start, std::move(input));
}

async::Task<void> StatesClient::Start(Server* server, size_t start, std::string input) {
  const StatesBook::Start wanted = world_.known.states.starts[start];
  const Before before = BeforeOf(wanted.id);
  const bool must_exist = MustExist(wanted.machine);
  Json request =
      Json::Of({{"stateMachineArn", StateMachineArn(server->scheduler().arns(), wanted.machine)},
                {"name", wanted.name},
                {"input", input}});
  const StatesAnswer answer = co_await Ask(server, "StartExecution", std::move(request));
  if (server->cut()) co_return;
  if (answer.ok()) co_return CheckStarted(start, input, before, answer);
  if (answer.error == "ExecutionAlreadyExists") co_return CheckExists(wanted, input, before);
  if (answer.error == "StateMachineDoesNotExist" && !must_exist) co_return;
  CheckError(answer, absl::StrCat("StartExecution of ", wanted.arn));
}

void StatesClient::CheckStarted(size_t index, const std::string& input, const Before& before,
                                const StatesAnswer& answer) {
  StatesBook::Start& start = world_.known.states.starts[index];
  const std::optional<double> date = answer.Number("startDate");
  if (answer.Text("executionArn") != start.arn || !date) {
    return Broken(start.arn, " is started as ", answer.body.Dump());
  }
  // Retention frees a name.
  if (!world_.ledger.WasRemoved(start.id)) {
    const Ledger::Execution* durable = world_.ledger.Find(start.id);
    if (durable == nullptr) return Broken(start.arn, " is acknowledged, and is not durable");
    if (durable->input != input) return Broken(start.arn, " is accepted with another input");
    if (*date != DateOf(durable->start_time)) return Broken(start.arn, " has another startDate");
    if (before && before->closed() && before->redrives == durable->redrives) {
      return Broken(start.arn, " has ended, and is started again");
    }
  }
  if (!start.start_date) world_.known.acknowledged.push_back(start.id);
  start.start_date = date;
}

void StatesClient::CheckExists(const StatesBook::Start& start, const std::string& input,
                               const Before& before) {
  if (world_.ledger.WasRemoved(start.id)) return;
  const Ledger::Execution* durable = world_.ledger.Find(start.id);
  if (durable == nullptr) return Broken(start.arn, " is said to exist, and is not durable");
  const bool ended = durable->closed() || durable->redrives > (before ? before->redrives : 0);
  if (durable->input == input && !ended) {
    Broken(start.arn, " is open, and the same start is refused");
  }
}

// The server gives it a name.
async::Task<void> StatesClient::StartUnnamed(Server* server, std::string machine) {
  const std::string input = RandomInput(world_.random);
  const bool must_exist = MustExist(machine);
  Json request =
      Json::Of({{"stateMachineArn", StateMachineArn(server->scheduler().arns(), machine)},
                {"input", input}});
  const StatesAnswer answer = co_await Ask(server, "StartExecution", std::move(request));
  if (server->cut()) co_return;
  if (answer.error == "StateMachineDoesNotExist" && !must_exist) co_return;
  if (!answer.ok()) co_return CheckError(answer, absl::StrCat("StartExecution of ", machine));
  const std::string arn = answer.Text("executionArn");
  const std::optional<scheduler::Arn> parsed = scheduler::ParseArn(arn);
  StatesBook& book = world_.known.states;
  if (!parsed || parsed->workflow != machine || book.starts_by_arn.contains(arn)) {
    co_return Broken("an execution of ", machine, " that nobody has named is called ", arn);
  }
  const size_t start = book.AddStart({.machine = machine,
                                      .name = parsed->name,
                                      .input = input,
                                      .id = scheduler::IdOfNamed({machine, parsed->name}).value(),
                                      .arn = arn});
  CheckStarted(start, input, std::nullopt, answer);
}

// Nothing is stored of it.
async::Task<void> StatesClient::StartExpress(Server* server, std::string machine) {
  Json request =
      Json::Of({{"stateMachineArn", StateMachineArn(server->scheduler().arns(), machine)},
                {"input", RandomInput(world_.random)}});
  const StatesAnswer answer = co_await Ask(server, "StartExecution", std::move(request));
  if (server->cut()) co_return;
  if (!answer.ok()) co_return CheckError(answer, absl::StrCat("StartExecution of ", machine));
  const std::optional<scheduler::Arn> arn = scheduler::ParseArn(answer.Text("executionArn"));
  if (!arn || arn->kind != scheduler::Arn::Kind::kExpress || arn->workflow != machine) {
    co_return Broken("an EXPRESS execution of ", machine, " is ", answer.body.Dump());
  }
  if (world_.ledger.Find(arn->uuid) != nullptr) Broken(arn->uuid, " is EXPRESS, and is stored");
}

}  // namespace segue::simulation
