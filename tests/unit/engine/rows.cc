#include "tests/unit/engine/rows.h"

#include <gtest/gtest.h>

namespace segue::testing {

void RunRow(const Row& row) {
  for (const bool recovers : {false, true}) {
    SCOPED_TRACE(recovers ? "recovered after each event" : "in memory");
    EngineDriver::Options options;
    options.recovers = recovers;
    options.limits = row.limits;
    EngineDriver driver(Workflow(row.definition), row.input, Scripted(row.answers), options);
    driver.Run();
    const engine::Execution& execution = driver.execution();
    EXPECT_EQ(execution.status, row.status);
    if (execution.error) {
      EXPECT_EQ(execution.error->name + ": " + execution.error->cause, row.output);
    } else {
      EXPECT_EQ(execution.output, Json::Parse(row.output).value()) << execution.output.Dump();
    }
    if (row.types != nullptr) {
      EXPECT_EQ(driver.HistoryTypes(), row.types);
    }
  }
}

}  // namespace segue::testing
