#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "services/budget/slots.h"

namespace segue::services {

// The order in which attempts that wait for one service go out.
//
// A higher priority goes first, always. Inside a priority, workflows take turns, so that one with a
// long backlog cannot push back the others; inside a workflow it is first come, first served. Where
// slots are what is scarce, turns alone would let a workflow of slow calls fill them all: then the
// workflow with the least work in flight goes first, and turns decide between equals.
//
// Bound: none of its own; each entry is an attempt of an open execution.
// Threads: one at a time.
class FairQueue {
 public:
  static constexpr int kPriorityMax = 9;

  struct Waiting {
    LeaseId id;
    std::string_view workflow;
    int priority = 5;  // 0 to 9, 9 goes first; taken into that range
    double cost = 1;
    absl::Time since;
  };
  enum class Scarce { kTokens, kSlots };
  struct Head {
    LeaseId id;
    std::string_view workflow;  // until it is taken out
    double cost = 1;
  };
  struct Place {
    int64_t position = 1;  // from 1; exact while tokens are scarce and nothing comes or goes
    absl::Time since;
  };

  FairQueue();
  ~FairQueue();
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // Requires that `id` is not in the queue.
  void Push(const Waiting& waiting);
  // Who goes next, if the given thing is what is scarce; nothing where nobody waits.
  std::optional<Head> Next(Scarce scarce) const;
  // Takes out who was next: its workflow's turn is over. False where it is not in the queue.
  bool Pop(LeaseId id);
  // Takes out one that does not want to go any more; the turns stay. False where it is not there.
  bool Remove(LeaseId id);
  // Takes out all, in the order in which they came.
  std::vector<LeaseId> TakeAll();

  // An attempt of this workflow went out (from the queue or past it); it ended.
  void Started(std::string_view workflow);
  void Ended(std::string_view workflow);

  int64_t size() const { return static_cast<int64_t>(items_.size()); }
  bool empty() const { return items_.empty(); }
  std::optional<Place> Find(LeaseId id) const;
  // Since when the one that waits longest does.
  std::optional<absl::Time> Oldest() const;

 private:
  struct Flow;
  struct Slot {
    LeaseId id;
    double cost = 1;
    absl::Time since;
    bool gone = false;
  };
  // What waits of one workflow at one priority. Slots have consecutive numbers, so that one is
  // found without a search; one that left from the middle stays as `gone` until it is worth moving
  // the rest. The first one is never gone.
  struct Line {
    Flow* flow = nullptr;
    int priority = 0;
    uint64_t turn = 0;  // the lowest goes first
    uint64_t first_number = 0;
    int64_t live = 0;
    std::deque<Slot> slots;
  };
  struct Flow {
    std::string workflow;
    int64_t in_flight = 0;
    std::map<int, Line> lines;  // by priority, only where something waits
  };
  struct ByTurn {
    bool operator()(const Line* a, const Line* b) const { return a->turn < b->turn; }
  };
  struct ByLoad {
    bool operator()(const Line* a, const Line* b) const {
      if (a->flow->in_flight != b->flow->in_flight) {
        return a->flow->in_flight < b->flow->in_flight;
      }
      return a->turn < b->turn;
    }
  };
  struct Level {
    std::set<Line*, ByTurn> by_turn;
    std::set<Line*, ByLoad> by_load;
    int64_t size = 0;
  };
  struct Item {
    Line* line = nullptr;
    uint64_t number = 0;
  };

  Flow& FlowOf(std::string_view workflow);
  void DropIfIdle(Flow& flow);
  void Link(Line& line);
  void Unlink(Line& line);
  void TakeOut(const Item& item);
  void Compact(Line& line);
  void ChangeInFlight(Flow& flow, int64_t change);

  std::array<Level, kPriorityMax + 1> levels_;
  absl::flat_hash_map<std::string_view, std::unique_ptr<Flow>> flows_;  // keys are in the flows
  absl::flat_hash_map<LeaseId, Item> items_;
  uint64_t turns_ = 0;
};

}  // namespace segue::services
