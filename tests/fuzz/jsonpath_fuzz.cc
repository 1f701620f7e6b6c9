// A path, a line "%%", and the document it is evaluated on. The same text is tried as a Reference
// Path, to which a value is put, and as a Choice rule's Variable.

#include "server/language/compile.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/scope.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto [path, text] = segue::fuzz::SplitInput(segue::fuzz::Text(data, size));
  const auto document = segue::Json::Parse(text);
  if (!document.ok()) return 0;
  if (const auto compiled = segue::language::CompilePath(path); compiled.ok()) {
    segue::fuzz::EvaluateOn(**compiled, *document);
  }
  if (const auto compiled = segue::language::CompileReferencePath(path); compiled.ok()) {
    const auto changed = compiled->Put(*document, segue::Json(1));
    if (changed.ok()) (void)changed->Dump();
  }
  (void)segue::language::CompileVariablePath(path);
  return 0;
}
