#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/check.h"
#include "tests/simulation/knobs.h"
#include "tests/simulation/shortest.h"
#include "tests/simulation/simulation.h"

// segue-sim [--seed=S] [--seeds=N] [--minutes=M]: runs of the simulation. README.md says more.
// SEGUE_SIM_SEED and SEGUE_SIM_SEEDS stand in for the flags.

namespace segue::simulation {
namespace {

constexpr uint64_t kSeedsAPush = 20;

struct Options {
  uint64_t seed = 1;
  uint64_t seeds = kSeedsAPush;
  double minutes = 0;
  std::string pinned;
  bool twice = false;
  bool keep_going = false;
  bool mutations = false;
  std::string plant;
  Cuts cuts;
  Trace::Print print = Trace::Print::kNo;
};

enum class Outcome { kHolds, kBroken };

// What the runs that held came to, all together. Each of their processes adds its own.
struct Totals {
  uint64_t seeds = 0;
  int64_t executions = 0;
  int64_t children = 0;
  int64_t predicted = 0;
  int64_t map_runs = 0;
  int64_t redrives = 0;
  int64_t calls = 0;
  int64_t answers = 0;
  int64_t crashes = 0;
  int64_t stops = 0;
  double hours = 0;

  static Totals& Shared() {
    static Totals* const totals = [] {
      void* const memory = ::mmap(nullptr, sizeof(Totals), PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      SEGUE_CHECK(memory != MAP_FAILED);
      return new (memory) Totals();
    }();
    return *totals;
  }
  void Add(const RunResult& result) {
    ++seeds;
    executions += result.executions;
    children += result.children;
    predicted += result.predicted;
    map_runs += result.map_runs;
    redrives += result.redrives;
    calls += result.calls;
    answers += result.answers;
    crashes += result.crashes;
    stops += result.stops;
    hours += absl::ToDoubleHours(result.simulated);
  }
  // Of so many seeds as a push runs, each of these has some. (Few runs stop in order; each crash is
  // drained as well.)
  bool HasAll() const {
    const int64_t counts[] = {predicted, map_runs, redrives, children, calls, answers, crashes};
    return std::ranges::all_of(counts, [](int64_t count) { return count > 0; });
  }
  void Print() const {
    absl::PrintF(
        "%d seeds hold: %d executions (%d by others, %d predicted), %d map runs, %d redrives, "
        "%d calls, %d answers, %d crashes, %d stops, %.0f h\n",
        seeds, executions, children, predicted, map_runs, redrives, calls, answers, crashes, stops,
        hours);
  }
};

RunOptions RunOptionsFor(uint64_t seed, const Options& options) {
  return {.seed = seed,
          .print = options.print,
          .plant = PlantNamed(options.plant).value_or(Plant::kNone),
          .cuts = options.cuts};
}

// In this process.
Outcome RunSeed(uint64_t seed, const Options& options) {
  RunResult first;
  for (int i = 0; i < (options.twice ? 2 : 1); ++i) {
    RunResult result = Run(RunOptionsFor(seed, options));
    if (i == 0) first = result;
    if (result.broken.empty() && result.trace_hash != first.trace_hash) {
      result.broken = "determinism: the same seed gave two traces";
    }
    if (result.broken.empty()) continue;
    absl::PrintF("seed %u FAILED: %s\n", seed, result.broken);
    return Outcome::kBroken;
  }
  absl::PrintF(
      "seed %u holds: %d executions (%d by others, %d predicted), %d map runs (%d read, %d "
      "written), %d names refused, %d redrives, "
      "%d calls (%d of activities), %d results sent by tasks, %d answers, %d crashes, %d stops, %d "
      "steps, %.1f h, trace %016x\n",
      seed, first.executions, first.children, first.predicted, first.map_runs, first.reads,
      first.results, first.names_refused, first.redrives, first.calls, first.activity_tasks,
      first.sent, first.answers, first.crashes, first.stops, first.steps,
      absl::ToDoubleHours(first.simulated), first.trace_hash);
  Totals::Shared().Add(first);
  return Outcome::kHolds;
}

// In a process of its own, which a SEGUE_CHECK, a sanitizer or the time may stop.
Outcome RunSeedApart(uint64_t seed, const Options& options) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kTrySeconds);
    const Outcome outcome = RunSeed(seed, options);
    std::fflush(stdout);
    std::_Exit(outcome == Outcome::kBroken ? 1 : 0);
  }
  int status = 0;
  const bool ended = ::waitpid(child, &status, 0) == child && WIFEXITED(status);
  if (!ended) absl::PrintF("seed %u FAILED: the process was stopped\n", seed);
  return ended && WEXITSTATUS(status) == 0 ? Outcome::kHolds : Outcome::kBroken;
}

// The one line that shows a failure again, as short as it can be made.
void PrintReplay(uint64_t seed, const Options& options) {
  const RunOptions failing = RunOptionsFor(seed, options);
  const Tried tried = TryRun(failing);
  const Cuts cuts = tried.failed() ? ShortestCuts(failing, tried) : options.cuts;
  const std::string with = options.plant.empty() ? "" : absl::StrCat(" --plant=", options.plant);
  // What holds by itself differs from one run to the next.
  absl::PrintF("replay (%s): ./dev sim --seed=%u%s%s%s --verbose\n",
               tried.failed() ? tried.rule : "determinism", seed, with, cuts.Text(),
               tried.failed() ? "" : " --twice");
  std::fflush(stdout);
}

int RunSeeds(const std::vector<uint64_t>& pinned, const Options& options) {
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(options.minutes * 60);
  int failed = 0;
  const auto run = [&](uint64_t seed) {
    // What is looked at is run here, where a debugger finds it.
    if (options.print == Trace::Print::kYes) {
      if (RunSeed(seed, options) == Outcome::kBroken) ++failed;
    } else if (RunSeedApart(seed, options) == Outcome::kBroken) {
      ++failed;
      PrintReplay(seed, options);
    }
    return failed == 0 || options.keep_going;
  };
  for (const uint64_t seed : pinned) {
    if (!run(seed)) return 1;
  }
  const auto more = [&](uint64_t done) {
    return options.minutes > 0 ? std::chrono::steady_clock::now() < end : done < options.seeds;
  };
  for (uint64_t done = 0; more(done); ++done) {
    if (!run(options.seed + done)) break;
  }
  const Totals& totals = Totals::Shared();
  totals.Print();
  if (failed == 0 && totals.seeds >= kSeedsAPush && !totals.HasAll()) {
    absl::PrintF("FAILED: some of this never happened, so it was not checked\n");
    return 1;
  }
  return failed == 0 ? 0 : 1;
}

// Each planted fault must be seen within so many seeds, by a rule that is about it.
constexpr uint64_t kSeedsToCatchMax = 200;

int RunMutations(Options options) {
  int missed = 0;
  for (const PlantedFault& fault : PlantedFaults()) {
    if (!options.plant.empty() && options.plant != fault.name) continue;
    std::set<std::string> others;
    std::string caught;
    uint64_t tried = 0;
    while (caught.empty() && tried < kSeedsToCatchMax) {
      RunOptions run = RunOptionsFor(options.seed + tried++, options);
      run.plant = fault.plant;
      const Tried seen = TryRun(run);
      const bool is_about_it = std::ranges::find(fault.rules, seen.rule) != fault.rules.end();
      if (is_about_it) caught = seen.rule;
      if (seen.failed() && !is_about_it) others.insert(seen.rule);
    }
    absl::PrintF("%s: %s after %d seeds (%s)%s\n", fault.name, caught.empty() ? "MISSED" : "caught",
                 tried, caught, others.empty() ? "" : ", before by " + absl::StrJoin(others, ", "));
    std::fflush(stdout);
    if (caught.empty()) ++missed;
  }
  return missed == 0 ? 0 : 1;
}

std::vector<std::string> PlantNames() {
  std::vector<std::string> names;
  for (const PlantedFault& fault : PlantedFaults()) names.push_back(fault.name);
  return names;
}

std::vector<uint64_t> ReadPinned(const std::string& path) {
  std::vector<uint64_t> seeds;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (!line.empty() && line.front() != '#') seeds.push_back(std::stoull(line));
  }
  SEGUE_CHECK(path.empty() || !seeds.empty());
  return seeds;
}

int Main(int argc, char** argv) {
  CLI::App app("Runs the whole server on virtual time, with faults, and checks what it promises.");
  Options options;
  bool verbose = false;
  const CLI::Option* seed =
      app.add_option("--seed", options.seed, "The first seed; that one alone without --seeds.")
          ->envname("SEGUE_SIM_SEED");
  const CLI::Option* seeds =
      app.add_option("--seeds", options.seeds, "How many.")->envname("SEGUE_SIM_SEEDS");
  app.add_option("--minutes", options.minutes, "Goes on for so long, whatever --seeds says.");
  app.add_option("--pinned", options.pinned, "A file of seeds to run first, one a line.")
      ->check(CLI::ExistingFile);
  app.add_flag("--twice", options.twice, "Runs each seed twice and compares the traces.");
  app.add_flag("--verbose", verbose, "Prints what happens.");
  app.add_flag("--keep-going", options.keep_going, "Goes on after a failure.");
  app.add_option("--plant", options.plant, "Plants a fault, which a checker must see.")
      ->check(CLI::IsMember(PlantNames()));
  app.add_option("--until-step", options.cuts.until_step, "Ends the phase with faults there.");
  app.add_option("--submits", options.cuts.submits, "At most so many new requests.");
  app.add_option("--operations", options.cuts.operations, "So many, of all clients together.");
  app.add_option("--clients", options.cuts.clients, "So many.");
  app.add_flag("--mutations", options.mutations, "Plants each fault until it is seen.");
  CLI11_PARSE(app, argc, argv);
  Totals::Shared();  // before any process that adds to it
  if (seed->count() > 0 && seeds->count() == 0) options.seeds = 1;
  if (verbose) options.print = Trace::Print::kYes;
  if (options.mutations) return RunMutations(options);
  return RunSeeds(ReadPinned(options.pinned), options);
}

}  // namespace
}  // namespace segue::simulation

int main(int argc, char** argv) { return segue::simulation::Main(argc, argv); }
