// A JSONata expression, a line "%%", and its input, which is $x as well. In both libraries, with
// limits that an input reaches soon. Its time is libFuzzer's to watch: it follows from the steps.

#include <variant>

#include "server/base/check.h"
#include "server/base/json_size.h"
#include "server/language/jsonata/program.h"
#include "tests/fuzz/held_bytes.h"
#include "tests/fuzz/input.h"

namespace {

namespace jsonata = segue::language::jsonata;

constexpr jsonata::Limits kLimits = {.steps_max = 100'000, .memory_bytes_max = size_t{16} << 20};
constexpr int64_t kDumpedBytesMax = 1 << 20;

void CheckValue(const segue::Json& value) {
  // Beside what it shares with the input.
  SEGUE_CHECK(segue::fuzz::HeldBytes(value).total() <= 2 * kLimits.memory_bytes_max);
  if (segue::SizeUpTo(value, kDumpedBytesMax) <= kDumpedBytesMax) (void)value.Dump();
}

void Evaluate(std::string_view text, const segue::Json& input, jsonata::Library library) {
  const auto compiled = jsonata::Program::Compile(text, library);
  if (const auto* fault = std::get_if<jsonata::Fault>(&compiled)) {
    SEGUE_CHECK(!fault->code.empty());
    return;
  }
  segue::Random random(1);
  segue::Json::Object bindings;
  bindings.Set("x", input);
  const jsonata::Environment environment{
      .now = absl::UnixEpoch(), .random = random, .limits = kLimits};
  const jsonata::Answer answer =
      std::get<jsonata::ProgramPtr>(compiled)->Evaluate(&input, bindings, environment);
  if (answer.value() != nullptr) CheckValue(*answer.value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [text, document] = segue::fuzz::SplitInput(segue::fuzz::Text(data, size));
  const auto input = segue::Json::Parse(document);
  if (!input.ok()) return 0;
  Evaluate(text, *input, jsonata::Library::kReference);
  Evaluate(text, *input, jsonata::Library::kStepFunctions);
  return 0;
}
