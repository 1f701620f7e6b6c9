// Definitions, JSON and YAML: the first byte says which (j, y, else detected).

#include "server/base/check.h"
#include "server/language/parse.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using segue::language::Format;
  if (size == 0) return 0;
  segue::language::ParseOptions options;
  options.format = data[0] == 'j'   ? Format::kJson
                   : data[0] == 'y' ? Format::kYaml
                                    : Format::kDetect;
  const segue::language::ParseResult parsed =
      segue::language::ParseWorkflow(segue::fuzz::Text(data + 1, size - 1), options);
  SEGUE_CHECK((parsed.workflow == nullptr) == !parsed.faults.empty());
  for (const segue::language::Fault& fault : parsed.faults) {
    SEGUE_CHECK(!fault.code.empty() && !fault.message.empty());
    (void)segue::language::AwsLocation(fault.position);
  }
  return 0;
}
