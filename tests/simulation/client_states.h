#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/json.h"
#include "server/scheduler/map_run/map_run.h"
#include "tests/simulation/client.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/states_door.h"

namespace segue::simulation {

// A text of an object; empty where it is absent.
std::string TextOf(const Json& object, std::string_view name);

// What the Step Functions API answered.
struct StatesAnswer {
  Json body;
  std::string error;  // its type, as AWS names it; empty: none
  std::string message;
  bool ok() const { return error.empty(); }
  std::string Text(std::string_view name) const { return TextOf(body, name); }
  std::optional<double> Number(std::string_view name) const;
};

// A client that asks the Step Functions API: does one thing, drawn at random, and holds the answer
// against the same ledger that the direct calls are held against.
//
// Rules. An acknowledged start is durable, and found under its ARN from then on. The same name and
// input give the same execution; ExecutionAlreadyExists is for another input, or for one that has
// ended, alone. A description agrees with what is durable, and does not go back from an end but by
// a redrive. Pages make up the whole list or history, once and in order. A machine has the
// definition that was acknowledged last. An error is one that AWS has for that operation, and has
// its reason; InternalFailure is the store's own fault alone. The observer is told what the caller
// is.
class StatesClient {
 public:
  StatesClient(const Client::World& world, int number) : world_(world), number_(number) {}

  async::Task<void> Act(Server* server);
  // The result of a task that waits for it by its token: as Scheduler::CompleteTask answers.
  async::Task<absl::Status> SendResult(Server* server, std::string token, Outcome<Json> result);
  async::Task<absl::Status> SendHeartbeat(Server* server, std::string token);
  // Everything that was acknowledged is there; when nothing can go wrong any more.
  async::Task<void> LookAtAll(Server* server);

 private:
  // An execution that the API can be asked about.
  struct Target {
    std::string id;
    std::string arn;
    std::string machine;  // as ARNs name it
  };
  using Before = std::optional<Ledger::Execution>;

  // client_states.cc
  async::Task<StatesAnswer> Ask(Server* server, std::string operation, Json input);
  void CheckForm(const std::string& operation, const StatesDoor::Answer& raw,
                 const StatesAnswer& answer);
  // An error that a caller has to live with; all others break a rule.
  void CheckError(const StatesAnswer& answer, std::string_view what);
  // Likewise, where the execution may have gone.
  void CheckError(const StatesAnswer& answer, std::string_view what, const std::string& id);
  static Target TargetOf(const StatesBook::Start& start) {
    return {.id = start.id, .arn = start.arn, .machine = start.machine};
  }
  std::optional<Target> AnyExecution(Server* server);
  std::optional<Target> AnyStarted();
  std::optional<Target> AnySubmitted(const scheduler::ArnScope& scope);
  std::optional<Target> AnyOfMapRun(const scheduler::ArnScope& scope);
  Before BeforeOf(const std::string& id) const;
  bool Chance(double probability) { return world_.random.Uniform() < probability; }
  template <typename... Parts>
  void Broken(const Parts&... parts) {
    world_.verdict.Broken("api", parts...);
  }

  // client_states_starts.cc
  async::Task<void> StartAny(Server* server);
  async::Task<void> Start(Server* server, size_t start, std::string input);
  void CheckStarted(size_t start, const std::string& input, const Before& before,
                    const StatesAnswer& answer);
  void CheckExists(const StatesBook::Start& start, const std::string& input, const Before& before);
  async::Task<void> StartUnnamed(Server* server, std::string machine);
  async::Task<void> StartExpress(Server* server, std::string machine);
  // Whether it cannot be that it is absent.
  bool MustExist(const std::string& machine) const;
  bool IsExpress(const std::string& machine) const;
  std::string AnyMachine();

  // client_states_changes.cc
  async::Task<void> Stop(Server* server);
  async::Task<void> Redrive(Server* server);
  void CheckRedriven(const Target& target, const std::string& token, const StatesAnswer& answer);
  void CheckNotRedrivable(const Target& target, const Before& before, absl::Time now);

  // client_states_reads.cc
  async::Task<void> Describe(Server* server, Target target);
  void CheckDescribed(const Target& target, const Before& before, const StatesAnswer& answer);
  void CheckEnd(const Target& target, const Ledger::Execution& durable, const StatesAnswer& answer);
  async::Task<void> List(Server* server, std::string machine);
  void CheckListed(const std::string& machine_arn, const std::string& filter, const Json& item,
                   std::set<std::string>& seen);
  async::Task<void> History(Server* server, Target target);
  void CheckHistory(const Target& target, const Before& before, const std::vector<int64_t>& ids);
  bool CheckPage(const std::string& what, const Json& page, size_t items, size_t size);

  // client_states_machines.cc
  async::Task<void> ChangeMachine(Server* server);
  std::string DrawDefinition();
  void CheckVersionDurable(const std::string& name);
  async::Task<void> CreateMachine(Server* server, std::string name, std::string definition);
  async::Task<void> UpdateMachine(Server* server, std::string name);
  async::Task<void> DescribeMachine(Server* server, std::string name);

  // client_states_map_runs.cc
  async::Task<void> AskMapRun(Server* server);
  const scheduler::MapRun* DurableRun(const std::string& uuid) const;
  async::Task<void> DescribeMapRun(Server* server, scheduler::MapRun before);
  async::Task<void> ListMapRuns(Server* server, scheduler::MapRun of);
  async::Task<void> UpdateMapRun(Server* server, scheduler::MapRun before);

  const Client::World world_;
  const int number_;
  bool all_is_well_ = false;  // no call may fail any more
};

// Seconds since 1970, with the milliseconds that AWS keeps.
double DateOf(absl::Time time);
// Of a page; none where it has no such list.
const Json::Array& ItemsOf(const Json& page, std::string_view name);

}  // namespace segue::simulation
