#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/cli/eval/evaluation.h"

// `segue eval --batch`: JSON lines in, JSON lines out. Pure.

namespace segue::cli {

// "jsonata", "jsonpath", "intrinsic". InvalidArgument for any other.
absl::StatusOr<Language> LanguageNamed(std::string_view name);

// A line {"expr", "data", "bindings", "context", "timelimit", "depth", "language"}, of which only
// the first must be there; others are ignored. `defaults` has what the line does not say.
absl::StatusOr<Question> ReadQuestion(std::string_view line, const Question& defaults);

// {"result": ...}, {"undefined": true} or {"code", "message", "position", "token"}, of which the
// last two stand where they are known; without a line break.
std::string WriteReply(const Reply& reply);

}  // namespace segue::cli
