#include "tests/simulation/history_check.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace segue::simulation {

using engine::HistoryEvent;
using engine::HistoryEventType;

// One execution's.
class HistoryCheck::One {
 public:
  One(HistoryCheck& all, const std::string& id) : all_(all), id_(id) {}

  void Add(const HistoryEvent& event) {
    ++last_;
    if (event.id != last_) Broken(event, absl::StrCat("it should be event ", last_));
    if (event.previous_id >= event.id || event.previous_id < 0) Broken(event, "points forward");
    switch (event.type) {
      case HistoryEventType::kTaskStateEntered:
        branches_[event.branch] = {};
        break;
      case HistoryEventType::kTaskScheduled:
        OnScheduled(event);
        break;
      case HistoryEventType::kTaskSubmitted:
        all_.starts_.OnStarted(id_, event);
        break;
      case HistoryEventType::kTaskSucceeded:
        OnOutcome(event);
        OnSucceeded(event);
        break;
      case HistoryEventType::kTaskFailed:
        OnOutcome(event);
        all_.sent_.OnReceived(event);
        all_.starts_.OnFailed(id_, event);
        if (const auto number = CompletionIn(event)) OnAnswer(event, *number);
        break;
      case HistoryEventType::kTaskTimedOut:
        OnOutcome(event);
        break;
      default:
        break;
    }
    const std::string_view type = HistoryEventTypeName(event.type);
    const bool ends = type.starts_with("Execution") && type != "ExecutionStarted";
    if (event.id == 1 && type != "ExecutionStarted") Broken(event, "comes first");
    if (event.type == HistoryEventType::kExecutionRedriven) return OnRedriven(event);
    if (ended_) Broken(event, "comes after the end");
    ended_ = ended_ || ends;
  }
  bool ended() const { return ended_; }

 private:
  struct Visit {
    std::string key;
    int attempt = 0;
    int redrives = 0;  // since then: each may have begun an attempt that could not be scheduled
    bool out = false;
  };

  // Goes on after the end; what was out then has no outcome.
  void OnRedriven(const HistoryEvent& event) {
    if (!ended_) Broken(event, "comes before the end");
    if (event.redrive_count != ++redrives_) Broken(event, "counts redrives wrongly");
    ended_ = false;
    for (auto& [branch, visit] : branches_) {
      visit.out = false;
      ++visit.redrives;
    }
  }

  void OnScheduled(const HistoryEvent& event) {
    Visit& visit = branches_[event.branch];
    if (visit.out) Broken(event, "while the attempt before has no outcome");
    const int skipped = event.attempt - visit.attempt - 1;
    if (skipped < 0 || skipped > visit.redrives) Broken(event, "counts its attempt wrongly");
    visit.attempt = event.attempt;
    visit.redrives = 0;
    visit.out = true;
    if (visit.key.empty()) {
      visit.key = event.idempotency_key;
      if (!all_.keys_.insert(visit.key).second) {
        Broken(event, "has the key of another visit", "rule 3");
      }
    }
    if (visit.key != event.idempotency_key) {
      Broken(event, "has another key than the attempt before", "rule 3");
    }
    all_.scheduled_.insert(absl::StrCat(visit.key, "#", visit.attempt));
    all_.sent_.OnScheduled(visit.key, event);
    all_.starts_.OnScheduled(id_, event);
  }

  void OnOutcome(const HistoryEvent& event) {
    Visit& visit = branches_[event.branch];
    if (!visit.out) Broken(event, "without an attempt that is out");
    if (event.attempt != visit.attempt) Broken(event, "is of another attempt");
    visit.out = false;
  }

  // Of an error that came by a token.
  static std::optional<int64_t> CompletionIn(const HistoryEvent& event) {
    if (!event.cause || !event.cause->starts_with(kCompletion)) return std::nullopt;
    return std::stoll(event.cause->substr(sizeof(kCompletion) - 1));
  }

  void OnSucceeded(const HistoryEvent& event) {
    all_.sent_.OnSucceeded(branches_[event.branch].key);
    all_.sent_.OnReceived(event);
    // Whoever waits for its child, or leaves its result to it, had started it before.
    if (event.resource.ends_with(":startExecution")) all_.starts_.OnStarted(id_, event);
    const bool by_service = !event.resource.starts_with("arn:aws:states:::");
    if (by_service && event.sender.empty()) OnResult(event);
  }

  void OnResult(const HistoryEvent& event) {
    const Json* call = event.output ? event.output->Find("call") : nullptr;
    if (call == nullptr || !call->is_int()) {
      return Broken(event, "has a result that no service gave");
    }
    OnAnswer(event, call->int_value());
  }

  void OnAnswer(const HistoryEvent& event, int64_t number) {
    const auto& calls = all_.ledger_.calls();
    if (number < 0 || number >= std::ssize(calls)) return Broken(event, "names no call");
    const Ledger::Call& made = calls[static_cast<size_t>(number)];
    if (!all_.used_.insert(number).second) Broken(event, "uses a result again");
    if (!made.succeeded) Broken(event, "has a result that was lost");
    if (made.key != branches_[event.branch].key) Broken(event, "has the result of another task");
    if (made.attempt != event.attempt) Broken(event, "has the result of another attempt");
  }

  void Broken(const HistoryEvent& event, std::string_view what, std::string_view rule = "rule 2") {
    all_.verdict_.Broken(rule, id_, " event ", event.id, " (", HistoryEventTypeName(event.type),
                         " ", event.name, ") ", std::string(what));
  }

  HistoryCheck& all_;
  const std::string& id_;
  int64_t last_ = 0;
  bool ended_ = false;
  int64_t redrives_ = 0;
  std::map<BranchId, Visit> branches_;
};

namespace {

// By the limit of its history: what its last transition did beyond that is not told.
bool IsCutShort(const std::vector<HistoryEvent>& events) {
  constexpr std::string_view kCause = "The execution reached the maximum number of history events";
  return std::ranges::any_of(events, [kCause](const HistoryEvent& event) {
    return event.cause && event.cause->starts_with(kCause);
  });
}

}  // namespace

void HistoryCheck::Add(const std::string& id, const std::vector<HistoryEvent>& events) {
  executions_.insert(id);
  if (!IsCutShort(events)) whole_.insert(id);
  One one(*this, id);
  for (const HistoryEvent& event : events) one.Add(event);
  const Ledger::Execution* execution = ledger_.Find(id);
  if (execution != nullptr && execution->closed() != one.ended()) {
    verdict_.Broken("history", id,
                    one.ended() ? " ends, and is open" : " has no end, and is closed");
  }
}

void HistoryCheck::CheckCalls() const {
  for (const Ledger::Call& call : ledger_.calls()) {
    const std::string id = call.key.substr(0, call.key.find('/'));
    if (!executions_.contains(id)) continue;  // express, or removed since
    if (ledger_.WasRemoved(id)) continue;
    if (scheduled_.contains(absl::StrCat(call.key, "#", call.attempt))) continue;
    verdict_.Broken("rule 1", "a call was made that no history has: ", call.key, " attempt ",
                    call.attempt);
  }
  CheckAccepted();
  sent_.Check(whole_);
  starts_.Check();
}

void HistoryCheck::CheckAccepted() const {
  const auto& calls = ledger_.calls();
  for (int64_t number = 0; number < std::ssize(calls); ++number) {
    const Ledger::Call& call = calls[static_cast<size_t>(number)];
    const std::string id = call.key.substr(0, call.key.find('/'));
    if (!call.accepted || used_.contains(number)) continue;
    if (!whole_.contains(id) || ledger_.WasRemoved(id)) continue;
    verdict_.Broken("rule 2",
                    "a result that came by a token was accepted, and is in no history: ", call.key,
                    " attempt ", call.attempt, " completion ", number);
  }
}

}  // namespace segue::simulation
