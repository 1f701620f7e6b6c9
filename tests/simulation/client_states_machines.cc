#include <utility>

#include "absl/strings/str_cat.h"
#include "server/scheduler/catalog/arn.h"
#include "tests/simulation/client_states.h"

// State machines that are made and changed through the Step Functions API alone.

namespace segue::simulation {
namespace {

constexpr char kRole[] = "arn:aws:iam::000000000000:role/simulated";

}  // namespace

async::Task<void> StatesClient::ChangeMachine(Server* server) {
  std::string name =
      absl::StrCat("a", world_.random.Below(static_cast<uint64_t>(world_.knobs.workflows)));
  const MachineBook& machine = world_.known.states.machines[name];
  const bool exists = machine.exists();
  if (exists && Chance(0.4)) co_return co_await DescribeMachine(server, std::move(name));
  if (exists && Chance(0.7)) co_return co_await UpdateMachine(server, std::move(name));
  // Now and then with the definition that it may have already.
  std::string definition = machine.newest();
  if (definition.empty() || Chance(0.5)) definition = DrawDefinition();
  co_await CreateMachine(server, std::move(name), std::move(definition));
}

std::string StatesClient::DrawDefinition() {
  const WorkflowShape shape{.services = static_cast<int>(world_.services.size()),
                            .workflows = world_.known.StartableBy(WorkflowShape::Answers::kAny)};
  return RandomWorkflow(shape, world_.random);
}

async::Task<void> StatesClient::CreateMachine(Server* server, std::string name,
                                              std::string definition) {
  MachineBook& machine = world_.known.states.machines[name];
  const int64_t moment = machine.Moment();
  const bool may_have = machine.MayHave(definition, moment);
  // Where it exists, a create changes nothing.
  std::optional<size_t> sent;
  if (!machine.exists()) sent = machine.OnSent(definition);
  Json request = Json::Of({{"name", name}, {"definition", definition}, {"roleArn", kRole}});
  const StatesAnswer answer = co_await Ask(server, "CreateStateMachine", std::move(request));
  if (server->cut()) co_return;
  if (answer.error == "StateMachineAlreadyExists") {
    if (sent) machine.OnRefused(*sent);
    if (machine.MayHaveOther(definition, moment)) co_return;
    co_return Broken(name, " has this definition, and a create with it is refused");
  }
  if (!answer.ok()) co_return CheckError(answer, absl::StrCat("CreateStateMachine of ", name));
  if (!sent && !may_have) co_return Broken(name, " is created again, with another definition");
  if (sent) machine.OnAcknowledged(*sent);
  const std::string arn = StateMachineArn(server->scheduler().arns(), name);
  if (answer.Text("stateMachineArn") != arn) Broken(name, " is created as ", answer.body.Dump());
  CheckVersionDurable(name);
}

// Its first version is never lost.
void StatesClient::CheckVersionDurable(const std::string& name) {
  const std::string key = absl::StrCat(name, "/", absl::Dec(1, absl::kZeroPad20));
  if (!world_.ledger.HasDocument("workflow", key)) Broken(name, " exists, and is not durable");
}

async::Task<void> StatesClient::UpdateMachine(Server* server, std::string name) {
  MachineBook& machine = world_.known.states.machines[name];
  const std::string definition = DrawDefinition();
  const size_t sent = machine.OnSent(definition);
  Json request = Json::Of({{"stateMachineArn", StateMachineArn(server->scheduler().arns(), name)},
                           {"definition", definition}});
  const StatesAnswer answer = co_await Ask(server, "UpdateStateMachine", std::move(request));
  if (server->cut()) co_return;
  if (!answer.ok()) co_return CheckError(answer, absl::StrCat("UpdateStateMachine of ", name));
  machine.OnAcknowledged(sent);
  if (!answer.Number("updateDate") || answer.Text("revisionId").empty()) {
    Broken(name, " is updated with ", answer.body.Dump());
  }
}

async::Task<void> StatesClient::DescribeMachine(Server* server, std::string name) {
  MachineBook& machine = world_.known.states.machines[name];
  const int64_t moment = machine.Moment();
  const std::string arn = StateMachineArn(server->scheduler().arns(), name);
  Json request = Json::Of({{"stateMachineArn", arn}});
  const StatesAnswer answer = co_await Ask(server, "DescribeStateMachine", std::move(request));
  if (server->cut()) co_return;
  if (!answer.ok()) co_return CheckError(answer, absl::StrCat("DescribeStateMachine of ", name));
  const bool same = answer.Text("stateMachineArn") == arn && answer.Text("name") == name &&
                    answer.Text("type") == "STANDARD" && answer.Text("status") == "ACTIVE" &&
                    answer.Text("roleArn") == kRole;
  if (!same) Broken(name, " is described as ", answer.body.Dump());
  if (!machine.MayHave(answer.Text("definition"), moment)) {
    Broken(name, " has not the definition that was acknowledged last, but ",
           answer.Text("definition"));
  }
}

}  // namespace segue::simulation
