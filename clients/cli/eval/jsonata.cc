#include <algorithm>
#include <limits>
#include <utility>

#include "clients/cli/eval/evaluation.h"
#include "server/language/jsonata/program.h"

namespace segue::cli {
namespace {

namespace jsonata = language::jsonata;

// A step of the evaluator takes about so many of them in a millisecond.
constexpr int64_t kStepsPerMillisecond = 20'000;

jsonata::Limits LimitsOf(const Question& question) {
  jsonata::Limits limits;
  if (question.depth_max) limits.depth_max = *question.depth_max;
  if (question.time_limit_ms) {
    const int64_t most = std::numeric_limits<int64_t>::max() / kStepsPerMillisecond;
    limits.steps_max = static_cast<uint64_t>(std::clamp<int64_t>(*question.time_limit_ms, 0, most) *
                                             kStepsPerMillisecond);
  }
  return limits;
}

Reply ReplyOf(const jsonata::Answer& answer) {
  if (const jsonata::Fault* fault = answer.fault()) {
    return Refusal{fault->code, fault->message, fault->position, fault->token};
  }
  if (answer.value() != nullptr) return *answer.value();
  // A function is nothing that JSON could hold, as in JavaScript.
  return Undefined{};
}

// What stands in `{% %}`, as in a definition.
std::optional<std::string_view> Unwrapped(std::string_view expression) {
  constexpr std::string_view kOpen = "{%";
  constexpr std::string_view kClose = "%}";
  const bool wrapped = expression.size() >= kOpen.size() + kClose.size() &&
                       expression.starts_with(kOpen) && expression.ends_with(kClose);
  if (!wrapped) return std::nullopt;
  return expression.substr(kOpen.size(), expression.size() - kOpen.size() - kClose.size());
}

}  // namespace

Reply EvaluateJsonata(const Question& question, const Surroundings& surroundings) {
  const auto inner = Unwrapped(question.expression);
  const auto compiled = jsonata::Program::Compile(
      inner.value_or(question.expression),
      inner ? jsonata::Library::kStepFunctions : jsonata::Library::kReference);
  if (const auto* fault = std::get_if<jsonata::Fault>(&compiled)) return ReplyOf(*fault);
  const auto& program = std::get<jsonata::ProgramPtr>(compiled);
  const jsonata::Environment environment{surroundings.now, surroundings.random, LimitsOf(question)};
  const Json* input = question.data ? &*question.data : nullptr;
  if (!inner) return ReplyOf(program->Evaluate(input, question.variables, environment));
  Json::Object states;
  if (input != nullptr) states.Set("input", *input);
  if (question.context) states.Set("context", *question.context);
  Json::Object bindings = question.variables;
  bindings.Set("states", Json(std::move(states)));
  return ReplyOf(program->Evaluate(nullptr, bindings, environment));
}

}  // namespace segue::cli
