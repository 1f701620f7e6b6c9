#include "server/observability/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "server/observability/series.h"

namespace segue::observability {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

using Buckets = Histogram::BucketBoundaries;

// Seconds: calls and commits.
const Buckets& FastBuckets() {
  static const Buckets buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                               0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  return buckets;
}
// Seconds: whole executions, and waits in a queue.
const Buckets& SlowBuckets() {
  static const Buckets buckets{0.001, 0.005, 0.025, 0.1,  0.5,      2.5,
                               10,    60,    300,   1800, 3600 * 4, 3600 * 24};
  return buckets;
}
const Buckets& SizeBuckets() {
  static const Buckets buckets{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096};
  return buckets;
}

template <typename Builder>
auto& Family(Builder builder, Registry& registry, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

std::string_view NameOf(engine::ExecutionStatus status) {
  switch (status) {
    case engine::ExecutionStatus::kRunning:
      return "running";
    case engine::ExecutionStatus::kSucceeded:
      return "succeeded";
    case engine::ExecutionStatus::kFailed:
      return "failed";
    case engine::ExecutionStatus::kTimedOut:
      return "timed_out";
    case engine::ExecutionStatus::kCancelled:
      return "cancelled";
  }
}

std::string_view NameOf(engine::ExecutionType type) {
  return type == engine::ExecutionType::kExpress ? "express" : "standard";
}

std::string_view WorkflowLabel(const engine::Execution& execution) {
  return execution.workflow.empty() ? "inline" : std::string_view(execution.workflow);
}

}  // namespace

struct Metrics::Families {
  explicit Families(Registry& r)
      : started(Family(BuildCounter(), r, "segue_executions_started_total",
                       "Executions that were started."),
                {"workflow", "type"}, kSeriesMax),
        redriven(Family(BuildCounter(), r, "segue_executions_redriven_total",
                        "Executions that had ended without success and were redriven."),
                 {"workflow"}, kSeriesMax),
        closed(Family(BuildCounter(), r, "segue_executions_closed_total",
                      "Executions that ended, by how."),
               {"workflow", "status"}, kSeriesMax),
        duration(Family(BuildHistogram(), r, "segue_execution_duration_seconds",
                        "From start, or the last redrive, to end of executions that ended."),
                 {"status"}, kSeriesMax, SlowBuckets()),
        open(Family(BuildGauge(), r, "segue_executions_open", "Executions that have not ended.")
                 .Add({})),
        in_memory(Family(BuildGauge(), r, "segue_executions_in_memory",
                         "Open executions that are held in memory."),
                  {"shard"}, kSeriesMax),
        attempts_started(Family(BuildCounter(), r, "segue_attempts_started_total",
                                "Calls that went out to services."),
                         {"service", "method"}, kSeriesMax),
        attempts(Family(BuildCounter(), r, "segue_attempts_total",
                        "Attempts that ended, by outcome: ok or the error's name."),
                 {"service", "method", "outcome"}, kSeriesMax),
        attempt_duration(
            Family(BuildHistogram(), r, "segue_attempt_duration_seconds", "Of calls to services."),
            {"service"}, kSeriesMax, FastBuckets()),
        queue_wait(Family(BuildHistogram(), r, "segue_service_queue_wait_seconds",
                          "How long attempts waited for their service's budget."),
                   {"service"}, kSeriesMax, SlowBuckets()),
        queue_depth(Family(BuildGauge(), r, "segue_service_queue_depth",
                           "Attempts that wait for their service's budget."),
                    {"service"}, kSeriesMax),
        slots(Family(BuildGauge(), r, "segue_service_slots_in_use", "Calls under way."),
              {"service"}, kSeriesMax),
        rate_limit(Family(BuildGauge(), r, "segue_service_rate_limit",
                          "Calls per second that the budget allows; 0 is no limit."),
                   {"service"}, kSeriesMax),
        concurrency_limit(Family(BuildGauge(), r, "segue_service_concurrency_limit",
                                 "Calls under way that the budget allows; 0 is no limit."),
                          {"service"}, kSeriesMax),
        tokens(Family(BuildGauge(), r, "segue_service_tokens_available",
                      "Calls that could go out at once, as far as the rate goes."),
               {"service"}, kSeriesMax),
        commit_latency(Family(BuildHistogram(), r, "segue_commit_latency_seconds",
                              "From handing a batch to the store to its acknowledgement.")
                           .Add({}, FastBuckets())),
        commit_size(Family(BuildHistogram(), r, "segue_commit_batch_executions",
                           "Executions that one commit changed.")
                        .Add({}, SizeBuckets())),
        commit_bytes(Family(BuildCounter(), r, "segue_commit_written_bytes_total",
                            "Bytes of the records that were committed.")
                         .Add({})),
        commit_failures(Family(BuildCounter(), r, "segue_commit_failures_total",
                               "Commits that failed: the shard recovered from the store.")
                            .Add({})),
        load_failures(Family(BuildCounter(), r, "segue_execution_load_failures_total",
                             "Executions that could not be read from the store.")
                          .Add({})),
        unreadable_records(
            Family(BuildCounter(), r, "segue_unreadable_records_total",
                   "Shared records, such as workflows, that the start could not read.")
                .Add({})),
        upkeep_failures(Family(BuildCounter(), r, "segue_upkeep_failures_total",
                               "Scans of the store for wakes and retention that failed.")
                            .Add({})),
        recovery(Family(BuildGauge(), r, "segue_recovery_duration_seconds",
                        "How long the last recovery of the shard took."),
                 {"shard"}, kSeriesMax),
        calls(Family(BuildCounter(), r, "segue_grpc_server_handled_total",
                     "RPCs that were answered."),
              {"grpc_method", "grpc_code"}, kSeriesMax),
        call_duration(Family(BuildHistogram(), r, "segue_grpc_server_handling_seconds",
                             "Of RPCs, from their arrival to the answer."),
                      {"grpc_method"}, kSeriesMax, FastBuckets()),
        http_requests(Family(BuildCounter(), r, "segue_http_requests_total",
                             "Requests to the HTTP API, by what came of them."),
                      {"operation", "code"}, kSeriesMax),
        http_duration(Family(BuildHistogram(), r, "segue_http_request_duration_seconds",
                             "Of requests to the HTTP API, from their arrival to the answer."),
                      {"operation"}, kSeriesMax, FastBuckets()),
        build_info(Family(BuildGauge(), r, "segue_build_info", "1, with what was built.")) {}

  Series<Counter, 2> started;
  Series<Counter, 1> redriven;
  Series<Counter, 2> closed;
  Series<Histogram, 1> duration;
  Gauge& open;
  Series<Gauge, 1> in_memory;
  Series<Counter, 2> attempts_started;
  Series<Counter, 3> attempts;
  Series<Histogram, 1> attempt_duration, queue_wait;
  Series<Gauge, 1> queue_depth, slots, rate_limit, concurrency_limit, tokens;
  Histogram& commit_latency;
  Histogram& commit_size;
  Counter& commit_bytes;
  Counter& commit_failures;
  Counter& load_failures;
  Counter& unreadable_records;
  Counter& upkeep_failures;
  Series<Gauge, 1> recovery;
  Series<Counter, 2> calls;
  Series<Histogram, 1> call_duration;
  Series<Counter, 2> http_requests;
  Series<Histogram, 1> http_duration;
  prometheus::Family<Gauge>& build_info;
};

Metrics::Metrics(const Build& build)
    : registry_(std::make_shared<Registry>()), families_(std::make_unique<Families>(*registry_)) {
  families_->build_info.Add({{"version", build.version}, {"commit", build.commit}}).Set(1);
}

Metrics::~Metrics() = default;

void Metrics::OnStarted(const engine::Execution& execution) {
  families_->started.With({WorkflowLabel(execution), NameOf(execution.type)}).Increment();
  families_->open.Increment();
}

void Metrics::OnClosed(const engine::Execution& execution) {
  const std::string_view status = NameOf(execution.status);
  families_->closed.With({WorkflowLabel(execution), status}).Increment();
  families_->open.Decrement();
  if (!execution.end_time) return;
  const absl::Time began = execution.redrive_time.value_or(execution.start_time);
  families_->duration.With({status}).Observe(absl::ToDoubleSeconds(*execution.end_time - began));
}

void Metrics::OnRedriven(const engine::Execution& execution) {
  families_->redriven.With({WorkflowLabel(execution)}).Increment();
  families_->open.Increment();
}

void Metrics::OnCommit(const Commit& commit) {
  families_->commit_latency.Observe(absl::ToDoubleSeconds(commit.latency));
  families_->commit_size.Observe(commit.executions);
  families_->commit_bytes.Increment(static_cast<double>(commit.bytes));
}

void Metrics::OnCommitFailed(int, const absl::Status&) { families_->commit_failures.Increment(); }

void Metrics::OnLoadFailed(const ExecutionId&, const absl::Status&) {
  families_->load_failures.Increment();
}

void Metrics::OnRecordUnreadable(const std::string&, const absl::Status&) {
  families_->unreadable_records.Increment();
}

void Metrics::OnUpkeepFailed(int, const absl::Status&) { families_->upkeep_failures.Increment(); }

void Metrics::OnRecovered(const Recovery& recovery) {
  families_->recovery.With({std::to_string(recovery.shard)})
      .Set(absl::ToDoubleSeconds(recovery.took));
  families_->open.Increment(static_cast<double>(recovery.open_change));
}

void Metrics::OnInMemory(int shard, int64_t executions, int64_t) {
  families_->in_memory.With({std::to_string(shard)}).Set(static_cast<double>(executions));
}

void Metrics::AttemptStarted(const Attempt& attempt) {
  families_->attempts_started.With({attempt.service, attempt.method}).Increment();
  families_->queue_wait.With({attempt.service}).Observe(absl::ToDoubleSeconds(attempt.wait));
}

void Metrics::AttemptFinished(const Attempt& attempt, std::string_view outcome,
                              absl::Duration duration) {
  families_->attempts.With({attempt.service, attempt.method, outcome}).Increment();
  families_->attempt_duration.With({attempt.service}).Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::LoadChanged(std::string_view service, const LoadChange& change) {
  if (change.queue_depth != 0) {
    families_->queue_depth.With({service}).Increment(static_cast<double>(change.queue_depth));
  }
  if (change.slots_in_use != 0) {
    families_->slots.With({service}).Increment(static_cast<double>(change.slots_in_use));
  }
}

void Metrics::OnCall(std::string_view method, absl::StatusCode code, absl::Duration duration) {
  families_->calls.With({method, absl::StatusCodeToString(code)}).Increment();
  families_->call_duration.With({method}).Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::OnRequest(std::string_view operation, std::string_view code,
                        absl::Duration duration) {
  const std::string_view name = operation.empty() ? std::string_view("unknown") : operation;
  families_->http_requests.With({name, code}).Increment();
  families_->http_duration.With({name}).Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::SetBudgets(const std::vector<BudgetReading>& readings) {
  for (const BudgetReading& reading : readings) {
    families_->rate_limit.With({reading.service}).Set(reading.rate_per_second);
    families_->concurrency_limit.With({reading.service})
        .Set(static_cast<double>(reading.max_concurrency));
    families_->tokens.With({reading.service}).Set(reading.tokens_available);
    // There from the start, at 0: an alert needs a series to look at.
    families_->queue_depth.With({reading.service});
    families_->slots.With({reading.service});
  }
}

}  // namespace segue::observability
