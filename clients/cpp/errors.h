#pragma once

// Errors of Segue's API as values for people and programs.
//
// The server sends google.rpc error details with every error. The client keeps them inside the
// absl::Status, as a payload, and this header reads them again: a Status that passed through any
// layer still knows the fields at fault, the resource, and when to try again.
//
// Threads: all functions are pure.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace grpc {
class Status;
}
namespace google::rpc {
class Status;
}

namespace segue::client {

// One violation of google.rpc.BadRequest.
struct FieldFault {
  std::string field;    // of the request, or the JSON pointer into a definition
  std::string reason;   // constant, UPPER_SNAKE_CASE; may be empty
  std::string message;  // for a person, without the position
  int line = 0;         // in a definition, from 1; 0: unknown, or not a definition
  int column = 0;       // in characters, from 1; 0: unknown
};

// What the details of an error say. What was not sent is empty.
struct ErrorDetails {
  std::string reason;                           // ErrorInfo.reason, e.g. "INVALID_DEFINITION"
  std::map<std::string, std::string> metadata;  // ErrorInfo.metadata
  std::vector<FieldFault> faults;               // BadRequest
  std::vector<std::string> preconditions;       // PreconditionFailure: descriptions
  std::vector<std::string> quotas;              // QuotaFailure: descriptions
  std::string resource_type;                    // ResourceInfo
  std::string resource_name;
  std::optional<absl::Duration> retry_delay;  // RetryInfo
};

// The result of a call as an absl::Status that holds the details. OK stays OK.
absl::Status FromGrpc(const grpc::Status& status);

// The same for an error inside a message, as the SubmitWorkflows stream sends them.
absl::Status FromRpc(const google::rpc::Status& status);

// The details that `status` holds; all empty if it holds none.
ErrorDetails DetailsOf(const absl::Status& status);

// The message and all details in readable lines, without a line break at the end.
std::string Describe(const absl::Status& status);

}  // namespace segue::client
