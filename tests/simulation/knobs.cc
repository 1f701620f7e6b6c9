#include "tests/simulation/knobs.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/random.h"

namespace segue::simulation {
namespace {

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  bool Chance(double probability) { return random_.Uniform() < probability; }
  int64_t Between(int64_t min, int64_t max) {
    return min + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(max - min) + 1));
  }
  // Small as likely as large: seconds.
  absl::Duration Span(double min, double max) {
    const double share = random_.Uniform();
    return absl::Seconds(min + (max - min) * share * share);
  }
  // Nothing in half of all runs.
  double Rate(double max) { return Chance(0.5) ? 0 : max * random_.Uniform(); }

 private:
  Random random_;
};

services::BudgetLimits DrawBudget(Draw& draw) {
  services::BudgetLimits limits;
  if (draw.Chance(0.5)) {
    limits.rate_per_second = 0.5 * static_cast<double>(draw.Between(1, 40));
    if (draw.Chance(0.5)) limits.burst = static_cast<double>(draw.Between(1, 10));
  }
  if (draw.Chance(0.5)) limits.max_concurrency = static_cast<int32_t>(draw.Between(1, 5));
  // Nanoseconds, as in a configuration: an absl::Duration has quarters of them.
  limits.timeout = absl::Nanoseconds(absl::ToInt64Nanoseconds(draw.Span(1, 20)));
  return limits;
}

scheduler::Options DrawOptions(Draw& draw) {
  scheduler::Options options;
  options.eviction_idle = draw.Chance(0.3) ? absl::ZeroDuration() : draw.Span(0.001, 5);
  options.wake_window = draw.Span(1, 120);
  options.retention = draw.Chance(0.2) ? draw.Span(30, 600) : absl::Hours(720);
  options.retention_interval = draw.Span(5, 60);
  if (draw.Chance(0.2)) options.redrivable_period = draw.Span(30, 1800);
  options.closed_express_max = static_cast<int>(draw.Between(1, 20));
  if (draw.Chance(0.2)) options.max_in_memory = draw.Between(2, 20);
  if (draw.Chance(0.1)) options.max_pending_submits = draw.Between(1, 3);
  return options;
}

void DrawTightLimits(Draw& draw, scheduler::Options& options) {
  if (draw.Chance(0.5)) options.limits.history_events_max = draw.Between(5, 200);
  if (draw.Chance(0.5)) options.limits.payload_bytes_max = draw.Between(20, 2000);
  if (draw.Chance(0.5)) options.limits.assigned_bytes_max = draw.Between(5, 200);
  if (draw.Chance(0.5)) options.limits.variables_bytes_max = draw.Between(5, 400);
}

Faults DrawFaults(Draw& draw) {
  Faults faults;
  faults.commit_refused = draw.Rate(0.05);
  faults.commit_answer_lost = draw.Rate(0.05);
  faults.commit_late = draw.Rate(0.05);
  faults.read_fails = draw.Rate(0.1);
  faults.acquire_fails = draw.Rate(0.3);
  faults.store_delay_max = draw.Span(0.0001, 2);
  faults.call_fails = draw.Rate(0.3);
  faults.call_reply_lost = draw.Rate(0.2);
  faults.call_never_ends = draw.Rate(0.1);
  faults.call_answers_late = draw.Rate(1);
  faults.call_pushes_back = draw.Rate(0.1);
  faults.call_delay_max = draw.Span(0.001, 10);
  if (draw.Chance(0.8)) faults.crash_interval = draw.Span(5, 300);
  faults.down_max = draw.Span(0.001, 60);
  faults.stops_gracefully = draw.Rate(0.5);
  faults.object_refused = draw.Rate(0.1);
  faults.object_answer_lost = draw.Rate(0.1);
  faults.object_no_answer = draw.Rate(0.05);
  faults.object_delay_max = draw.Span(0.0001, 5);
  return faults;
}

}  // namespace

const std::vector<PlantedFault>& PlantedFaults() {
  static const auto* const kFaults = new std::vector<PlantedFault>{
      {"ack_without_write", Plant::kAckWithoutWrite, {"rule 1"}},
      {"ack_before_write", Plant::kAckBeforeWrite, {"rule 1"}},
      {"budget_ignored", Plant::kBudgetIgnored, {"rule 6"}},
      {"rate_ignored", Plant::kRateIgnored, {"rule 6"}},
      {"concurrency_ignored", Plant::kConcurrencyIgnored, {"rule 6"}},
      {"key_per_attempt", Plant::kKeyPerAttempt, {"rule 1", "rule 3"}},
      {"other_key_recorded", Plant::kOtherKeyRecorded, {"rule 3"}},
      {"result_twice", Plant::kResultTwice, {"rule 2"}},
      {"wake_lost", Plant::kWakeLost, {"rule 7"}},
      {"early_call", Plant::kEarlyCall, {"rule 1"}},
      {"budget_forgotten", Plant::kBudgetForgotten, {"rule 6"}},
      {"other_result", Plant::kOtherResult, {"model"}},
      {"history_lost", Plant::kHistoryLost, {"history"}},
      {"written_after_end", Plant::kWrittenAfterEnd, {"history"}},
      {"index_lost", Plant::kIndexLost, {"stopped"}},
      {"row_unlisted", Plant::kRowUnlisted, {"index"}},
      {"removed_early", Plant::kRemovedEarly, {"retention"}},
      {"fence_ignored", Plant::kFenceIgnored, {"rule 1", "history"}},
      {"token_result_twice", Plant::kTokenResultTwice, {"rule 2"}},
      {"stale_token_accepted", Plant::kStaleTokenAccepted, {"rule 2"}},
      {"redrive_forgotten", Plant::kRedriveForgotten, {"redrive"}},
      {"redrive_twice", Plant::kRedriveTwice, {"redrive"}},
      {"child_left_running", Plant::kChildLeftRunning, {"family", "open"}},
      {"map_count_lost", Plant::kMapCountLost, {"map run"}},
      {"map_count_negative", Plant::kMapCountNegative, {"map run"}},
      {"map_run_left_open", Plant::kMapRunLeftOpen, {"family"}},
      {"close_untold", Plant::kCloseUntold, {"open"}},
      {"wait_cut_short", Plant::kWaitCutShort, {"wait"}},
      {"wait_sleeps_on", Plant::kWaitSleepsOn, {"wait"}},
      {"watch_event_twice", Plant::kWatchEventTwice, {"watch"}},
      {"repeat_renamed", Plant::kRepeatRenamed, {"submit"}},
      {"object_lost", Plant::kObjectLost, {"results"}},
      {"entry_twice", Plant::kEntryTwice, {"results"}},
      {"item_lost", Plant::kItemLost, {"model"}},
      {"activity_forgotten", Plant::kActivityForgotten, {"rule 1"}},
      {"sent_other", Plant::kSentOther, {"rule 2"}},
      {"child_disowned", Plant::kChildDisowned, {"start"}},
      {"api_answer_swapped", Plant::kApiAnswerSwapped, {"api"}},
      {"api_conflict_taken", Plant::kApiConflictTaken, {"api"}},
      {"api_item_twice", Plant::kApiItemTwice, {"api"}},
      {"api_error_renamed", Plant::kApiErrorRenamed, {"api"}},
  };
  return *kFaults;
}

std::optional<Plant> PlantNamed(std::string_view name) {
  for (const PlantedFault& fault : PlantedFaults()) {
    if (fault.name == name) return fault.plant;
  }
  return std::nullopt;
}

std::string Cuts::Text() const {
  std::string text;
  if (until_step) absl::StrAppend(&text, " --until-step=", *until_step);
  if (submits) absl::StrAppend(&text, " --submits=", *submits);
  if (operations) absl::StrAppend(&text, " --operations=", *operations);
  if (clients) absl::StrAppend(&text, " --clients=", *clients);
  return text;
}

Knobs Knobs::Draw(uint64_t seed) {
  class Draw draw(seed);
  Knobs knobs{.seed = seed};
  knobs.shards = static_cast<int>(draw.Between(1, 4));
  knobs.scheduler = DrawOptions(draw);
  const int64_t services = draw.Between(1, 3);
  for (int64_t i = 0; i < services; ++i) knobs.services.push_back(DrawBudget(draw));
  knobs.faults = DrawFaults(draw);
  knobs.tight_limits = draw.Chance(0.15);
  if (knobs.tight_limits) DrawTightLimits(draw, knobs.scheduler);
  if (draw.Chance(0.5)) knobs.late_max = draw.Span(0.000001, 0.01);
  if (draw.Chance(0.5)) knobs.tick = absl::Microseconds(draw.Chance(0.5) ? 1000 : 100'000);
  knobs.clients = static_cast<int>(draw.Between(1, 8));
  knobs.operations = static_cast<int>(draw.Between(20, 150));
  knobs.think_max = draw.Span(0.01, 30);
  knobs.workflows = static_cast<int>(draw.Between(1, 4));
  return knobs;
}

std::string Knobs::Text() const {
  return absl::StrCat(
      "shards ", shards, ", clients ", clients, ", operations ", operations, ", services ",
      services.size(), ", eviction after ", absl::FormatDuration(scheduler.eviction_idle),
      ", wake window ", absl::FormatDuration(scheduler.wake_window), ", retention ",
      absl::FormatDuration(scheduler.retention), ", in memory ", scheduler.max_in_memory, ", tick ",
      absl::FormatDuration(tick), tight_limits ? ", tight limits" : "", ", commits refused ",
      faults.commit_refused, " answer lost ", faults.commit_answer_lost, " late ",
      faults.commit_late, ", reads fail ", faults.read_fails, ", store delay ",
      absl::FormatDuration(faults.store_delay_max), ", calls fail ", faults.call_fails,
      " reply lost ", faults.call_reply_lost, " never end ", faults.call_never_ends, " push back ",
      faults.call_pushes_back, ", crash every ", absl::FormatDuration(faults.crash_interval));
}

}  // namespace segue::simulation
