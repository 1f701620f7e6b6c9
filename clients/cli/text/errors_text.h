#pragma once

// Errors on the command line: what is wrong, where, and what to do. Pure.

#include <string>

#include "absl/status/status.h"
#include "clients/cpp/text/style.h"
#include "segue/v1/workflow.pb.h"

namespace segue::cli {

struct ErrorContext {
  std::string address;          // of the server
  std::string definition_file;  // whose faults are reported; empty: none
};

// "error: ..." with details and a hint, lines with line breaks. Faults in a definition stand as
// "FILE:LINE:COLUMN: message [CODE]", which editors and terminals can follow.
std::string ErrorText(const absl::Status& status, const ErrorContext& context,
                      text::ColorMode mode);

// "FILE:LINE:COLUMN: message [CODE]" and where in the document, without a line break.
std::string FaultText(const v1::Fault& fault, const std::string& file, text::ColorMode mode);

}  // namespace segue::cli
