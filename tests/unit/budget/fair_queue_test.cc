#include "services/budget/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "server/base/random.h"

namespace segue::services {
namespace {

using ::testing::ElementsAre;
using Scarce = FairQueue::Scarce;

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

// Feeds a queue and writes down who comes out: "a1" is workflow a's attempt 1.
class QueueTest : public ::testing::Test {
 protected:
  void Push(uint64_t id, const std::string& workflow, int priority = 5) {
    queue_.Push({.id = LeaseId(id), .workflow = workflow, .priority = priority, .since = At(id)});
  }
  std::string Pop(Scarce scarce = Scarce::kTokens) {
    const auto head = queue_.Next(scarce);
    if (!head) return "";
    const std::string name = std::string(head->workflow) + std::to_string(head->id.value());
    EXPECT_TRUE(queue_.Pop(head->id));
    return name;
  }
  std::vector<std::string> PopAll(Scarce scarce = Scarce::kTokens) {
    std::vector<std::string> order;
    while (!queue_.empty()) order.push_back(Pop(scarce));
    return order;
  }

  FairQueue queue_;
};

TEST_F(QueueTest, FirstComeFirstServedInsideAWorkflow) {
  for (uint64_t id = 1; id <= 4; ++id) Push(id, "a");
  EXPECT_THAT(PopAll(), ElementsAre("a1", "a2", "a3", "a4"));
}

TEST_F(QueueTest, WorkflowsTakeTurns) {
  for (uint64_t id = 1; id <= 4; ++id) Push(id, "a");
  Push(5, "b");
  Push(6, "b");
  Push(7, "c");
  EXPECT_THAT(PopAll(), ElementsAre("a1", "b5", "c7", "a2", "b6", "a3", "a4"));
}

TEST_F(QueueTest, AWorkflowThatLeavesAndComesBackWinsNoTurns) {
  for (uint64_t id = 1; id <= 10; ++id) Push(id, "a");
  for (uint64_t id = 11; id <= 20; ++id) Push(id, "b");
  std::map<char, int> served;
  for (uint64_t round = 0; round < 12; ++round) {
    if (!queue_.Find(LeaseId(100 + round - 1))) Push(100 + round, "c");
    ++served[Pop()[0]];
  }
  EXPECT_LE(served['c'], 4);
  EXPECT_GE(served['a'], 4);
  EXPECT_GE(served['b'], 4);
}

TEST_F(QueueTest, AHigherPriorityGoesFirst) {
  Push(1, "a", 0);
  Push(2, "a", 5);
  Push(3, "b", 9);
  Push(4, "a", 9);
  Push(5, "b", 99);
  Push(6, "b", -3);
  EXPECT_THAT(PopAll(), ElementsAre("b3", "a4", "b5", "a2", "a1", "b6"));
}

TEST_F(QueueTest, WithSlotsScarceTheLeastWorkInFlightGoesFirst) {
  for (uint64_t id = 1; id <= 4; ++id) Push(id, "a");
  for (uint64_t id = 5; id <= 8; ++id) Push(id, "b");
  queue_.Started("a");
  queue_.Started("a");
  EXPECT_EQ(Pop(Scarce::kSlots), "b5");
  queue_.Started("b");
  EXPECT_EQ(Pop(Scarce::kSlots), "b6");
  queue_.Started("b");
  EXPECT_EQ(Pop(Scarce::kSlots), "a1");  // equal: turns
  queue_.Started("a");
  queue_.Ended("a");
  queue_.Ended("a");
  EXPECT_EQ(Pop(Scarce::kSlots), "a2");
}

TEST_F(QueueTest, TakesAllOutInTheOrderInWhichTheyCame) {
  Push(3, "b", 9);
  Push(1, "a", 0);
  Push(2, "c", 5);
  EXPECT_THAT(queue_.TakeAll(), ElementsAre(LeaseId(1), LeaseId(2), LeaseId(3)));
  EXPECT_TRUE(queue_.empty());
  EXPECT_FALSE(queue_.Oldest());
}

TEST_F(QueueTest, FindsEverybodyAfterMostHaveLeft) {
  for (uint64_t id = 1; id <= 500; ++id) Push(id, "a");
  std::vector<uint64_t> left = {1, 250, 400, 499};
  for (uint64_t id = 500; id >= 1; --id) {
    if (std::count(left.begin(), left.end(), id) == 0) {
      EXPECT_TRUE(queue_.Remove(LeaseId(id)));
    }
  }
  for (size_t i = 0; i < left.size(); ++i) {
    const auto place = queue_.Find(LeaseId(left[i]));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->position, static_cast<int64_t>(i + 1));
    EXPECT_EQ(place->since, At(left[i]));
  }
  Push(501, "a");
  EXPECT_TRUE(queue_.Remove(LeaseId(400)));
  EXPECT_THAT(PopAll(), ElementsAre("a1", "a250", "a499", "a501"));
}

TEST_F(QueueTest, KnowsWhoWaitsLongest) {
  Push(7, "a");
  Push(9, "b", 9);
  EXPECT_EQ(queue_.Oldest(), At(7));
  EXPECT_TRUE(queue_.Remove(LeaseId(7)));
  EXPECT_FALSE(queue_.Remove(LeaseId(7)));
  EXPECT_EQ(queue_.Oldest(), At(9));
}

// Any pushes and removals: what is left comes out completely, in the order that Find foretold,
// each workflow's in the order in which it came, and a backlog shares turns evenly.
TEST(FairQueueProperty, ComesOutAsForetold) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    FairQueue queue;
    struct Entry {
      std::string workflow;
      int priority;
    };
    std::map<uint64_t, Entry> waiting;
    const int steps = 1 + random.Below(400);
    for (int step = 0; step < steps; ++step) {
      const uint64_t kind = random.Below(10);
      if (kind < 6) {
        const uint64_t id = step + 1;
        const std::string workflow(1, static_cast<char>('a' + random.Below(5)));
        const int priority = static_cast<int>(random.Below(3));
        waiting[id] = {workflow, priority};
        queue.Push(
            {.id = LeaseId(id), .workflow = workflow, .priority = priority, .since = At(step)});
      } else if (kind < 9 && !waiting.empty()) {
        const auto victim = std::next(waiting.begin(), random.Below(waiting.size()));
        EXPECT_TRUE(queue.Remove(LeaseId(victim->first)));
        waiting.erase(victim);
      } else if (const auto head = queue.Next(Scarce::kTokens)) {
        EXPECT_TRUE(queue.Pop(head->id));
        waiting.erase(head->id.value());
      }
      ASSERT_EQ(queue.size(), static_cast<int64_t>(waiting.size()));
    }
    std::map<int64_t, uint64_t> foretold;
    for (const auto& [id, entry] : waiting) foretold[queue.Find(LeaseId(id))->position] = id;
    ASSERT_EQ(foretold.size(), waiting.size()) << "seed " << seed;
    std::map<std::pair<int, std::string>, uint64_t> last_of;
    int last_priority = FairQueue::kPriorityMax;
    int64_t position = 0;
    while (const auto head = queue.Next(Scarce::kTokens)) {
      const uint64_t id = head->id.value();
      const Entry entry = waiting.at(id);
      EXPECT_EQ(foretold[++position], id) << "seed " << seed;
      EXPECT_LE(entry.priority, last_priority);
      last_priority = entry.priority;
      uint64_t& last = last_of[{entry.priority, entry.workflow}];
      EXPECT_GT(id, last);
      last = id;
      EXPECT_TRUE(queue.Pop(head->id));
      waiting.erase(id);
    }
    EXPECT_TRUE(waiting.empty());
  }
}

// With slots scarce and backlogs everywhere, the work in flight is shared evenly though one
// workflow's calls take a hundred times as long.
TEST(FairQueueProperty, SlotsAreSharedEvenly) {
  Random random(7);
  FairQueue queue;
  uint64_t next_id = 0;
  std::map<std::string, int> in_flight = {{"slow", 0}, {"quick", 0}, {"other", 0}};
  for (const auto& [workflow, count] : in_flight) {
    for (int i = 0; i < 3000; ++i) {
      queue.Push({.id = LeaseId(++next_id), .workflow = workflow, .since = At(0)});
    }
  }
  int64_t slow_sum = 0;
  for (int step = 0; step < 3000; ++step) {
    while (in_flight["slow"] + in_flight["quick"] + in_flight["other"] < 12) {
      const auto head = queue.Next(Scarce::kSlots);
      const std::string workflow(head->workflow);
      queue.Started(workflow);
      ++in_flight[workflow];
      queue.Pop(head->id);
    }
    const char* ends = random.Below(100) == 0 ? "slow" : random.Below(2) == 0 ? "quick" : "other";
    if (in_flight[ends] > 0) {
      --in_flight[ends];
      queue.Ended(ends);
    }
    slow_sum += in_flight["slow"];
    EXPECT_LE(in_flight["slow"], 4);
  }
  EXPECT_NEAR(static_cast<double>(slow_sum) / 3000, 4, 0.2);
}

}  // namespace
}  // namespace segue::services
