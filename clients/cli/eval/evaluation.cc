#include "clients/cli/eval/evaluation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/language/fault_offset.h"
#include "server/language/intrinsics/call.h"
#include "server/language/jsonpath/evaluator.h"
#include "server/language/jsonpath/parser.h"

namespace segue::cli {
namespace {

namespace jsonpath = language::jsonpath;
namespace intrinsics = language::intrinsics;

Refusal RefusalOf(std::string code, const absl::Status& status) {
  return {std::move(code), std::string(status.message()), language::FaultOffset(status)};
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// Outside of brackets nothing but names, dots and wildcards. JSONPath would take "$.price*2" for a
// name; a person hardly means that.
bool ReadsAsPath(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') {
      --depth;
      continue;
    }
    const bool wildcard = c == '*' && i > 0 && text[i - 1] == '.';
    if (depth == 0 && !IsNameCharacter(c) && c != '.' && !wildcard) return false;
  }
  return true;
}

bool CallsUnknown(const jsonpath::Path& path) {
  return std::any_of(path.steps.begin(), path.steps.end(), [](const jsonpath::Step& step) {
    const auto* call = std::get_if<jsonpath::FunctionStep>(&step);
    return call != nullptr && call->function == jsonpath::Function::kUnknown;
  });
}

bool IsPath(std::string_view text) {
  if (!text.starts_with('$') || !ReadsAsPath(text)) return false;
  const auto path = jsonpath::ParsePath(text, jsonpath::Dialect::kJayway);
  return path.ok() && !CallsUnknown(**path);
}

Reply AnswerOf(const jsonpath::Path& path, const Json& document) {
  jsonpath::Answer answer = jsonpath::Evaluate(path, document);
  switch (answer.kind) {
    case jsonpath::Answer::Kind::kValue:
      return std::move(answer.value);
    case jsonpath::Answer::Kind::kNothing:
    case jsonpath::Answer::Kind::kPastEnd:
      return Refusal{"PathNotFound", jsonpath::ExplainNothing(path, document), {}};
    case jsonpath::Answer::Kind::kFailed:
      return Refusal{"PathFailed", std::move(answer.why), {}};
    case jsonpath::Answer::Kind::kTooCostly:
      return Refusal{"LimitExceeded", "the path visits too many values", {}};
  }
  return Undefined{};
}

Reply EvaluatePath(const Question& question) {
  const auto path = jsonpath::ParsePath(question.expression, jsonpath::Dialect::kJayway);
  if (!path.ok()) return RefusalOf("InvalidPath", path.status());
  const Json* document = question.data ? &*question.data : nullptr;
  std::string missing = "there is no document";
  if ((*path)->root == jsonpath::Path::Root::kContext) {
    document = question.context ? &*question.context : nullptr;
    missing = "there is no Context Object for '$$'";
  } else if ((*path)->root == jsonpath::Path::Root::kVariable) {
    document = question.variables.Find((*path)->variable);
    missing = absl::StrCat("the variable '$", (*path)->variable, "' is not set");
  }
  if (document == nullptr) return Refusal{"PathNotFound", std::move(missing), {}};
  return AnswerOf(**path, *document);
}

Reply EvaluateCall(const Question& question, const Surroundings& surroundings) {
  const auto call = intrinsics::ParseCall(question.expression);
  if (!call.ok()) return RefusalOf("InvalidIntrinsic", call.status());
  const Json input = question.data.value_or(Json());
  const auto context = [&] { return question.context.value_or(Json(Json::Object())); };
  language::Allowance allowance;
  const language::Scope scope{.input = input,
                              .context = context,
                              .variables = question.variables,
                              .result = nullptr,
                              .error_output = nullptr,
                              .now = surroundings.now,
                              .random = surroundings.random,
                              .allowance = allowance};
  auto outcome = intrinsics::Evaluate(**call, scope);
  if (outcome.ok()) return std::move(outcome).value();
  return Refusal{outcome.error().name, outcome.error().cause, {}};
}

}  // namespace

Language LanguageOf(std::string_view expression) {
  if (expression.starts_with("States.")) return Language::kIntrinsic;
  return IsPath(expression) ? Language::kJsonPath : Language::kJsonata;
}

Reply Evaluate(const Question& question, const Surroundings& surroundings) {
  switch (question.language.value_or(LanguageOf(question.expression))) {
    case Language::kJsonPath:
      return EvaluatePath(question);
    case Language::kIntrinsic:
      return EvaluateCall(question, surroundings);
    case Language::kJsonata:
      break;
  }
  return EvaluateJsonata(question, surroundings);
}

}  // namespace segue::cli
