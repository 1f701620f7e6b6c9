#include "clients/load/process_stats.h"

#include <curl/curl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace segue::load {
namespace {

constexpr long kHttpTimeoutMs = 2'000;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

size_t Append(char* data, size_t size, size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

}  // namespace

absl::StatusOr<ProcessStats> ParseProc(const std::string& stat, const std::string& statm,
                                       int64_t ticks_per_second, int64_t page_bytes) {
  // The program's name stands in brackets and may hold anything: count from the last one.
  const size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return absl::NotFoundError("no such process");
  // proc(5): after the name come state (3), ..., utime (14), stime (15).
  const std::vector<std::string> fields =
      absl::StrSplit(stat.substr(end_of_name + 1), ' ', absl::SkipEmpty());
  const std::vector<std::string> memory = absl::StrSplit(statm, ' ');
  constexpr size_t kUserTime = 14 - 3;
  int64_t user = 0;
  int64_t system = 0;
  int64_t pages = 0;
  if (fields.size() <= kUserTime + 1 || memory.size() < 2 ||
      !absl::SimpleAtoi(fields[kUserTime], &user) ||
      !absl::SimpleAtoi(fields[kUserTime + 1], &system) || !absl::SimpleAtoi(memory[1], &pages)) {
    return absl::InternalError("/proc reads as nothing that is known");
  }
  ProcessStats stats;
  stats.cpu_seconds = static_cast<double>(user + system) / static_cast<double>(ticks_per_second);
  stats.rss_bytes = pages * page_bytes;
  return stats;
}

absl::StatusOr<ProcessStats> StatsOfProcess(int pid) {
  const std::string folder = absl::StrCat("/proc/", pid, "/");
  return ParseProc(ReadAll(folder + "stat"), ReadAll(folder + "statm"), sysconf(_SC_CLK_TCK),
                   sysconf(_SC_PAGESIZE));
}

absl::StatusOr<ProcessStats> ParseMetrics(const std::string& text) {
  ProcessStats stats;
  double rss = -1;
  double cpu = -1;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() < 2) continue;
    if (words[0] == "process_cpu_seconds_total") (void)absl::SimpleAtod(words[1], &cpu);
    if (words[0] == "process_resident_memory_bytes") (void)absl::SimpleAtod(words[1], &rss);
  }
  if (cpu < 0 || rss < 0) return absl::NotFoundError("the metrics do not have process_* figures");
  stats.cpu_seconds = cpu;
  stats.rss_bytes = static_cast<int64_t>(rss);
  return stats;
}

absl::StatusOr<ProcessStats> StatsOfMetrics(const std::string& address) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  std::string text;
  const std::string url = absl::StrCat("http://", address, "/metrics");
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kHttpTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &text);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(absl::StrCat(url, ": ", curl_easy_strerror(code)));
  }
  return ParseMetrics(text);
}

}  // namespace segue::load
