#include "clients/load/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cpp/text/table.h"
#include "clients/cpp/text/times.h"

namespace segue::load {
namespace {

namespace json = boost::json;

double PerSecond(int64_t count, const LoadResult& result) {
  return result.window_seconds > 0 ? static_cast<double>(count) / result.window_seconds : 0;
}

double Milliseconds(absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); }

std::string LatencyText(const Histogram& histogram) {
  return absl::StrFormat(
      "p50 %.3g ms   p90 %.3g ms   p99 %.3g ms   max %.4g ms   (%d)",
      Milliseconds(histogram.Percentile(0.5)), Milliseconds(histogram.Percentile(0.9)),
      Milliseconds(histogram.Percentile(0.99)), Milliseconds(histogram.max()), histogram.count());
}

json::object LatencyJson(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"p50_ms", Milliseconds(histogram.Percentile(0.5))},
          {"p90_ms", Milliseconds(histogram.Percentile(0.9))},
          {"p99_ms", Milliseconds(histogram.Percentile(0.99))},
          {"max_ms", Milliseconds(histogram.max())}};
}

std::string CpuText(double cpu_seconds, const LoadResult& result) {
  const double each = result.counts.completed > 0
                          ? cpu_seconds / static_cast<double>(result.counts.completed) * 1e6
                          : 0;
  return absl::StrFormat("%.2f s CPU (%.2f cores, %.0f us each)", cpu_seconds,
                         result.window_seconds > 0 ? cpu_seconds / result.window_seconds : 0, each);
}

void AddRate(text::Fields& fields, const std::string& name, int64_t count,
             const LoadResult& result) {
  fields.Add(name, absl::StrFormat("%.1f/s   (%d)", PerSecond(count, result), count));
}

}  // namespace

double Throughput(const LoadResult& result) { return PerSecond(result.counts.completed, result); }

std::string ReportText(const LoadResult& result, const ReportOptions& options) {
  const Counts& counts = result.counts;
  text::Fields fields;
  fields.Add("Measured", absl::StrFormat("%.2f s, %s", result.window_seconds, options.unit));
  AddRate(fields, "Started", counts.started, result);
  AddRate(fields, "Completed", counts.completed, result);
  AddRate(fields, "Failed", counts.failed, result);
  if (counts.refused > 0) AddRate(fields, "Refused", counts.refused, result);
  if (counts.lost > 0) AddRate(fields, "Lost", counts.lost, result);
  if (result.missed > 0) fields.Add("Missed", absl::StrCat(result.missed, " (--open was too low)"));
  if (result.unfinished > 0) fields.Add("Unfinished", std::to_string(result.unfinished));
  fields.Add("Latency", LatencyText(counts.latency));
  if (counts.accept_latency.count() > 0) fields.Add("Accept", LatencyText(counts.accept_latency));
  if (result.server) {
    fields.Add("Server", absl::StrCat(CpuText(result.server->cpu_seconds, result), ", RSS ",
                                      result.server->rss_bytes >> 20, " MiB (max ",
                                      result.server->rss_bytes_max >> 20, " MiB)"));
  }
  fields.Add("Client", CpuText(result.client_cpu_seconds, result));
  for (const auto& [error, count] : counts.errors) {
    fields.Add("  error", absl::StrCat(count, "  ", text::OneLine(error)));
  }
  return (options.title.empty() ? "" : options.title + "\n") + fields.Render(text::ColorMode::kOff);
}

json::object ReportJson(const LoadResult& result) {
  const Counts& counts = result.counts;
  json::object errors;
  for (const auto& [error, count] : counts.errors) errors[error] = count;
  json::object report{{"window_seconds", result.window_seconds},
                      {"started", counts.started},
                      {"completed", counts.completed},
                      {"failed", counts.failed},
                      {"refused", counts.refused},
                      {"lost", counts.lost},
                      {"missed", result.missed},
                      {"unfinished", result.unfinished},
                      {"started_per_second", PerSecond(counts.started, result)},
                      {"completed_per_second", Throughput(result)},
                      {"failed_per_second", PerSecond(counts.failed, result)},
                      {"latency", LatencyJson(counts.latency)},
                      {"accept_latency", LatencyJson(counts.accept_latency)},
                      {"client_cpu_seconds", result.client_cpu_seconds},
                      {"errors", errors}};
  if (result.server) {
    report["server_cpu_seconds"] = result.server->cpu_seconds;
    report["server_rss_bytes"] = result.server->rss_bytes;
    report["server_rss_bytes_max"] = result.server->rss_bytes_max;
  }
  return report;
}

}  // namespace segue::load
