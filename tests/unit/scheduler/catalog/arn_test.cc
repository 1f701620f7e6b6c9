#include "server/scheduler/catalog/arn.h"

#include <gtest/gtest.h>

#include <string>

#include "server/scheduler/admission.h"

namespace segue::scheduler {
namespace {

const ArnScope kScope{.region = "eu-west-1", .account = "123456789012"};

struct Case {
  std::string text;
  Arn::Kind kind = Arn::Kind::kOther;
  std::string workflow = "";
  std::string name = "";
  std::string uuid = "";
};

class ArnTest : public testing::TestWithParam<Case> {};

TEST_P(ArnTest, IsTakenApart) {
  const std::optional<Arn> arn = ParseArn(GetParam().text);
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->kind, GetParam().kind);
  EXPECT_EQ(arn->workflow, GetParam().workflow);
  EXPECT_EQ(arn->name, GetParam().name);
  EXPECT_EQ(arn->uuid, GetParam().uuid);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ArnTest,
    testing::Values(
        Case{StateMachineArn(kScope, "orders"), Arn::Kind::kStateMachine, "orders"},
        Case{QualifiedArn(kScope, {"orders", "3"}), Arn::Kind::kStateMachine, "orders", "3"},
        Case{ExecutionArn(kScope, {"orders", "o-1"}), Arn::Kind::kExecution, "orders", "o-1"},
        Case{ExpressArn(kScope, {"orders", "o-1"}, "u"), Arn::Kind::kExpress, "orders", "o-1", "u"},
        Case{ActivityArn(kScope, "pack"), Arn::Kind::kActivity, "pack"},
        Case{"arn:aws:states:eu-west-1:123456789012:mapRun:orders/Items:u", Arn::Kind::kMapRun,
             "orders", "Items", "u"},
        Case{"arn:aws:states:eu-west-1:123456789012:other:x", Arn::Kind::kOther, "x"}));

TEST(Arn, IsWrittenAsAwsDoes) {
  EXPECT_EQ(ExecutionArn(kScope, {"orders", "o-1"}),
            "arn:aws:states:eu-west-1:123456789012:execution:orders:o-1");
}

TEST(Arn, OfAnotherServiceIsNone) {
  for (const char* text : {"", "orders", "arn:aws:lambda:eu-west-1:123456789012:function:f",
                           "arn:aws:states:eu-west-1:123456789012:stateMachine"}) {
    EXPECT_FALSE(ParseArn(text).has_value()) << text;
  }
}

TEST(IdOfNamed, IsAnIdThatOnlyThisNameHas) {
  const ExecutionId id = IdOfNamed({"orders", "o-1"});
  EXPECT_TRUE(IsExecutionId(id.value())) << id.value();
  EXPECT_EQ(id, IdOfNamed({"orders", "o-1"}));
  EXPECT_NE(id, IdOfNamed({"orders", "o-2"}));
  EXPECT_NE(id, IdOfNamed({"order", "so-1"}));
  EXPECT_TRUE(IsExecutionId(IdOfNamed({"orders", std::string(80, '.') + "\xC3\xA9"}).value()));
}

}  // namespace
}  // namespace segue::scheduler
