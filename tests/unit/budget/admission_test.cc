#include "services/budget/admission.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "server/base/random.h"
#include "tests/support/grant_windows.h"

namespace segue::services {
namespace {

using segue::testing::GrantWindows;
using Answer = Admission::Answer;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

Admission::Waiting Attempt(uint64_t id, absl::Time since) {
  return {.id = LeaseId(id), .workflow = "w", .since = since};
}

TEST(Admission, StartsAtOnceWhereNothingIsInTheWay) {
  Admission admission({.max_concurrency = 1}, kStart);
  EXPECT_EQ(admission.Offer(Attempt(1, kStart), kStart), Answer::kStart);
  EXPECT_EQ(admission.Offer(Attempt(2, kStart), kStart), Answer::kWait);
  EXPECT_FALSE(admission.StartNext(kStart));
  EXPECT_FALSE(admission.NextStart(kStart));
  EXPECT_TRUE(admission.Finish(LeaseId(1), "w"));
  EXPECT_FALSE(admission.Finish(LeaseId(1), "w"));
  EXPECT_EQ(admission.NextStart(kStart), kStart);
  EXPECT_EQ(admission.StartNext(kStart), LeaseId(2));
  EXPECT_FALSE(admission.StartNext(kStart));
}

TEST(Admission, NobodyOvertakesTheQueue) {
  Admission admission({.rate_per_second = 1, .burst = 1}, kStart);
  EXPECT_EQ(admission.Offer(Attempt(1, kStart), kStart), Answer::kWait);
  // The timer is late: a token is there, and somebody waits for it.
  const absl::Time late = kStart + absl::Seconds(2);
  EXPECT_EQ(admission.Offer(Attempt(2, late), late), Answer::kWait);
  EXPECT_EQ(admission.StartNext(late), LeaseId(1));
  EXPECT_FALSE(admission.StartNext(late));
}

TEST(Admission, ExplainsWhyAnAttemptWaits) {
  Admission admission({.rate_per_second = 2, .burst = 1, .max_concurrency = 1}, kStart);
  for (uint64_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(admission.Offer(Attempt(id, kStart), kStart), Answer::kWait);
  }
  auto why = admission.Explain(LeaseId(2), kStart);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->limit, Budget::Limit::kRate);
  EXPECT_EQ(why->position, 2);
  EXPECT_EQ(why->since, kStart);
  EXPECT_EQ(why->expected_start, kStart + absl::Seconds(1));

  const absl::Time later = kStart + absl::Milliseconds(500);
  EXPECT_EQ(admission.StartNext(later), LeaseId(1));
  EXPECT_FALSE(admission.Explain(LeaseId(1), later));
  why = admission.Explain(LeaseId(3), later);
  EXPECT_EQ(why->limit, Budget::Limit::kConcurrency);
  EXPECT_EQ(why->position, 2);
  EXPECT_FALSE(why->expected_start);

  admission.PushBack(absl::Seconds(30), later);
  why = admission.Explain(LeaseId(3), later);
  EXPECT_EQ(why->limit, Budget::Limit::kPushBack);
  EXPECT_EQ(why->expected_start, later + absl::Seconds(30));

  EXPECT_TRUE(admission.Withdraw(LeaseId(2)));
  EXPECT_FALSE(admission.Withdraw(LeaseId(2)));
  EXPECT_EQ(admission.Explain(LeaseId(3), later)->position, 1);
  const Admission::Usage usage = admission.UsageAt(later);
  EXPECT_EQ(usage.queue_depth, 1);
  EXPECT_EQ(usage.slots_in_use, 1);
  EXPECT_EQ(usage.oldest_wait, kStart);
}

// An owner that does what the header says, under random work, ends, withdrawals, push-backs and
// changed budgets. Its time jumps only to what NextStart names or to the end of an attempt.
class RandomOwner {
 public:
  explicit RandomOwner(uint64_t seed) : random_(seed), admission_(AnyLimits(), kStart) {
    windows_.Reshape(ShapeOf(admission_.limits()), now_);
  }

  void Run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) Step();
    arrivals_ = false;
    // From here on, nothing but time and ends: all that wait must go out.
    for (int i = 0; admission_.queue_depth() > 0 && !::testing::Test::HasFailure(); ++i) {
      ASSERT_LT(i, 100'000);
      ASSERT_TRUE(Advance()) << "somebody waits and nothing will happen";
    }
    EXPECT_EQ(windows_.FindExcess(), "");
  }

 private:
  BudgetLimits AnyLimits() {
    BudgetLimits limits;
    limits.rate_per_second = random_.Below(5) == 0 ? 0 : 1 + random_.Uniform() * 100;
    limits.burst = random_.Below(2) == 0 ? 0 : 1 + random_.Below(8);
    limits.max_concurrency = static_cast<int32_t>(random_.Below(6));
    return limits;
  }
  static GrantWindows::Shape ShapeOf(const BudgetLimits& limits) {
    const double burst = limits.burst > 0 ? limits.burst : std::max(1.0, limits.rate_per_second);
    return {.rate_per_second = limits.rate_per_second, .burst = burst};
  }

  void Step() {
    switch (random_.Below(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        Arrive();
        break;
      case 4:
        if (!waiting_.empty()) Withdraw();
        break;
      case 5:
        if (random_.Below(5) == 0) Change(AnyLimits());
        break;
      case 6:
        if (random_.Below(5) == 0) PushBack();
        break;
      default:
        Advance();
    }
  }

  void Arrive() {
    const uint64_t id = ++ids_;
    const std::string workflow(1, static_cast<char>('a' + random_.Below(3)));
    workflow_of_[id] = workflow;
    const auto answer = admission_.Offer({.id = LeaseId(id),
                                          .workflow = workflow_of_[id],
                                          .priority = static_cast<int>(random_.Below(10)),
                                          .since = now_},
                                         now_);
    if (answer == Answer::kStart) {
      Started(id);
    } else {
      waiting_[id] = true;
      Pump();
    }
  }
  void Withdraw() {
    const auto victim = std::next(waiting_.begin(), random_.Below(waiting_.size()));
    EXPECT_TRUE(admission_.Withdraw(LeaseId(victim->first)));
    waiting_.erase(victim);
    Pump();
  }
  void Change(const BudgetLimits& limits) {
    // No window is bounded that reaches into a time without a limit.
    if (limits.rate_per_second == 0) {
      EXPECT_EQ(windows_.FindExcess(), "");
      windows_.Clear();
    }
    admission_.Change(limits, now_);
    windows_.Reshape(ShapeOf(limits), now_);
    Pump();
  }
  void PushBack() {
    const absl::Duration wait = absl::Milliseconds(random_.Below(300));
    admission_.PushBack(wait, now_);
    pushed_back_until_ = std::max(pushed_back_until_, now_ + wait);
    Pump();
  }

  // To the next thing that happens; false where nothing will.
  bool Advance() {
    const std::optional<absl::Time> next = admission_.NextStart(now_);
    if (next) EXPECT_GT(*next, now_) << "somebody could start and was not asked for";
    const bool an_end_is_first = !running_.empty() && (!next || running_.begin()->first <= *next);
    if (an_end_is_first) {
      const auto ended = running_.begin();
      now_ = std::max(now_, ended->first);
      EXPECT_TRUE(admission_.Finish(LeaseId(ended->second), workflow_of_[ended->second]));
      running_.erase(ended);
    } else if (next) {
      now_ = *next + absl::Nanoseconds(random_.Below(3) == 0 ? random_.Below(5'000'000) : 0);
    } else {
      now_ += absl::Milliseconds(1);
      return arrivals_;
    }
    Pump();
    return true;
  }

  void Pump() {
    while (const auto id = admission_.StartNext(now_)) {
      EXPECT_EQ(waiting_.erase(id->value()), 1u);
      Started(id->value());
    }
  }
  void Started(uint64_t id) {
    if (admission_.limits().rate_per_second > 0) windows_.Grant(now_);
    EXPECT_GE(now_, pushed_back_until_);
    running_.emplace(now_ + absl::Nanoseconds(1 + random_.Below(200'000'000)), id);
    const int32_t max = admission_.limits().max_concurrency;
    if (max > 0) EXPECT_LE(running_.size(), static_cast<size_t>(max));
    EXPECT_EQ(admission_.UsageAt(now_).slots_in_use, static_cast<int64_t>(running_.size()));
  }

  Random random_;
  Admission admission_;
  GrantWindows windows_;
  absl::Time now_ = kStart;
  absl::Time pushed_back_until_ = absl::InfinitePast();
  uint64_t ids_ = 0;
  bool arrivals_ = true;
  std::map<uint64_t, std::string> workflow_of_;
  std::map<uint64_t, bool> waiting_;
  std::multimap<absl::Time, uint64_t> running_;  // by when they end
};

TEST(AdmissionProperty, LimitsHoldAndNobodyIsForgotten) {
  for (uint64_t seed = 0; seed < 150 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomOwner(seed).Run(400);
  }
}

}  // namespace
}  // namespace segue::services
