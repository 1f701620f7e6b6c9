#include "server/language/definition/jsonata.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "server/language/jsonata/program.h"
#include "server/language/text.h"

namespace segue::language {
namespace {

constexpr std::string_view kStates = "states";

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Whether the expression may read this member of $states.
bool ReadsOfStates(const jsonata::References& references, std::string_view member) {
  return std::any_of(references.members.begin(), references.members.end(), [&](const auto& read) {
    return read.first == kStates && (read.second.empty() || read.second == member);
  });
}

// What the expression reads of an input that it has not.
std::optional<std::string> TopLevelName(const jsonata::References& references) {
  if (!references.names.empty()) return references.names.front();
  if (references.root) return "$$";
  if (references.context) return "$";
  return std::nullopt;
}

jsonata::Limits LimitsOf(const Allowance& allowance) {
  jsonata::Limits limits;
  const auto left = static_cast<uint64_t>(allowance.left());
  limits.steps_max = std::min(limits.steps_max, left / Allowance::kStepBytes);
  limits.memory_bytes_max = std::min<size_t>(limits.memory_bytes_max, left);
  return limits;
}

int64_t BytesOf(const jsonata::Usage& usage) {
  const auto steps = static_cast<int64_t>(usage.steps);
  return steps * Allowance::kStepBytes + static_cast<int64_t>(usage.memory_bytes);
}

class JsonataExpression : public Expression {
 public:
  JsonataExpression(jsonata::ProgramPtr program, std::string_view location)
      : program_(std::move(program)),
        location_(location),
        reads_context_(ReadsOfStates(program_->references(), "context")) {}

  Outcome<Json> Evaluate(const Scope& scope) const override {
    std::optional<Json> states;
    const auto lookup = [&](std::string_view name) -> const Json* {
      if (name != kStates) return scope.variables.Find(name);
      if (!states) states = StatesOf(scope);
      return &*states;
    };
    jsonata::Usage usage;
    const jsonata::Environment environment{.now = scope.now,
                                           .random = scope.random,
                                           .limits = LimitsOf(scope.allowance),
                                           .usage = &usage};
    const jsonata::Answer answer = program_->EvaluateWith(nullptr, lookup, environment);
    scope.allowance.Take(BytesOf(usage));
    if (answer.value() != nullptr) return *answer.value();
    if (answer.is_undefined()) return Error("returned nothing (undefined).");
    if (answer.is_function()) return Error("returned an unsupported result type.");
    const jsonata::Fault& fault = *answer.fault();
    return Error(Concat("threw an error during evaluation. ", fault.code, ": ", fault.message));
  }

  std::string_view text() const override { return program_->text(); }

 private:
  // $states. The Context Object is made for those that read it.
  Json StatesOf(const Scope& scope) const {
    std::vector<Json::Member> members;
    members.emplace_back("input", scope.input);
    if (reads_context_) members.emplace_back("context", scope.context());
    if (scope.result != nullptr) members.emplace_back("result", *scope.result);
    if (scope.error_output != nullptr) members.emplace_back("errorOutput", *scope.error_output);
    return Json(Json::Object(std::move(members)));
  }

  WorkflowError Error(std::string_view what) const {
    return {.name = "States.QueryEvaluationError",
            .cause = Concat("The JSONata expression '", program_->text(),
                            "' specified for the field '", location_, "' ", what),
            .location = location_};
  }

  const jsonata::ProgramPtr program_;
  const std::string location_;
  const bool reads_context_;
};

}  // namespace

absl::StatusOr<ExpressionPtr> CompileJsonata(std::string_view text, std::string_view location) {
  auto compiled = jsonata::Program::Compile(Trimmed(text), jsonata::Library::kStepFunctions);
  if (const auto* fault = std::get_if<jsonata::Fault>(&compiled)) {
    return absl::InvalidArgumentError(fault->message);
  }
  auto& program = std::get<jsonata::ProgramPtr>(compiled);
  if (const auto name = TopLevelName(program->references())) {
    return absl::UnimplementedError(
        Concat("Reference to '", *name, "' at the top level is not supported."));
  }
  return std::make_shared<const JsonataExpression>(std::move(program), location);
}

bool IsJsonata(std::string_view text) {
  return text.size() >= 4 && text.substr(0, 2) == "{%" && text.substr(text.size() - 2) == "%}";
}

}  // namespace segue::language
