#include "server/engine/task_token.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/engine/io.h"

namespace segue::engine {
namespace {

constexpr std::string_view kVersion = "1";

uint64_t ProofOf(const Execution& execution, const Branch& branch, int attempt) {
  return RandomFor(execution, branch, Draw::kToken, attempt).Next();
}

}  // namespace

std::string TaskTokenOf(const Execution& execution, const Branch& branch) {
  return absl::WebSafeBase64Escape(absl::StrCat(
      std::string(kVersion), "/", execution.id.value(), "/", branch.id.value(), "/", branch.visit,
      "/", branch.attempt, "/", absl::Hex(ProofOf(execution, branch, branch.attempt))));
}

std::optional<TaskToken> ParseTaskToken(std::string_view text) {
  std::string plain;
  if (!absl::WebSafeBase64Unescape({text.data(), text.size()}, &plain)) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(plain, '/');
  if (parts.size() != 6 || parts[0] != kVersion) return std::nullopt;
  TaskToken token{.execution = ExecutionId(parts[1])};
  uint64_t branch = 0;
  const bool numbers = absl::SimpleAtoi(parts[2], &branch) &&
                       absl::SimpleAtoi(parts[3], &token.attempt.visit) &&
                       absl::SimpleAtoi(parts[4], &token.attempt.attempt) &&
                       absl::SimpleHexAtoi(parts[5], &token.proof);
  if (!numbers) return std::nullopt;
  token.attempt.branch = BranchId(branch);
  return token;
}

bool IsGenuine(const TaskToken& token, const Execution& execution, const Branch& branch) {
  Branch then;
  then.id = branch.id;
  then.visit = token.attempt.visit;
  return token.proof == ProofOf(execution, then, token.attempt.attempt);
}

}  // namespace segue::engine
