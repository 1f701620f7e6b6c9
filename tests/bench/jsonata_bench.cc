#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <variant>

#include "server/base/check.h"
#include "server/base/json.h"
#include "server/base/random.h"
#include "server/language/jsonata/program.h"

// JSONata expressions as workflows have them, compiled once. The aim: a field access below 2 us.

namespace segue::language::jsonata {
namespace {

ProgramPtr Compiled(std::string_view text) {
  auto compiled = Program::Compile(text, Library::kStepFunctions);
  SEGUE_CHECK(std::holds_alternative<ProgramPtr>(compiled));
  return std::get<ProgramPtr>(compiled);
}

// An order with `lines` lines, below $states.input.
Json Bindings(int lines) {
  Json::Array items;
  for (int i = 0; i < lines; ++i) {
    items.push_back(Json::Of(
        {{"sku", "item-" + std::to_string(i)}, {"price", 1.25 * i}, {"quantity", 1 + i % 5}}));
  }
  const Json order = Json::Of({{"id", "o-1"}, {"items", Json(std::move(items))}});
  return Json::Of({{"states", Json::Of({{"input", Json::Of({{"order", order}})}})}});
}

void Run(benchmark::State& state, std::string_view text, int lines) {
  const ProgramPtr program = Compiled(text);
  const Json bindings = Bindings(lines);
  Random random(1);
  const Environment environment{.now = absl::UnixEpoch(), .random = random};
  for (auto _ : state) {
    const Answer answer = program->Evaluate(nullptr, bindings.object(), environment);
    SEGUE_CHECK(answer.value() != nullptr);
    benchmark::DoNotOptimize(answer);
  }
}

void FieldAccess(benchmark::State& state) { Run(state, "$states.input.order.id", 3); }
BENCHMARK(FieldAccess);

void Condition(benchmark::State& state) {
  Run(state, "$states.input.order.id = 'o-1' and $count($states.input.order.items) > 2", 3);
}
BENCHMARK(Condition);

void ObjectConstructor(benchmark::State& state) {
  Run(state, "{'id': $states.input.order.id, 'lines': $count($states.input.order.items)}", 3);
}
BENCHMARK(ObjectConstructor);

void Total(benchmark::State& state) {
  Run(state, "$sum($states.input.order.items.(price * quantity))",
      static_cast<int>(state.range(0)));
}
BENCHMARK(Total)->Arg(10)->Arg(1000);

void FilterAndMap(benchmark::State& state) {
  Run(state, "$states.input.order.items[price > 10].{'sku': sku, 'cost': price * quantity}",
      static_cast<int>(state.range(0)));
}
BENCHMARK(FilterAndMap)->Arg(10)->Arg(1000);

void Reduce(benchmark::State& state) {
  Run(state, "$reduce($states.input.order.items, function($a, $i){$a + $i.quantity}, 0)",
      static_cast<int>(state.range(0)));
}
BENCHMARK(Reduce)->Arg(10)->Arg(1000);

void Compile(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        Compiled("$states.input.order.items[price > 10].{'sku': sku, 'cost': price * quantity}"));
  }
}
BENCHMARK(Compile);

}  // namespace
}  // namespace segue::language::jsonata
