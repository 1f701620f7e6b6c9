#pragma once

#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/scheduler/scheduler.h"
#include "services/budget/budget.h"

namespace segue::simulation {

// What goes wrong, and how often: probabilities of a commit, a read, a call.
struct Faults {
  // A commit: fails and is not written; is written and the caller sees an error; the caller sees an
  // error and it is written later, unless the fence has moved on.
  double commit_refused = 0;
  double commit_answer_lost = 0;
  double commit_late = 0;
  double read_fails = 0;
  double acquire_fails = 0;
  absl::Duration store_delay_max;

  double call_fails = 0;         // with an error of the service
  double call_reply_lost = 0;    // executed, and the caller sees an error
  double call_never_ends = 0;    // until it is cancelled
  double call_answers_late = 0;  // of those that are cancelled: with its result all the same
  double call_pushes_back = 0;   // "too much", with a time to come back
  absl::Duration call_delay_max;

  // A call of the object store: fails, and nothing is done; is done, and the caller sees an error,
  // or no answer for long.
  double object_refused = 0;
  double object_answer_lost = 0;
  double object_no_answer = 0;
  absl::Duration object_delay_max;

  absl::Duration crash_interval;  // mean; zero: no crash
  absl::Duration down_max;        // from a crash to the next start
  double stops_gracefully = 0;    // of the crashes
};

// A fault of the server that is planted in what stands around it, to show that a checker sees it.
enum class Plant {
  kNone,
  kAckWithoutWrite,     // now and then a commit is acknowledged, and is not written
  kAckBeforeWrite,      // a commit is acknowledged before it is written
  kBudgetIgnored,       // the server has budgets of its own
  kBudgetForgotten,     // changed budgets are acknowledged, and not written
  kKeyPerAttempt,       // each attempt has its own idempotency key
  kResultTwice,         // a call gets the result of the one before
  kOtherResult,         // now and then a predictable call has another result
  kHistoryLost,         // now and then the new history events of a commit are not written
  kIndexLost,           // now and then an execution does not get into the lists
  kFenceIgnored,        // a late commit is written although the fence has moved on
  kWakeLost,            // some wakes are never found
  kEarlyCall,           // a call goes out that nothing durable stands for
  kTokenResultTwice,    // a task's token brings the result of another
  kStaleTokenAccepted,  // a result that comes by a stale token is acknowledged
  kRedriveForgotten,    // a redrive is acknowledged, and not written
  kChildLeftRunning,    // the end of a child that is cancelled is not written
  kMapCountLost,        // a Map Run's record counts one success less
  kMapCountNegative,    // a Map Run's record has one pending item less than there are
  kMapRunLeftOpen,      // the end of a Map Run is not written
  kRateIgnored,         // the server has budgets of its own, with the same concurrency
  kConcurrencyIgnored,  // likewise, with the same rate
  kOtherKeyRecorded,    // the history has another idempotency key for each further attempt
  kWrittenAfterEnd,     // now and then what has closed is written once more
  kRemovedEarly,        // the server retains what has closed for a tenth of the time
  kRowUnlisted,         // lists leave some executions out
  kCloseUntold,         // now and then the observer is not told of an end
  kWaitCutShort,        // waits end in half the time
  kWaitSleepsOn,        // the answer to a wait comes ten minutes late
  kWatchEventTwice,     // watches show their first event twice
  kRepeatRenamed,       // a request that is repeated has another id
  kRedriveTwice,        // a redrive that is repeated has another token
  kObjectLost,          // now and then a written object is acknowledged, and is not there
  kEntryTwice,          // a file of results has one of them in another's place
  kItemLost,            // the last item of an object is not read
  kActivityForgotten,   // an activity is acknowledged, and not written
  kSentOther,           // the result that a task got from another is not what was sent
  kChildDisowned,       // a child that is read is of another request than what started it
  kApiAnswerSwapped,    // the Step Functions API gives the answer to the request before
  kApiConflictTaken,    // it takes the start of a name that is used for one with the same input
  kApiItemTwice,        // its pages have their first item in place of their last one too
  kApiErrorRenamed,     // it says InternalFailure for ServiceUnavailable
};
// Who may say that it sees a planted fault.
struct PlantedFault {
  std::string name;
  Plant plant = Plant::kNone;
  std::vector<std::string> rules;  // any of them; "stopped": a check of the server's own
};
const std::vector<PlantedFault>& PlantedFaults();
std::optional<Plant> PlantNamed(std::string_view name);

// What a run is cut down to. It goes as without them, up to where there is no more.
struct Cuts {
  std::optional<int64_t> until_step;  // of the phase with faults
  std::optional<int> submits;         // of new requests
  std::optional<int> operations;
  std::optional<int> clients;  // another run, unless those that are left out did nothing

  // As flags of segue-sim.
  std::string Text() const;
};

// Everything about a run that is drawn from its seed.
struct Knobs {
  uint64_t seed = 0;
  int shards = 1;
  scheduler::Options scheduler;
  std::vector<services::BudgetLimits> services;
  Faults faults;
  absl::Duration late_max;  // of timers
  absl::Duration tick = absl::Nanoseconds(1);
  bool tight_limits = false;  // of what an execution may hold: the model knows none
  int clients = 1;
  int operations = 50;       // of all clients together
  absl::Duration think_max;  // between a client's operations
  int workflows = 1;
  int submits = INT_MAX;  // of new requests
  Plant plant = Plant::kNone;

  static Knobs Draw(uint64_t seed);
  std::string Text() const;
};

}  // namespace segue::simulation
