// A path or an intrinsic function call, a line "%%", and the document it is evaluated on. Where
// the first part is JSON, it is a payload template.

#include "server/language/compile.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/scope.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [call, text] = segue::fuzz::SplitInput(segue::fuzz::Text(data, size));
  const auto document = segue::Json::Parse(text);
  if (!document.ok()) return 0;
  const auto payload = segue::Json::Parse(call);
  const auto compiled = payload.ok() ? segue::language::CompilePayloadTemplate(*payload)
                                     : segue::language::CompilePathOrIntrinsic(call);
  if (compiled.ok()) segue::fuzz::EvaluateOn(**compiled, *document);
  return 0;
}
