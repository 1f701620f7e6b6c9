// A JSONata expression, a line "%%", and its input, which is $x as well. In both libraries, with
// limits that an input reaches soon. Its time is libFuzzer's to watch: it follows from the steps.

#include <variant>

#include "server/base/check.h"
#include "server/base/json_size.h"
#include "server/language/jsonata/program.h"
#include "tests/fuzz/input.h"

namespace {

namespace jsonata = segue::language::jsonata;

constexpr jsonata::Limits kLimits = {.steps_max = 100'000, .memory_bytes_max = size_t{16} << 20};
constexpr int64_t kDumpedBytesMax = 1 << 20;

// `shared`: how much of it may be the input's own, which takes neither steps nor memory.
void CheckValue(const segue::Json& value, size_t shared) {
  if (value.is_array()) SEGUE_CHECK(value.array().size() <= kLimits.steps_max + shared);
  if (value.is_object()) SEGUE_CHECK(value.object().size() <= kLimits.steps_max + shared);
  if (value.is_string()) SEGUE_CHECK(value.string().size() <= kLimits.memory_bytes_max + shared);
  if (segue::SizeUpTo(value, kDumpedBytesMax) <= kDumpedBytesMax) (void)value.Dump();
}

void Evaluate(std::string_view text, std::string_view document, jsonata::Library library) {
  const auto input = segue::Json::Parse(document);
  if (!input.ok()) return;
  const auto compiled = jsonata::Program::Compile(text, library);
  if (const auto* fault = std::get_if<jsonata::Fault>(&compiled)) {
    SEGUE_CHECK(!fault->code.empty());
    return;
  }
  segue::Random random(1);
  segue::Json::Object bindings;
  bindings.Set("x", *input);
  const jsonata::Environment environment{
      .now = absl::UnixEpoch(), .random = random, .limits = kLimits};
  const jsonata::Answer answer =
      std::get<jsonata::ProgramPtr>(compiled)->Evaluate(&*input, bindings, environment);
  if (answer.value() != nullptr) CheckValue(*answer.value(), document.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [text, document] = segue::fuzz::SplitInput(segue::fuzz::Text(data, size));
  Evaluate(text, document, jsonata::Library::kReference);
  Evaluate(text, document, jsonata::Library::kStepFunctions);
  return 0;
}
