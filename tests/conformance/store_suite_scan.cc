// What scans return: which rows, in which order, page by page, and at the ends of time.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/conformance/store_suite.h"

namespace segue::store {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

ExecutionWrite StartedWaking(std::string_view id, absl::Time at) {
  ExecutionWrite write = Started(id);
  write.wake->to = Wake{.at = at};
  return write;
}

TEST_P(StoreSuite, ScansWakesUpToATime) {
  const std::vector<std::string> ids = IdsIn(7, 5);
  const std::vector<absl::Time> times = {absl::InfinitePast(), At(-2'000'000'000), At(10), At(20),
                                         absl::InfiniteFuture()};
  for (size_t i = 0; i < ids.size(); ++i) {
    ASSERT_TRUE(driver_.Commit({StartedWaking(ids[i], times[i])}).ok());
  }
  const auto count_until = [this](absl::Time until) {
    return driver_.Get(driver_.ScanWakes({.until = until})).size();
  };
  EXPECT_EQ(count_until(absl::InfinitePast()), 1u);
  EXPECT_EQ(count_until(At(0)), 2u);
  EXPECT_EQ(count_until(At(10) - absl::Nanoseconds(1)), 2u);
  EXPECT_EQ(count_until(At(10)), 3u);
  EXPECT_EQ(count_until(At(1'000'000)), 4u);
  const auto rows = driver_.Get(driver_.ScanWakes({.until = absl::InfiniteFuture()}));
  EXPECT_THAT(Ids(rows), ElementsAreArray(ids));
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].wake.at, times[i]);
}

TEST_P(StoreSuite, RoundsWakesUp) {
  const absl::Time exact = At(10) + absl::Microseconds(5);
  const absl::Time between = exact - absl::Nanoseconds(999);
  ASSERT_TRUE(driver_.Commit({StartedWaking("a", between)}).ok());
  EXPECT_THAT(driver_.Get(driver_.ScanWakes({.until = exact - absl::Nanoseconds(1)})), IsEmpty());
  const auto rows = driver_.Get(driver_.ScanWakes({.until = exact}));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].wake.at, exact);
  // The exact and the stored time name the same key.
  ASSERT_TRUE(driver_.Commit({Waking("a", between, At(99))}).ok());
  ASSERT_TRUE(driver_.Commit({Waking("a", At(99), between)}).ok());
  ASSERT_TRUE(driver_.Commit({Waking("a", exact, std::nullopt)}).ok());
  EXPECT_THAT(driver_.Get(driver_.ScanWakes({.until = absl::InfiniteFuture()})), IsEmpty());
}

TEST_P(StoreSuite, MovesWakesBackAndForth) {
  ASSERT_TRUE(driver_.Commit({Started("a")}).ok());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(driver_.Commit({Waking("a", absl::InfinitePast(), At(60))}).ok());
    EXPECT_EQ(driver_.Get(driver_.ScanWakes({.until = At(59)})).size(), 0u);
    EXPECT_EQ(driver_.Get(driver_.ScanWakes({.until = At(60)})).size(), 1u);
    ASSERT_TRUE(driver_.Commit({Waking("a", At(60), absl::InfinitePast())}).ok());
    EXPECT_EQ(driver_.Get(driver_.ScanWakes({.until = At(0)})).size(), 1u);
  }
  ASSERT_TRUE(driver_.Commit({Waking("a", absl::InfinitePast(), absl::InfinitePast())}).ok());
  EXPECT_EQ(driver_.Get(driver_.ScanWakes({.until = absl::InfiniteFuture()})).size(), 1u);
}

TEST_P(StoreSuite, PagesWakesBySlotTimeAndId) {
  std::vector<std::pair<int, std::string>> expected;
  for (const int slot : {0, 1, 100, 254, 255}) {
    for (const std::string& id : IdsIn(slot, 4)) {
      ASSERT_TRUE(driver_.Commit({StartedWaking(id, At(5))}).ok());
      expected.emplace_back(slot, id);
    }
    const std::string late = IdsIn(slot, 5)[4];
    ASSERT_TRUE(driver_.Commit({StartedWaking(late, At(50))}).ok());
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::pair<int, std::string>> found;
  Store::WakeQuery query{.until = At(10), .limit = 3};
  for (;;) {
    const auto rows = driver_.Get(driver_.ScanWakes(query));
    if (rows.empty()) break;
    EXPECT_LE(rows.size(), 3u);
    for (const WakeRow& row : rows) found.emplace_back(SlotOf(row.id.value()), row.id.value());
    query.after = rows.back();
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(driver_
                .Get(driver_.ScanWakes(
                    {.slots = {.begin = 1, .end = 255}, .until = absl::InfiniteFuture()}))
                .size(),
            15u);
  EXPECT_EQ(driver_
                .Get(driver_.ScanWakes(
                    {.slots = {.begin = 255, .end = 256}, .until = absl::InfiniteFuture()}))
                .size(),
            5u);
  EXPECT_THAT(driver_.Get(driver_.ScanWakes({.until = At(10), .limit = 0})), IsEmpty());
}

class ListFixture {
 public:
  explicit ListFixture(StoreDriver& driver) : driver_(driver) {
    // 24 executions: two workflows, three statuses, two of each at the same time.
    for (int i = 0; i < 24; ++i) {
      const Start start{.workflow = i % 2 == 0 ? "order" : "\xc3\xa9t\xc3\xa9 \xe2\x82\xac",
                        .time = At(i / 2 * 10)};
      const std::string id = absl::StrCat("e", i);
      EXPECT_TRUE(driver.Commit({Started(id, start)}).ok());
      const int status = 1 + i % 3;
      if (status != 1) {
        EXPECT_TRUE(driver.Commit({Closed(id, {.status = status}, start)}).ok());
      }
      all_.push_back({.id = id, .workflow = start.workflow, .time = start.time, .status = status});
    }
    std::sort(all_.begin(), all_.end(), [](const Row& a, const Row& b) {
      return a.time != b.time ? a.time > b.time : a.id < b.id;
    });
  }

  // Pages of `limit` through the store, against a filter over all.
  void Check(ListQuery query, int limit) {
    std::vector<std::string> expected;
    for (const Row& row : all_) {
      if (Matches(row, query)) expected.push_back(row.id);
    }
    std::vector<std::string> found;
    query.limit = limit;
    for (;;) {
      const auto rows = driver_.Get(driver_.List(query));
      for (const ListRow& row : rows) {
        found.push_back(row.id.value());
        EXPECT_THAT(row.record, ::testing::StartsWith(row.id.value() + ":"));
      }
      if (std::ssize(rows) < limit) break;
      query.after = {{rows.back().start_time, rows.back().id}};
    }
    EXPECT_THAT(found, ElementsAreArray(expected));
  }

 private:
  struct Row {
    std::string id;
    std::string workflow;
    absl::Time time;
    int status = 0;
  };
  static bool Matches(const Row& row, const ListQuery& query) {
    return (!query.workflow || *query.workflow == row.workflow) &&
           (!query.status || *query.status == row.status) &&
           (!query.start_after || row.time >= *query.start_after) &&
           (!query.start_before || row.time < *query.start_before);
  }

  StoreDriver& driver_;
  std::vector<Row> all_;
};

TEST_P(StoreSuite, ListsByWorkflowStatusAndTime) {
  ListFixture list(driver_);
  const std::optional<std::string> workflows[] = {std::nullopt, "order",
                                                  "\xc3\xa9t\xc3\xa9 \xe2\x82\xac", "none"};
  const std::optional<int> statuses[] = {std::nullopt, 1, 2, 3, 4};
  const std::optional<absl::Time> afters[] = {std::nullopt, At(30), At(30) + absl::Nanoseconds(1),
                                              absl::InfinitePast()};
  const std::optional<absl::Time> befores[] = {std::nullopt, At(80), At(80) - absl::Nanoseconds(1),
                                               absl::InfiniteFuture(), absl::InfinitePast()};
  for (const auto& workflow : workflows) {
    for (const auto& status : statuses) {
      for (const auto& after : afters) {
        for (const auto& before : befores) {
          list.Check({.workflow = workflow,
                      .status = status,
                      .start_after = after,
                      .start_before = before},
                     5);
        }
      }
    }
  }
  list.Check({}, 1);
  list.Check({}, 1000);
}

TEST_P(StoreSuite, ListsTimesInMicrosecondsAndAtTheEnds) {
  ASSERT_TRUE(driver_.Commit({Started("past", {.time = absl::InfinitePast()})}).ok());
  ASSERT_TRUE(driver_.Commit({Started("future", {.time = absl::InfiniteFuture()})}).ok());
  ASSERT_TRUE(driver_.Commit({Started("old", {.time = At(-4'000'000'000)})}).ok());
  ASSERT_TRUE(driver_.Commit({Started("now", {.time = At(0) + absl::Nanoseconds(1999)})}).ok());
  const auto rows = driver_.Get(driver_.List({}));
  ASSERT_THAT(Ids(rows), ElementsAre("future", "now", "old", "past"));
  EXPECT_EQ(rows[0].start_time, absl::InfiniteFuture());
  EXPECT_EQ(rows[1].start_time, At(0) + absl::Microseconds(1));
  EXPECT_EQ(rows[2].start_time, At(-4'000'000'000));
  EXPECT_EQ(rows[3].start_time, absl::InfinitePast());
}

TEST_P(StoreSuite, ListSeesACloseAtOnce) {
  ASSERT_TRUE(driver_.Commit({Started("a")}).ok());
  EXPECT_THAT(Ids(driver_.Get(driver_.List({.status = 1}))), ElementsAre("a"));
  ASSERT_TRUE(driver_.Commit({Closed("a")}).ok());
  EXPECT_THAT(driver_.Get(driver_.List({.status = 1})), IsEmpty());
  const auto rows = driver_.Get(driver_.List({.workflow = "order", .status = 2}));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].record, "a:closed");
}

TEST_P(StoreSuite, ReadsHistoryByRangeInBothOrders) {
  ExecutionWrite write{.id = ExecutionId("a"), .record = "r"};
  // [1,3) [3,4) [4,10) [10,11)
  for (const auto& [first, count] : {std::pair{1, 2}, {3, 1}, {4, 6}, {10, 1}}) {
    write.history.push_back({.first = first, .count = count, .record = absl::StrCat("h", first)});
  }
  ASSERT_TRUE(driver_.Commit({write, Started("a-"), Started("b")}).ok());
  const auto read = [this](int64_t from, int64_t to, HistoryQuery::Order order, int limit) {
    std::vector<std::string> records;
    for (const StoredHistory& stored : driver_.Get(driver_.History(
             {.id = ExecutionId("a"), .from = from, .to = to, .order = order, .limit = limit}))) {
      EXPECT_EQ(stored.record, absl::StrCat("h", stored.first));
      records.push_back(stored.record);
    }
    return records;
  };
  constexpr auto kUp = HistoryQuery::Order::kAscending;
  constexpr auto kDown = HistoryQuery::Order::kDescending;
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(read(1, kEnd, kUp, 100), ElementsAre("h1", "h3", "h4", "h10"));
  EXPECT_THAT(read(1, kEnd, kDown, 100), ElementsAre("h10", "h4", "h3", "h1"));
  EXPECT_THAT(read(2, 3, kUp, 100), ElementsAre("h1", "h3"));
  EXPECT_THAT(read(2, 3, kDown, 100), ElementsAre("h3", "h1"));
  EXPECT_THAT(read(3, 3, kUp, 100), ElementsAre("h3"));
  EXPECT_THAT(read(3, 3, kDown, 100), ElementsAre("h3"));
  EXPECT_THAT(read(9, 9, kUp, 100), ElementsAre("h4"));
  EXPECT_THAT(read(9, 10, kUp, 1), ElementsAre("h4"));
  EXPECT_THAT(read(9, 10, kDown, 1), ElementsAre("h10"));
  EXPECT_THAT(read(11, kEnd, kUp, 100), IsEmpty());
  EXPECT_THAT(read(11, kEnd, kDown, 100), IsEmpty());
  EXPECT_THAT(read(-5, 1, kUp, 100), ElementsAre("h1"));
  EXPECT_THAT(read(5, 4, kUp, 100), IsEmpty());
  EXPECT_THAT(read(1, kEnd, kUp, 0), IsEmpty());
  EXPECT_THAT(driver_.Get(driver_.History({.id = ExecutionId("absent")})), IsEmpty());
}

TEST_P(StoreSuite, KeepsTheCountOfHistory) {
  ASSERT_TRUE(driver_.Commit({Started("a")}).ok());
  const auto history = driver_.Get(driver_.History({.id = ExecutionId("a")}));
  ASSERT_EQ(history.size(), 1u);
  EXPECT_EQ(history[0].first, 1);
  EXPECT_EQ(history[0].count, 2);
}

TEST_P(StoreSuite, ScansClosedOldestFirstInEachSlot) {
  const std::vector<std::string> low = IdsIn(4, 3);
  const std::vector<std::string> high = IdsIn(255, 2);
  const auto close = [this](const std::string& id, int64_t seconds) {
    EXPECT_TRUE(driver_.Commit({Started(id)}).ok());
    EXPECT_TRUE(driver_.Commit({Closed(id, {.time = At(seconds), .status = 3})}).ok());
  };
  close(low[0], 300);
  close(low[1], 200);
  close(low[2], 100);
  close(high[0], 50);
  close(high[1], 250);
  ASSERT_TRUE(driver_.Commit({Started("open")}).ok());
  const auto scan = [this](SlotRange slots, absl::Time before, int limit) {
    return Ids(
        driver_.Get(driver_.ScanClosed({.slots = slots, .closed_before = before, .limit = limit})));
  };
  EXPECT_THAT(scan({}, At(9999), 100), ElementsAre(low[2], low[1], low[0], high[0], high[1]));
  EXPECT_THAT(scan({}, At(9999), 2), ElementsAre(low[2], low[1]));
  const auto page = driver_.Get(driver_.ScanClosed({.closed_before = At(9999), .limit = 2}));
  const auto rest =
      driver_.Get(driver_.ScanClosed({.closed_before = At(260), .after = page.at(1), .limit = 2}));
  EXPECT_THAT(Ids(rest), ElementsAre(high[0], high[1]));
  EXPECT_THAT(scan({}, At(200), 100), ElementsAre(low[2], high[0]));
  EXPECT_THAT(scan({}, At(200) + absl::Nanoseconds(1), 100), ElementsAre(low[2], low[1], high[0]));
  EXPECT_THAT(scan({.begin = 5, .end = 256}, absl::InfiniteFuture(), 100),
              ElementsAre(high[0], high[1]));
  EXPECT_THAT(scan({.begin = 0, .end = 255}, absl::InfiniteFuture(), 100),
              ElementsAre(low[2], low[1], low[0]));
  EXPECT_THAT(scan({}, absl::InfinitePast(), 100), IsEmpty());
  EXPECT_THAT(scan({}, At(9999), 0), IsEmpty());
}

TEST_P(StoreSuite, ClosedRowsSayWhatToRemove) {
  const Start start{.workflow = "w x", .time = At(7) + absl::Nanoseconds(1500)};
  const End end{.time = At(9) + absl::Nanoseconds(2500), .status = 255};
  ASSERT_TRUE(driver_.Commit({Started("a", start)}).ok());
  ASSERT_TRUE(driver_.Commit({Closed("a", end, start)}).ok());
  const auto rows = driver_.Get(driver_.ScanClosed({.closed_before = absl::InfiniteFuture()}));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].index, (IndexEntry{.workflow = "w x",
                                       .start_time = At(7) + absl::Microseconds(1),
                                       .status = 255,
                                       .end_time = At(9) + absl::Microseconds(2)}));
  ExecutionWrite remove{.id = rows[0].id, .remove = true};
  remove.index = {.from = rows[0].index};
  ASSERT_TRUE(driver_.Commit({remove}).ok());
  EXPECT_THAT(driver_.Get(driver_.ScanClosed({.closed_before = absl::InfiniteFuture()})),
              IsEmpty());
  EXPECT_THAT(driver_.Get(driver_.List({})), IsEmpty());
}

TEST_P(StoreSuite, KeepsDocuments) {
  const std::string odd("\xff\0k", 3);
  ASSERT_TRUE(driver_
                  .Commit({}, {{.collection = "c", .key = "b", .record = "2"},
                               {.collection = "c", .key = "a", .record = "1"},
                               {.collection = "c", .key = "ab", .record = ""},
                               {.collection = "c", .key = odd, .record = "odd"},
                               {.collection = "d", .key = "a", .record = "other"}})
                  .ok());
  EXPECT_EQ(driver_.Get(driver_.Document("c", "a")), "1");
  EXPECT_EQ(driver_.Get(driver_.Document("c", "ab")), "");
  EXPECT_EQ(driver_.Get(driver_.Document("c", odd)), "odd");
  EXPECT_EQ(driver_.Get(driver_.Document("c", "none")), std::nullopt);
  EXPECT_EQ(driver_.Get(driver_.Document("none", "a")), std::nullopt);
  ASSERT_TRUE(driver_
                  .Commit({}, {{.collection = "c", .key = "a", .record = std::nullopt},
                               {.collection = "c", .key = "b", .record = "3"}})
                  .ok());
  EXPECT_EQ(driver_.Get(driver_.Document("c", "a")), std::nullopt);
  EXPECT_EQ(driver_.Get(driver_.Document("c", "b")), "3");
  EXPECT_EQ(driver_.Get(driver_.Document("d", "a")), "other");
}

TEST_P(StoreSuite, ReadsDocumentsByPrefixAndPage) {
  std::vector<DocumentWrite> writes;
  for (const char* key : {"a", "a/1", "a/2", "a/3", "b/1", "b"}) {
    writes.push_back({.collection = "c", .key = key, .record = key});
  }
  writes.push_back({.collection = "c2", .key = "a", .record = "other"});
  ASSERT_TRUE(driver_.Commit({}, writes).ok());
  const auto keys = [this](Store::DocumentQuery query) {
    std::vector<std::string> found;
    for (const Document& document : driver_.Get(driver_.Documents(std::move(query)))) {
      EXPECT_EQ(document.key, document.record);
      found.push_back(document.key);
    }
    return found;
  };
  EXPECT_THAT(keys({.collection = "c"}), ElementsAre("a", "a/1", "a/2", "a/3", "b", "b/1"));
  EXPECT_THAT(keys({.collection = "c", .limit = 2}), ElementsAre("a", "a/1"));
  EXPECT_THAT(keys({.collection = "c", .after = "a/1", .limit = 2}), ElementsAre("a/2", "a/3"));
  EXPECT_THAT(keys({.collection = "c", .prefix = "a/"}), ElementsAre("a/1", "a/2", "a/3"));
  EXPECT_THAT(keys({.collection = "c", .prefix = "a/", .after = "a/2"}), ElementsAre("a/3"));
  EXPECT_THAT(keys({.collection = "c", .prefix = "b", .after = "a"}), ElementsAre("b", "b/1"));
  EXPECT_THAT(keys({.collection = "c", .prefix = "a", .after = "b"}), IsEmpty());
  EXPECT_THAT(keys({.collection = "none"}), IsEmpty());
}

}  // namespace
}  // namespace segue::store
