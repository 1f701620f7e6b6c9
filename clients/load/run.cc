#include "clients/load/run.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/cpp/channel.h"
#include "clients/load/pacer.h"

namespace segue::load {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(5);
constexpr absl::Duration kStopTimeout = absl::Seconds(5);
constexpr absl::Duration kTick = absl::Milliseconds(20);

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// What the threads of a run share.
struct Run {
  const LoadOptions& options;
  const std::atomic<bool>& stop;
  absl::Time start;
  Window window;
  LiveCounts live;
  std::atomic<int64_t> count_left = 0;  // begins that --count still allows
  std::atomic<int> working = 0;         // threads that are not through
};

// A share of `total` for one of `parts`, so that all shares together are the total.
int ShareOf(int total, int part, int parts) {
  return total / parts + (part < total % parts ? 1 : 0);
}

class LoadThread {
 public:
  LoadThread(Run& run, const Channels& channels, int number)
      : run_(run),
        recorder_(run.window, run.live),
        pacer_(PacerOf(run, number)),
        channels_(channels),
        number_(number),
        thread_([this] { Work(); }) {}

  void Join() { thread_.join(); }
  // After Join.
  const Counts& counts() const { return counts_; }
  int64_t unfinished() const { return unfinished_; }
  absl::Time last_end() const { return last_end_; }
  int64_t missed() const { return pacer_.missed(); }

 private:
  static Pacer PacerOf(const Run& run, int number) {
    PacerOptions options;
    options.open_max = ShareOf(run.options.open, number, run.options.threads);
    options.rate_per_second = run.options.rate_per_second / run.options.threads;
    return Pacer(options, run.start);
  }

  std::unique_ptr<Driver> MakeDriver() {
    const DriverContext context{queue_, recorder_, channels_};
    SubmitOptions submit = run_.options.submit;
    submit.streams = std::max(1, ShareOf(run_.options.streams, number_, run_.options.threads));
    if (!submit.request_id_prefix.empty()) {
      submit.request_id_prefix += "-" + std::to_string(number_);
    }
    switch (run_.options.mode) {
      case Mode::kStream:
        return MakeStreamDriver(context, submit);
      case Mode::kUnary:
        return MakeUnaryDriver(context, submit);
      case Mode::kRaw:
        return MakeRawDriver(context, run_.options.payload);
    }
    return nullptr;
  }

  void Work() {
    const std::unique_ptr<Driver> driver = MakeDriver();
    absl::Time drain_until = absl::InfiniteFuture();
    while (true) {
      const absl::Time now = absl::Now();
      if (MayBegin(now)) {
        BeginDue(*driver, now);
      } else {
        drain_until = std::min(drain_until, now + run_.options.drain);
        if (recorder_.open() == 0 || now >= drain_until) break;
      }
      Step(pacer_.WakeTime(now));
    }
    // Before the connections end: what is cancelled with them is unfinished, not lost.
    counts_ = recorder_.counts();
    unfinished_ = recorder_.open();
    last_end_ = recorder_.last_end();
    driver->Stop();
    const absl::Time give_up = absl::Now() + kStopTimeout;
    while (!driver->Idle() && absl::Now() < give_up) Step(absl::Now() + kTick);
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) static_cast<Tag*>(tag)->Proceed(ok);
    --run_.working;
  }

  bool MayBegin(absl::Time now) const {
    if (run_.stop || now >= run_.window.end) return false;
    return run_.options.count == 0 || run_.count_left > 0;
  }

  void BeginDue(Driver& driver, absl::Time now) {
    while (const auto begin = pacer_.Next(now, recorder_.open())) {
      if (run_.options.count > 0 && now >= run_.window.begin && run_.count_left.fetch_sub(1) <= 0) {
        return;
      }
      recorder_.Started(now);
      driver.Begin(*begin);
    }
  }

  void Step(absl::Time until) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(until)) ==
        grpc::CompletionQueue::GOT_EVENT) {
      static_cast<Tag*>(tag)->Proceed(ok);
    }
  }

  Run& run_;
  Recorder recorder_;
  Pacer pacer_;
  const Channels channels_;
  const int number_;
  grpc::CompletionQueue queue_;
  Counts counts_;
  int64_t unfinished_ = 0;
  absl::Time last_end_;
  std::thread thread_;  // last: it uses all of the above
};

absl::StatusOr<Channels> OpenChannels(const LoadOptions& options) {
  Channels channels;
  for (int i = 0; i < options.connections; ++i) {
    auto channel =
        client::OpenChannel({.address = options.address, .tls = {}, .own_connection = true});
    if (!channel.ok()) return channel.status();
    channels.push_back(*std::move(channel));
  }
  for (const auto& channel : channels) {
    if (!channel->WaitForConnected(absl::ToChronoTime(absl::Now() + kConnectTimeout))) {
      return absl::UnavailableError("nothing answers at " + options.address);
    }
  }
  return channels;
}

double OwnCpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Follows the run from outside: CPU at the window's ends, a line a second.
class Observer {
 public:
  Observer(Run& run, const Hooks& hooks) : run_(run), hooks_(hooks), last_(run.start) {}

  void Tick(absl::Time now) {
    if (!in_window_ && now >= run_.window.begin) {
      in_window_ = true;
      own_cpu_ = OwnCpuSeconds();
      first_ = Sample();
    }
    if (now - last_ < absl::Seconds(1)) return;
    const double seconds = absl::ToDoubleSeconds(now - last_);
    last_ = now;
    if (in_window_) Sample();
    const int64_t started = run_.live.started;
    const int64_t completed = run_.live.completed;
    const int64_t failed = run_.live.failed;
    if (hooks_.progress) {
      hooks_.progress(absl::StrFormat(
          "%5.0fs %-8s started %8.0f/s  completed %8.0f/s  failed %6.0f/s  open %d",
          absl::ToDoubleSeconds(now - run_.start), in_window_ ? "measure" : "warm-up",
          static_cast<double>(started - started_) / seconds,
          static_cast<double>(completed - completed_) / seconds,
          static_cast<double>(failed - failed_) / seconds, started - completed - failed));
    }
    started_ = started;
    completed_ = completed;
    failed_ = failed;
  }

  void EndWindow(LoadResult& result) {
    if (!in_window_) return;
    result.client_cpu_seconds = OwnCpuSeconds() - own_cpu_;
    const auto last = Sample();
    if (!first_ || !last) return;
    result.server = Usage{.cpu_seconds = last->cpu_seconds - first_->cpu_seconds,
                          .rss_bytes = last->rss_bytes,
                          .rss_bytes_max = rss_bytes_max_};
  }

 private:
  std::optional<ProcessStats> Sample() {
    if (!hooks_.server_stats) return std::nullopt;
    const auto stats = hooks_.server_stats();
    if (!stats.ok()) return std::nullopt;
    rss_bytes_max_ = std::max(rss_bytes_max_, stats->rss_bytes);
    return *stats;
  }

  Run& run_;
  const Hooks& hooks_;
  absl::Time last_;
  bool in_window_ = false;
  double own_cpu_ = 0;
  std::optional<ProcessStats> first_;
  int64_t rss_bytes_max_ = 0;
  int64_t started_ = 0;
  int64_t completed_ = 0;
  int64_t failed_ = 0;
};

bool WindowOver(const Run& run, absl::Time now) {
  return run.stop || now >= run.window.end || run.working == 0;
}

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options, const Hooks& hooks) {
  const auto channels = OpenChannels(options);
  if (!channels.ok()) return channels.status();
  Run run{.options = options, .stop = hooks.stop, .start = absl::Now()};
  run.window.begin = run.start + options.warmup;
  if (options.count == 0) run.window.end = run.window.begin + options.duration;
  run.count_left = options.count;
  run.working = options.threads;

  std::vector<std::unique_ptr<LoadThread>> threads;
  for (int i = 0; i < options.threads; ++i) {
    threads.push_back(std::make_unique<LoadThread>(run, *channels, i));
  }
  Observer observer(run, hooks);
  while (!WindowOver(run, absl::Now())) {
    observer.Tick(absl::Now());
    absl::SleepFor(kTick);
  }
  LoadResult result;
  observer.EndWindow(result);
  const absl::Time ended = absl::Now();
  absl::Time last_end = run.window.begin;
  for (const auto& thread : threads) {
    thread->Join();
    result.counts.Merge(thread->counts());
    result.missed += thread->missed();
    result.unfinished += thread->unfinished();
    last_end = std::max(last_end, thread->last_end());
  }
  // By count, the window ends with its last execution, not with the tick that noticed.
  const absl::Time window_end = options.count > 0 ? last_end : std::min(ended, run.window.end);
  result.window_seconds = absl::ToDoubleSeconds(window_end - run.window.begin);
  return result;
}

}  // namespace segue::load
