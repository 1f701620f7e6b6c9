#include "services/samples/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace segue::samples {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Delivery = Ledger::Delivery;

Call CallWith(const std::string& key) {
  return {.time = absl::FromUnixNanos(1'234'567'890'123'456'789),
          .service = "payment",
          .method = "Charge",
          .key = key,
          .execution_id = "e1",
          .attempt = 2};
}

// Work that counts how often it is done.
struct Work {
  Answer Do() { return {.code = code, .message = message, .body = std::to_string(++count)}; }
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;
  int count = 0;
};

TEST(Ledger, DoesTheWorkOfAKeyOnce) {
  Ledger ledger("");
  Work work;
  const auto once = [&](const std::string& key) {
    return ledger.Once(CallWith(key), Delivery::kArrives, [&] { return work.Do(); }).body;
  };
  EXPECT_EQ(once("a"), "1");
  EXPECT_EQ(once("a"), "1");
  EXPECT_EQ(once("b"), "2");
  EXPECT_EQ(once(""), "3");
  EXPECT_EQ(once(""), "4") << "without a key nothing is a repeat";
}

TEST(Ledger, RemembersErrorsAsWell) {
  Ledger ledger("");
  Work work{.code = absl::StatusCode::kAborted, .message = "declined"};
  for (int i = 0; i < 2; ++i) {
    const Answer answer = ledger.Once(CallWith("a"), Delivery::kArrives, [&] { return work.Do(); });
    EXPECT_EQ(answer.code, absl::StatusCode::kAborted);
    EXPECT_EQ(answer.message, "declined");
  }
  EXPECT_EQ(work.count, 1);
}

TEST(Ledger, KeepsEveryCallAsItsCallerSawIt) {
  Ledger ledger("");
  Work work;
  ledger.Note(CallWith("a"), absl::StatusCode::kResourceExhausted);
  ledger.Once(CallWith("a"), Delivery::kIsLost, [&] { return work.Do(); });
  ledger.Once(CallWith("a"), Delivery::kArrives, [&] { return work.Do(); });
  const auto entries = ledger.Read(0, 10, "");
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_EQ(entries[0].code, absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(entries[0].executed || entries[0].repeat || entries[0].lost);
  EXPECT_EQ(entries[1].code, absl::StatusCode::kUnavailable);
  EXPECT_TRUE(entries[1].executed && entries[1].lost && !entries[1].repeat);
  EXPECT_EQ(entries[2].code, absl::StatusCode::kOk);
  EXPECT_TRUE(entries[2].repeat && !entries[2].executed && !entries[2].lost);
  EXPECT_THAT(ledger.Text("payment"), HasSubstr(R"("time_ns":1234567890123456789,)"));
  EXPECT_THAT(
      ledger.Text("payment"),
      HasSubstr(R"("method":"Charge","key":"a","execution_id":"e1","attempt":2,"code":"OK",)"
                R"("executed":false,"repeat":true,"lost":false})"));
}

TEST(Ledger, IsReadInPages) {
  Ledger ledger("");
  for (int i = 0; i < 5; ++i) ledger.Note(CallWith("a"), absl::StatusCode::kOk);
  EXPECT_THAT(ledger.Read(0, 2, ""), SizeIs(2));
  EXPECT_EQ(ledger.Read(2, 2, "").front().number, 3);
  EXPECT_THAT(ledger.Read(4, 2, ""), SizeIs(1));
  EXPECT_THAT(ledger.Read(5, 2, ""), IsEmpty());
  EXPECT_THAT(ledger.Read(0, 9, "shipping"), IsEmpty());
  EXPECT_TRUE(ledger.WaitBeyond(4, absl::ZeroDuration()));
  EXPECT_FALSE(ledger.WaitBeyond(5, absl::ZeroDuration()));
}

TEST(Ledger, ForgetsButGoesOnCounting) {
  Ledger ledger("");
  Work work;
  const auto once = [&] {
    ledger.Once(CallWith("a"), Delivery::kArrives, [&] { return work.Do(); });
  };
  once();
  ledger.Reset();
  EXPECT_THAT(ledger.Read(0, 9, ""), IsEmpty());
  once();
  EXPECT_EQ(work.count, 2);
  EXPECT_EQ(ledger.Read(0, 9, "").front().number, 2);
}

TEST(Ledger, AppendsToItsFile) {
  const std::string path = ::testing::TempDir() + "segue_ledger_test.jsonl";
  std::filesystem::remove(path);
  const auto text = [&] {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  std::string first;
  {
    Ledger ledger(path);
    ledger.Note(CallWith("a"), absl::StatusCode::kOk);
    first = ledger.Text("");
    EXPECT_EQ(text(), first) << "written at once";
  }
  Ledger again(path);
  again.Note(CallWith("b"), absl::StatusCode::kOk);
  EXPECT_EQ(text(), first + again.Text(""));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace segue::samples
