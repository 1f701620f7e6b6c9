#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace segue {

// What an API error tells a program besides its code and message. Travels inside an absl::Status;
// the API adapters turn it into google.rpc details (ErrorInfo, BadRequest, RetryInfo,
// ResourceInfo).
struct ErrorDetail {
  std::string reason;  // UPPER_SNAKE_CASE, stable: "EXECUTION_NOT_FOUND"
  std::map<std::string, std::string> metadata;
  struct Violation {
    std::string field;  // a field's path, or a JSON pointer into a definition
    std::string description;
    std::string reason;
    friend bool operator==(const Violation&, const Violation&) = default;
  };
  std::vector<Violation> violations;
  std::string resource_type;  // "workflow", "execution", "service"; empty: none
  std::string resource_name;
  std::optional<absl::Duration> retry_after;
};

absl::Status MakeError(absl::StatusCode code, std::string_view message, const ErrorDetail& detail);

// The detail that MakeError put in; nothing on other statuses.
std::optional<ErrorDetail> DetailOf(const absl::Status& status);

}  // namespace segue
