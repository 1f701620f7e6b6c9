// A JSONata expression, a line "%%", and its input, which is $x as well. In both libraries.

#include <variant>

#include "server/base/check.h"
#include "server/language/jsonata/program.h"
#include "tests/fuzz/input.h"

namespace {

namespace jsonata = segue::language::jsonata;

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
      .now = absl::UnixEpoch(),
      .random = random,
      .limits = {.steps_max = 500'000, .memory_bytes_max = size_t{64} << 20}};
  const jsonata::Answer answer =
      std::get<jsonata::ProgramPtr>(compiled)->Evaluate(&input, bindings, environment);
  if (answer.value() != nullptr) (void)answer.value()->Dump();
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
