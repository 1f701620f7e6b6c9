// Definitions, JSON and YAML: the first byte says which (j, y, else detected). What is taken is
// within the limits of the language, and what is refused says why.

#include <algorithm>
#include <string_view>

#include "server/base/check.h"
#include "server/base/json.h"
#include "server/language/parse.h"
#include "tests/fuzz/input.h"

namespace {

namespace language = segue::language;

// Of the server but for the text's size, which is lowered so that inputs reach it.
constexpr language::ParseOptions kOptions = {.depth_max = 64, .text_size_max = 32'768};
constexpr size_t kFaultsMax = 1000;
constexpr int64_t kNameCharactersMax = 80;

int64_t CharacterCount(std::string_view text) {
  return std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; });
}

void CheckTaken(std::string_view text, const language::Workflow& workflow) {
  SEGUE_CHECK(text.size() <= kOptions.text_size_max);
  for (const language::State& state : workflow.states) {
    SEGUE_CHECK(CharacterCount(state.name) <= kNameCharactersMax);
  }
  // YAML's own depth only its parser knows.
  const auto json = segue::Json::Parse(text, 1000);
  if (json.ok()) SEGUE_CHECK(!json->DeeperThan(kOptions.depth_max));
}

void CheckRefused(const std::vector<language::Fault>& faults) {
  SEGUE_CHECK(!faults.empty() && faults.size() <= kFaultsMax);
  for (const language::Fault& fault : faults) {
    SEGUE_CHECK(!fault.code.empty() && !fault.message.empty());
    (void)language::AwsLocation(fault.position);
  }
}

language::Format FormatOf(uint8_t letter) {
  if (letter == 'j') return language::Format::kJson;
  return letter == 'y' ? language::Format::kYaml : language::Format::kDetect;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  language::ParseOptions options = kOptions;
  options.format = FormatOf(data[0]);
  const std::string_view text = segue::fuzz::Text(data + 1, size - 1);
  const language::ParseResult parsed = language::ParseWorkflow(text, options);
  if (parsed.workflow == nullptr) {
    CheckRefused(parsed.faults);
  } else {
    SEGUE_CHECK(parsed.faults.empty());
    CheckTaken(text, *parsed.workflow);
  }
  return 0;
}
