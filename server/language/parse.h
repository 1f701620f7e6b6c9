#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/language/workflow.h"

namespace segue::language {

enum class Format { kDetect, kJson, kYaml };

// One thing that is wrong with a definition.
struct Fault {
  Position position;
  std::string code;     // "MISSING_TRANSITION_TARGET", "SCHEMA_VALIDATION_FAILED", ...
  std::string message;  // what is wrong and what to do
};

struct ParseResult {
  WorkflowPtr workflow;       // null where there are faults
  std::vector<Fault> faults;  // in the order of the text; all of them
};

struct ParseOptions {
  Format format = Format::kDetect;  // kDetect: JSON where the first character that is not blank is `{`
  int depth_max = 64;
};

// Reads, checks and compiles a definition in the Amazon States Language (states-language.net/spec.html)
// with the additions of LANGUAGE.md. Pure; threads: any.
ParseResult ParseWorkflow(std::string_view text, const ParseOptions& options = {});

}  // namespace segue::language
