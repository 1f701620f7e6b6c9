#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <variant>

#include "server/base/json.h"
#include "server/base/random.h"
#include "server/language/jsonata/program.h"

// How long each expression of JSONata's suite takes, compiled once: a line `id nanoseconds` for
// each that compiles. tests/bench/jsonata_ratio.sh compares it with the reference.
//
// Usage: jsonata_suite_bench FOLDER SECONDS (the folder of jsonata_cases.jsonl; for each case)

namespace segue::language::jsonata {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The mean time of one evaluation, in nanoseconds, of as many as fit.
double Measure(const Program& program, const Json* input, const Json::Object& bindings,
               double seconds) {
  Random random(1);
  const Environment environment{.now = absl::UnixEpoch(), .random = random};
  const auto evaluate = [&] { (void)program.Evaluate(input, bindings, environment); };
  for (int warm = 0; warm < 3; ++warm) evaluate();
  size_t count = 0;
  size_t batch = 1;
  const auto start = Clock::now();
  for (double passed = 0; passed < seconds; passed = SecondsSince(start)) {
    for (size_t i = 0; i < batch; ++i) evaluate();
    count += batch;
    batch = std::min<size_t>(batch * 2, 1000);
  }
  return SecondsSince(start) * 1e9 / static_cast<double>(count);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int Main(const std::string& folder, double seconds) {
  const auto datasets = Json::Parse(ReadFile(folder + "/jsonata_datasets.json"));
  if (!datasets.ok()) {
    std::cerr << "no suite in " << folder << "\n";
    return 1;
  }
  std::ifstream cases(folder + "/jsonata_cases.jsonl");
  const Json none = Json(Json::Object());
  for (std::string line; std::getline(cases, line);) {
    const auto parsed = Json::Parse(line);
    // Not those that name half of a surrogate pair, nor those that are to run into a limit.
    if (!parsed.ok() || parsed->Find("timelimit") != nullptr) continue;
    const auto compiled = Program::Compile(*parsed->FindString("expr"));
    const auto* program = std::get_if<ProgramPtr>(&compiled);
    if (program == nullptr) continue;
    const std::string* dataset = parsed->FindString("dataset");
    const Json* input = dataset != nullptr ? datasets->Find(*dataset) : parsed->Find("data");
    const Json* bindings = parsed->Find("bindings");
    const double nanoseconds =
        Measure(**program, input, (bindings == nullptr ? none : *bindings).object(), seconds);
    std::printf("%s %.1f\n", parsed->FindString("id")->c_str(), nanoseconds);
  }
  return 0;
}

}  // namespace
}  // namespace segue::language::jsonata

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: jsonata_suite_bench FOLDER SECONDS\n";
    return 2;
  }
  return segue::language::jsonata::Main(argv[1], std::stod(argv[2]));
}
