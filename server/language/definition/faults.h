#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/language/document.h"
#include "server/language/parse.h"

namespace segue::language {

// AWS's codes (API reference, ValidateStateMachineDefinitionDiagnostic), and Segue's own.
inline constexpr char kSchemaValidationFailed[] = "SCHEMA_VALIDATION_FAILED";
inline constexpr char kMissingTransitionTarget[] = "MISSING_TRANSITION_TARGET";
inline constexpr char kMissingEndState[] = "MISSING_END_STATE";
inline constexpr char kDuplicateStateName[] = "DUPLICATE_STATE_NAME";
inline constexpr char kInvalidStateName[] = "INVALID_STATE_NAME";
inline constexpr char kInvalidLabelName[] = "INVALID_LABEL_NAME";
inline constexpr char kDuplicateLabelName[] = "DUPLICATE_LABEL_NAME";
inline constexpr char kInvalidJsonata[] = "INVALID_JSONATA_EXPRESSION";
inline constexpr char kUnsupportedJsonata[] = "UNSUPPORTED_JSONATA_EXPRESSION";

// What is wrong with a definition, as it is found.
class Faults {
 public:
  static constexpr size_t kFaultsMax = 1000;  // more help nobody

  void Add(Position position, std::string code, std::string message) {
    if (faults_.size() < kFaultsMax) {
      faults_.push_back({std::move(position), std::move(code), std::move(message)});
    }
  }
  // The commonest kind, at a value.
  void Schema(const Node& node, std::string message) {
    Add(node.position(), kSchemaValidationFailed, std::move(message));
  }

  size_t size() const { return faults_.size(); }
  std::vector<Fault> Take() { return std::move(faults_); }

 private:
  std::vector<Fault> faults_;
};

}  // namespace segue::language
