#include "server/observability/process_metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace segue::observability {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Counter(const char* name, const char* help, double value) {
  ClientMetric metric;
  metric.counter.value = value;
  return {.name = name, .help = help, .type = MetricType::Counter, .metric = {metric}};
}

MetricFamily Gauge(const char* name, const char* help, double value) {
  ClientMetric metric;
  metric.gauge.value = value;
  return {.name = name, .help = help, .type = MetricType::Gauge, .metric = {metric}};
}

// The fields of /proc/self/stat after the command's name, which may hold blanks: index 0 is field 3
// of proc(5).
std::vector<double> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return {};
  std::istringstream rest(text.substr(end_of_name + 4));  // past ") S "
  std::vector<double> fields{0};
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double value = 0;
    if (word == "btime" && file >> value) return value;
  }
  return 0;
}

}  // namespace

std::vector<MetricFamily> ProcessMetrics() {
  constexpr size_t kUserTime = 14 - 3, kSystemTime = 15 - 3, kStart = 22 - 3, kVirtual = 23 - 3,
                   kResidentPages = 24 - 3;
  const std::vector<double> fields = StatFields();
  if (fields.size() <= kResidentPages) return {};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  std::error_code error;
  double descriptors = 0;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    ++descriptors;
  }
  return {
      Counter("process_cpu_seconds_total", "User and system CPU time.",
              (fields[kUserTime] + fields[kSystemTime]) / ticks),
      Gauge("process_resident_memory_bytes", "Resident memory.", fields[kResidentPages] * page),
      Gauge("process_virtual_memory_bytes", "Virtual memory.", fields[kVirtual]),
      Gauge("process_open_fds", "Open file descriptors.", descriptors),
      Gauge("process_start_time_seconds", "When the process started, since the epoch.",
            BootTimeSeconds() + fields[kStart] / ticks),
  };
}

}  // namespace segue::observability
