#include "tests/simulation/client_states.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "server/scheduler/catalog/arn.h"

namespace segue::simulation {
namespace {

using scheduler::ArnScope;

// How the errors begin that the store has by itself.
constexpr char kFaultOfStore[] = "simulated: ";

StatesAnswer Read(const api::states::HttpResponse& response) {
  absl::StatusOr<Json> body = Json::Parse(response.body);
  StatesAnswer answer;
  if (!body.ok()) {
    answer.error = "not JSON";
    return answer;
  }
  answer.body = *std::move(body);
  if (response.status != 200) {
    answer.error = answer.Text("__type");
    answer.message = answer.Text("message");
  }
  return answer;
}

int HttpStatusOf(const std::string& error) {
  if (error.empty()) return 200;
  if (error == "InternalFailure") return 500;
  return error == "ServiceUnavailable" ? 503 : 400;
}

// What the direct call would have answered, by what AWS has for it. Unknown: it has none.
absl::Status StatusOf(const StatesAnswer& answer) {
  if (answer.ok()) return absl::OkStatus();
  if (answer.error == "InvalidToken") return absl::InvalidArgumentError(answer.message);
  if (answer.error == "TaskDoesNotExist") return absl::NotFoundError(answer.message);
  if (answer.error == "TaskTimedOut") return absl::FailedPreconditionError(answer.message);
  if (answer.error == "ServiceUnavailable") return absl::UnavailableError(answer.message);
  if (answer.error == "ThrottlingException") return absl::ResourceExhaustedError(answer.message);
  if (answer.error == "InternalFailure") return absl::InternalError(answer.message);
  return absl::UnknownError(absl::StrCat(answer.error, ": ", answer.message));
}

}  // namespace

double DateOf(absl::Time time) { return static_cast<double>(absl::ToUnixMillis(time)) / 1000; }

std::string TextOf(const Json& object, std::string_view name) {
  const std::string* text = object.FindString(name);
  return text == nullptr ? "" : *text;
}

std::optional<double> StatesAnswer::Number(std::string_view name) const {
  const Json* number = body.Find(name);
  if (number == nullptr || !number->is_number()) return std::nullopt;
  return number->number();
}

async::Task<void> StatesClient::Act(Server* server) {
  const uint64_t drawn = world_.random.Below(100);
  if (drawn < 12) co_return co_await ChangeMachine(server);
  if (drawn < 52) co_return co_await StartAny(server);
  if (drawn < 58) co_return co_await List(server, AnyMachine());
  if (drawn < 68) co_return co_await AskMapRun(server);
  if (drawn < 76) co_return co_await Redrive(server);
  if (drawn < 81) co_return co_await Stop(server);
  std::optional<Target> target = AnyExecution(server);
  if (!target) co_return;
  if (drawn < 91) co_return co_await Describe(server, *std::move(target));
  co_await History(server, *std::move(target));
}

async::Task<StatesAnswer> StatesClient::Ask(Server* server, std::string operation, Json input) {
  StatesDoor::Request request{.operation = operation, .body = input.Dump()};
  const StatesDoor::Answer raw = co_await server->states().Call(std::move(request), server->Here());
  StatesAnswer answer = Read(raw.response);
  if (server->cut()) co_return answer;
  world_.trace.Say(server->Now(), "client ", number_, " ", operation, " ", input.Dump(), ": ",
                   raw.response.status, " ", raw.response.body);
  CheckForm(operation, raw, answer);
  co_return answer;
}

void StatesClient::CheckForm(const std::string& operation, const StatesDoor::Answer& raw,
                             const StatesAnswer& answer) {
  std::string header;
  for (const auto& [name, value] : raw.response.headers) {
    if (name == "x-amzn-errortype") header = value;
  }
  const bool object = answer.body.is_object() && (answer.ok() || answer.body.Find("message"));
  if (!object || header != answer.error || raw.response.status != HttpStatusOf(answer.error)) {
    Broken(operation, " is answered ", raw.response.status, " ", header, " ", raw.response.body);
  }
  if (answer.error == "InternalFailure" && !absl::StrContains(answer.message, kFaultOfStore)) {
    Broken(operation, ": InternalFailure: ", answer.message);
  }
  if (raw.told != (answer.ok() ? "OK" : answer.error)) {
    Broken("the observer is told ", raw.told, " of ", operation, ", its caller ", answer.error);
  }
}

void StatesClient::CheckError(const StatesAnswer& answer, std::string_view what) {
  const bool usual = answer.error == "ServiceUnavailable" ||
                     answer.error == "ThrottlingException" || answer.error == "InternalFailure";
  if (usual && !all_is_well_) return;
  Broken(std::string(what), ": ", answer.error, ": ", answer.message);
}

void StatesClient::CheckError(const StatesAnswer& answer, std::string_view what,
                              const std::string& id) {
  if (answer.error == "ExecutionDoesNotExist" && world_.ledger.WasRemoved(id)) return;
  CheckError(answer, absl::StrCat(std::string(what), " of ", id));
}

StatesClient::Before StatesClient::BeforeOf(const std::string& id) const {
  const Ledger::Execution* found = world_.ledger.Find(id);
  return found == nullptr ? Before() : Before(*found);
}

std::optional<StatesClient::Target> StatesClient::AnyExecution(Server* server) {
  const ArnScope& scope = server->scheduler().arns();
  const uint64_t drawn = world_.random.Below(10);
  if (drawn < 1) return AnyOfMapRun(scope);
  if (drawn < 3) return AnySubmitted(scope);
  return AnyStarted();
}

// Rather one of the newest: most of the old ones have ended.
std::optional<StatesClient::Target> StatesClient::AnyStarted() {
  std::vector<const StatesBook::Start*> acknowledged;
  for (const StatesBook::Start& start : world_.known.states.starts) {
    if (start.start_date) acknowledged.push_back(&start);
  }
  if (acknowledged.empty()) return std::nullopt;
  const size_t all = acknowledged.size();
  const size_t back = world_.random.Below(Chance(0.7) ? std::min<size_t>(all, 8) : all);
  return TargetOf(*acknowledged[all - 1 - back]);
}

// One that was submitted past this API has its id as its name.
std::optional<StatesClient::Target> StatesClient::AnySubmitted(const ArnScope& scope) {
  const std::vector<std::string>& known = world_.known.acknowledged;
  if (known.empty()) return std::nullopt;
  const std::string& id = known[world_.random.Below(known.size())];
  const Ledger::Execution* execution = world_.ledger.Find(id);
  // An ARN needs the workflow's name.
  if (execution == nullptr || execution->workflow.empty()) return std::nullopt;
  const std::string& name = execution->name.empty() ? id : execution->name;
  return Target{.id = id,
                .arn = ExecutionArn(scope, {execution->workflow, name}),
                .machine = execution->workflow};
}

std::optional<StatesClient::Target> StatesClient::AnyOfMapRun(const ArnScope& scope) {
  std::vector<Target> children;
  for (const auto& [id, execution] : world_.ledger.executions()) {
    if (execution.map_run.empty() || execution.workflow.empty()) continue;
    const std::string& run = execution.map_run;
    const std::string machine = absl::StrCat(execution.workflow, "/", run.substr(0, run.find(':')));
    children.push_back({.id = id, .arn = ExecutionArn(scope, {machine, id}), .machine = machine});
  }
  if (children.empty()) return std::nullopt;
  return children[world_.random.Below(children.size())];
}

async::Task<absl::Status> StatesClient::SendResult(Server* server, std::string token,
                                                   Outcome<Json> result) {
  std::string operation = "SendTaskSuccess";
  Json input = Json::Of({{"taskToken", token}});
  if (result.ok()) {
    input = input.With("output", result->Dump());
  } else {
    operation = "SendTaskFailure";
    input = input.With("error", result.error().name).With("cause", result.error().cause);
  }
  const StatesAnswer answer = co_await Ask(server, std::move(operation), std::move(input));
  co_return StatusOf(answer);
}

async::Task<absl::Status> StatesClient::SendHeartbeat(Server* server, std::string token) {
  Json input = Json::Of({{"taskToken", token}});
  const StatesAnswer answer = co_await Ask(server, "SendTaskHeartbeat", std::move(input));
  co_return StatusOf(answer);
}

async::Task<void> StatesClient::LookAtAll(Server* server) {
  all_is_well_ = true;
  const std::vector<StatesBook::Start> starts = world_.known.states.starts;
  for (const StatesBook::Start& start : starts) {
    if (!start.start_date || world_.ledger.WasRemoved(start.id)) continue;
    const Target target = TargetOf(start);
    co_await Describe(server, target);
    co_await History(server, target);
    if (server->cut()) co_return;
  }
  const std::map<std::string, MachineBook> machines = world_.known.states.machines;
  for (const auto& [name, machine] : machines) {
    if (!machine.exists()) continue;
    co_await DescribeMachine(server, name);
    co_await List(server, name);
    if (server->cut()) co_return;
  }
}

}  // namespace segue::simulation
