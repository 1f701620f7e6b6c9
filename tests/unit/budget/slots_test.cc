#include "services/budget/slots.h"

#include <gtest/gtest.h>

namespace segue::services {
namespace {

TEST(Slots, AreTheAttemptsThatHoldThem) {
  Slots slots(2);
  slots.Take(LeaseId(1));
  EXPECT_TRUE(slots.HasFree());
  EXPECT_TRUE(slots.NextIsLast());
  slots.Take(LeaseId(2));
  EXPECT_FALSE(slots.HasFree());
  EXPECT_TRUE(slots.Return(LeaseId(1)));
  EXPECT_FALSE(slots.Return(LeaseId(1)));
  EXPECT_FALSE(slots.Return(LeaseId(7)));
  EXPECT_EQ(slots.in_use(), 1);
}

TEST(Slots, ALowerLimitWaitsForWorkToEnd) {
  Slots slots(0);
  EXPECT_FALSE(slots.NextIsLast());
  for (uint64_t id = 1; id <= 3; ++id) slots.Take(LeaseId(id));
  slots.SetMax(2);
  EXPECT_FALSE(slots.HasFree());
  slots.Return(LeaseId(1));
  EXPECT_FALSE(slots.HasFree());
  slots.Return(LeaseId(2));
  EXPECT_TRUE(slots.HasFree());
  EXPECT_EQ(slots.in_use(), 1);
}

TEST(SlotsDeathTest, OneAttemptHoldsOneSlot) {
  Slots slots(3);
  slots.Take(LeaseId(1));
  EXPECT_DEATH(slots.Take(LeaseId(1)), "insert");
}

}  // namespace
}  // namespace segue::services
