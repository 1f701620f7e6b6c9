#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/random.h"
#include "server/scheduler/scheduler.h"
#include "tests/simulation/buckets.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/server.h"
#include "tests/simulation/states_book.h"
#include "tests/simulation/token_book.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {

// What all clients know together.
struct Knowledge {
  struct Request {
    scheduler::SubmitRequest submit;
    std::optional<std::string> id;  // once it was acknowledged
    int sent = 0;
    bool named() const { return !submit.request_id.empty() || !submit.execution_id.empty(); }
    bool express() const { return submit.type == engine::ExecutionType::kExpress; }
  };
  std::vector<Request> requests;
  // Standard executions that were acknowledged.
  std::vector<std::string> acknowledged;
  struct Workflow {
    int64_t version = 0;  // the newest acknowledged one
    std::string etag;
  };
  std::map<std::string, Workflow> workflows;
  // Workflows that tasks start. They are put before anything else is done, and never changed.
  struct Startable {
    std::string name;
    std::string definition;
    bool express = false;
    bool predictable = false;
    bool stored = false;
  };
  std::vector<Startable> startable;
  std::set<std::string> activities;  // that were made, likewise
  int activity_changes = 0;          // that were sent
  // Redrives that were acknowledged, by execution and token: when they happened.
  std::map<std::pair<std::string, std::string>, absl::Time> redrives;
  struct RunUpdates {
    int sent = 0;
    int under_way = 0;
  };
  std::map<std::string, RunUpdates> run_updates;  // by Map Run
  TokenBook tokens;
  StatesBook states;
  int64_t answers = 0;

  std::vector<std::string> StartableBy(WorkflowShape::Answers parent) const;
};

// One caller: does one thing after the other, each drawn at random, and holds every answer against
// the ledger. An answer that never comes (the server crashed) is as if its connection broke. Now
// and then it is a worker, or whoever has a task's token.
//
// Rules. What an answer says is durable by then, and says no less than what had been durable when
// it was asked for. An acknowledged submit is found from then on. The same request gives the same
// execution; another body under the same id gives ALREADY_EXISTS. A wait or a watch does not sleep
// on when what it waits for has long happened. A watch sees every event once, in order. A redrive
// is found from then on too, and happens once for one token. A token that was given out is never
// called a wrong one, and its result is durable by then.
class Client {
 public:
  struct World {
    Ledger& ledger;
    Verdict& verdict;
    Trace& trace;
    Random& random;
    const Knobs& knobs;
    Knowledge& known;
    FakeServices& services;
    Buckets& buckets;
  };
  Client(const World& world, int number) : world_(world), number_(number) {}

  // Does something next, on a loop of the server.
  void Act(Server& server);
  // Only what must still be done in the quiet phase: repeats of what was not answered.
  bool ActQuietly(Server& server);
  bool busy() const { return busy_; }
  // Once nothing can go wrong any more: what the Step Functions API has acknowledged is there.
  async::Task<void> LookAtAll(Server* server);
  // The server is gone, and with it the answer.
  void Disconnect() { busy_ = false; }

 private:
  using Status = absl::Status;
  // client.cc
  async::Task<void> SubmitNew(Server* server);
  async::Task<void> Submit(Server* server, size_t request);
  async::Task<void> SubmitConflicting(Server* server, size_t request);
  async::Task<void> Do(Server* server);
  async::Task<void> Observe(Server* server, std::string id);
  async::Task<void> Run(Server* server, async::Task<void> call);

  // client_reads.cc
  async::Task<void> Get(Server* server, std::string id);
  async::Task<void> Wait(Server* server, std::string id);
  async::Task<void> Watch(Server* server, std::string id);
  async::Task<void> List(Server* server);
  async::Task<void> History(Server* server, std::string id);

  // client_changes.cc
  async::Task<void> Cancel(Server* server, std::string id);
  async::Task<void> CancelChild(Server* server);
  async::Task<void> Redrive(Server* server);
  void CheckRedrive(const std::string& id, const std::string& token,
                    const scheduler::RedriveResult& result);
  async::Task<void> UpdateMapRun(Server* server);
  async::Task<void> PutWorkflow(Server* server, std::string name);
  async::Task<void> PutStartable(Server* server, size_t startable);
  async::Task<void> DeleteWorkflow(Server* server, std::string name);
  async::Task<void> MakeActivity(Server* server, std::string name);
  async::Task<void> ChangeActivity(Server* server);
  async::Task<void> ChangeBudget(Server* server);
  async::Task<void> ChangeObjects();

  // client_tasks.cc
  async::Task<void> PullTask(Server* server, std::string name, absl::Duration patience);
  async::Task<void> CompleteAny(Server* server);
  async::Task<void> Complete(Server* server, size_t task);
  // Through one of the APIs.
  async::Task<Status> Send(Server* server, std::string token, Outcome<Json> result);
  async::Task<Status> SendHeartbeat(Server* server, std::string token);
  Outcome<Json> ResultOf(const TokenBook::TaskInHand& task, int64_t number);
  async::Task<void> Heartbeat(Server* server);
  bool IsGone(const TokenBook::TaskInHand& task, const Status& status) const;

  scheduler::SubmitRequest DrawSubmit();
  std::string AnyToken();
  // Runs it on a loop of the server.
  template <typename Call>
  void Begin(Server& server, Call call);
  // `acknowledged`: it had been, when it was sent.
  void OnSubmitted(size_t request, bool acknowledged,
                   const absl::StatusOr<scheduler::SubmitResult>& result);
  void CheckView(const std::string& id, const scheduler::ExecutionView& view,
                 const std::optional<Ledger::Execution>& before, std::string_view what);
  // An error that a caller has to live with; all others break a rule.
  void CheckError(const Status& status, std::string_view what, std::string_view id);
  std::optional<Ledger::Execution> Before(const std::string& id) const;
  bool Chance(double probability) { return world_.random.Uniform() < probability; }
  std::string AnyWorkflow();

  const World world_;
  const int number_;
  bool busy_ = false;
  int names_made_ = 0;
  uint64_t call_ = 0;  // the newest; an older one's answer goes nowhere
};

// Whether the model tells what becomes of it, or of whoever started it.
bool IsOfModel(const Ledger& ledger, const std::string& id);

}  // namespace segue::simulation
