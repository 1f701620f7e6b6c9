#pragma once

#include <cstddef>
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
  std::vector<Fault> faults;  // in the order of the text; all of them (up to 1,000)
};

// Whether the workflow's executions are to be Standard or Express; the latter know no .sync, no
// .waitForTaskToken and no activities.
enum class WorkflowType { kStandard, kExpress };

// Which Resources a Task may name.
enum class Resources {
  kCallable,  // the forms of README.md, "Workflows"
  kAnyUri,    // what the specification allows: any URI. What nothing can call is
              // Resource::Kind::kOther.
};

struct ParseOptions {
  Format format =
      Format::kDetect;  // kDetect: JSON where the first character that is not blank is `{`
  int depth_max = 64;
  size_t text_size_max = size_t{1} << 20;  // bytes; AWS's limit
  WorkflowType type = WorkflowType::kStandard;
  Resources resources = Resources::kCallable;
};

// Reads, checks and compiles a definition in the Amazon States Language
// (states-language.net/spec.html) with the additions of README.md. Pure; threads: any.
ParseResult ParseWorkflow(std::string_view text, const ParseOptions& options = {});

// The position's pointer in the form in which AWS writes a diagnostic's location: "/" for the
// whole,
// "/States/A/Choices[0]/Next" for /States/A/Choices/0/Next.
std::string AwsLocation(const Position& position);

}  // namespace segue::language
