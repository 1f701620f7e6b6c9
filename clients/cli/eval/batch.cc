#include "clients/cli/eval/batch.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/eval/json_text.h"

namespace segue::cli {
namespace {

constexpr std::pair<std::string_view, Language> kLanguages[] = {
    {"jsonata", Language::kJsonata},
    {"jsonpath", Language::kJsonPath},
    {"intrinsic", Language::kIntrinsic},
};

// A whole number of at least 0, where the member is there.
absl::StatusOr<std::optional<int64_t>> Count(const Json& line, std::string_view name) {
  const Json* value = line.Find(name);
  if (value == nullptr || value->is_null()) return std::optional<int64_t>();
  if (!value->is_number() || !(value->number() >= 0) || value->number() > 1e15) {
    return absl::InvalidArgumentError(absl::StrCat("/", std::string(name), ": must be a number"));
  }
  return std::optional(static_cast<int64_t>(value->number()));
}

absl::Status ReadLimits(const Json& line, Question* question) {
  auto time = Count(line, "timelimit");
  if (!time.ok()) return time.status();
  if (*time) question->time_limit_ms = **time;
  auto depth = Count(line, "depth");
  if (!depth.ok()) return depth.status();
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  if (*depth) question->depth_max = static_cast<int>(std::min(**depth, kMost));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Language> LanguageNamed(std::string_view name) {
  for (const auto& [known, language] : kLanguages) {
    if (name == known) return language;
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no language '", std::string(name), "'"));
}

absl::StatusOr<Question> ReadQuestion(std::string_view line, const Question& defaults) {
  auto json = ReadJsonText(line);
  if (!json.ok()) return json.status();
  const std::string* expression = json->FindString("expr");
  if (expression == nullptr) return absl::InvalidArgumentError("/expr: must be a string");
  Question question = defaults;
  question.expression = *expression;
  if (const Json* data = json->Find("data")) question.data = *data;
  if (const Json* context = json->Find("context")) question.context = *context;
  if (const Json* bindings = json->Find("bindings"); bindings != nullptr && !bindings->is_null()) {
    if (!bindings->is_object()) return absl::InvalidArgumentError("/bindings: must be an object");
    for (const auto& [name, value] : bindings->object()) question.variables.Set(name, value);
  }
  if (const std::string* name = json->FindString("language")) {
    auto language = LanguageNamed(*name);
    if (!language.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("/language: ", std::string(language.status().message())));
    }
    question.language = *language;
  }
  if (const absl::Status status = ReadLimits(*json, &question); !status.ok()) return status;
  return question;
}

std::string WriteReply(const Reply& reply) {
  Json::Object line;
  if (const Json* value = std::get_if<Json>(&reply)) {
    line.Set("result", *value);
  } else if (const Refusal* refusal = std::get_if<Refusal>(&reply)) {
    line.Set("code", refusal->code);
    line.Set("message", refusal->message);
    if (refusal->position) line.Set("position", static_cast<int64_t>(*refusal->position));
    if (refusal->token) line.Set("token", *refusal->token);
  } else {
    line.Set("undefined", Json::Bool(true));
  }
  return WriteJsonText(Json(std::move(line)));
}

}  // namespace segue::cli
