#include "clients/cli/text/arguments.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/cpp/text/documents.h"

namespace segue::cli {

std::string WorkflowNameOf(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  for (const char* suffix : {".json", ".yaml", ".yml", ".asl"}) {
    if (name.ends_with(suffix) && name != suffix) {
      name.resize(name.size() - std::string(suffix).size());
    }
  }
  return name;
}

v1::DefinitionFormat FormatOf(const std::string& path) {
  if (path.ends_with(".json")) return v1::DEFINITION_FORMAT_JSON;
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return v1::DEFINITION_FORMAT_YAML;
  return v1::DEFINITION_FORMAT_UNSPECIFIED;
}

absl::StatusOr<WorkflowRef> ParseWorkflowRef(const std::string& text) {
  WorkflowRef ref;
  const size_t at = text.rfind('@');
  ref.name = text.substr(0, at);
  if (ref.name.empty()) return absl::InvalidArgumentError("the workflow's name is empty");
  if (at == std::string::npos) return ref;
  if (!absl::SimpleAtoi(text.substr(at + 1), &ref.version) || ref.version < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "': after '@' stands a version, a number from 1"));
  }
  return ref;
}

absl::StatusOr<std::map<std::string, std::string>> ParseLabels(
    const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> labels;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("label '", pair, "': write it as key=value"));
    }
    if (!labels.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("label '", pair.substr(0, equals), "' is given twice"));
    }
  }
  return labels;
}

absl::StatusOr<v1::ExecutionStatus> ParseExecutionStatus(const std::string& text) {
  const std::string upper = absl::AsciiStrToUpper(text);
  std::string known;
  const auto* type = v1::ExecutionStatus_descriptor();
  for (int i = 0; i < type->value_count(); ++i) {
    const int number = type->value(i)->number();
    if (number == 0) continue;
    const std::string name = text::EnumName(type, number);
    if (name == upper) return static_cast<v1::ExecutionStatus>(number);
    absl::StrAppend(&known, known.empty() ? "" : ", ", name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is not a status; there are ", known));
}

}  // namespace segue::cli
