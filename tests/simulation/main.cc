#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "CLI/CLI.hpp"
#include "tests/simulation/knobs.h"
#include "tests/simulation/simulation.h"

// segue-sim [--seed=S] [--seeds=N] [--minutes=M] [--twice] [--verbose]: runs of the simulation.
// SEGUE_SIM_SEED, SEGUE_SIM_SEEDS and SEGUE_SIM_MINUTES stand in for the flags.

namespace {

using segue::simulation::Knobs;
using segue::simulation::Run;
using segue::simulation::RunOptions;
using segue::simulation::RunResult;
using segue::simulation::Trace;

char replay_line[128];

void SetReplayLine(uint64_t seed) {
  std::snprintf(replay_line, sizeof(replay_line), "replay: ./dev sim --seed=%llu --verbose\n",
                static_cast<unsigned long long>(seed));
}

// A SEGUE_CHECK or a sanitizer has stopped the process: say which seed it was.
void OnAbort(int) { (void)!::write(STDERR_FILENO, replay_line, std::strlen(replay_line)); }

enum class Outcome { kHolds, kBroken };

Outcome RunSeed(uint64_t seed, int times, Trace::Print print) {
  SetReplayLine(seed);
  RunResult first;
  for (int i = 0; i < times; ++i) {
    RunResult result = Run({.seed = seed, .print = print});
    if (i == 0) first = result;
    if (result.broken.empty() && result.trace_hash != first.trace_hash) {
      result.broken = "determinism: the same seed gave two traces";
    }
    if (result.broken.empty()) continue;
    std::printf("seed %llu FAILED: %s\n%s", static_cast<unsigned long long>(seed),
                result.broken.c_str(), replay_line);
    std::fflush(stdout);
    return Outcome::kBroken;
  }
  std::printf(
      "seed %llu holds: %lld executions, %lld calls, %lld answers, %d crashes, %d stops, %lld "
      "steps, %.1f h, trace %016llx\n",
      static_cast<unsigned long long>(seed), static_cast<long long>(first.executions),
      static_cast<long long>(first.calls), static_cast<long long>(first.answers), first.crashes,
      first.stops, static_cast<long long>(first.steps), absl::ToDoubleHours(first.simulated),
      static_cast<unsigned long long>(first.trace_hash));
  std::fflush(stdout);
  return Outcome::kHolds;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs the whole server on virtual time, with faults, and checks what it promises.");
  uint64_t seed = 1;
  uint64_t seeds = 1;
  double minutes = 0;
  bool twice = false;
  bool verbose = false;
  bool keep_going = false;
  app.add_option("--seed", seed, "The first seed.")->envname("SEGUE_SIM_SEED");
  app.add_option("--seeds", seeds, "How many, one after the other.")->envname("SEGUE_SIM_SEEDS");
  app.add_option("--minutes", minutes, "Goes on for so long instead.")
      ->envname("SEGUE_SIM_MINUTES");
  app.add_flag("--twice", twice, "Runs each seed twice and compares the traces.");
  app.add_flag("--verbose", verbose, "Prints what happens.");
  app.add_flag("--keep-going", keep_going, "Goes on after a failure.");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGABRT, OnAbort);
  const auto print = verbose ? Trace::Print::kYes : Trace::Print::kNo;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(minutes * 60);
  int failed = 0;
  const auto more = [&](uint64_t done) {
    return minutes > 0 ? std::chrono::steady_clock::now() < end : done < seeds;
  };
  for (uint64_t done = 0; more(done); ++done) {
    if (RunSeed(seed + done, twice ? 2 : 1, print) == Outcome::kHolds) continue;
    ++failed;
    if (!keep_going) break;
  }
  return failed == 0 ? 0 : 1;
}
