#include "server/engine/task_token.h"

#include <openssl/crypto.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/sha256.h"

namespace segue::engine {
namespace {

constexpr std::string_view kVersion = "2";
constexpr size_t kProofBytes = 16;

std::string NameOf(const ExecutionId& execution, const AttemptId& attempt) {
  return absl::StrCat(execution.value(), "/", attempt.branch.value(), "/", attempt.visit, "/",
                      attempt.attempt);
}

// The seed tells the execution from another that had its id before.
std::string ProofOf(const Execution& execution, const AttemptId& attempt) {
  const std::string proven = absl::StrCat(NameOf(execution.id, attempt), "/", execution.seed);
  const std::string key = execution.token_key == nullptr ? "" : *execution.token_key;
  return absl::BytesToHexString(HmacSha256(key, proven).substr(0, kProofBytes));
}

// Takes as long wherever the two differ, so that a guess learns nothing from the time.
bool AreSameSecret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

std::string TaskTokenOf(const Execution& execution, const Branch& branch) {
  const AttemptId attempt{branch.id, branch.visit, branch.attempt};
  return absl::WebSafeBase64Escape(absl::StrCat(
      std::string(kVersion), "/", NameOf(execution.id, attempt), "/", ProofOf(execution, attempt)));
}

std::optional<TaskToken> ParseTaskToken(std::string_view text) {
  std::string plain;
  if (!absl::WebSafeBase64Unescape({text.data(), text.size()}, &plain)) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(plain, '/');
  if (parts.size() != 6 || parts[0] != kVersion) return std::nullopt;
  TaskToken token{.execution = ExecutionId(parts[1]), .attempt = {}, .proof = parts[5]};
  uint64_t branch = 0;
  const bool numbers = absl::SimpleAtoi(parts[2], &branch) &&
                       absl::SimpleAtoi(parts[3], &token.attempt.visit) &&
                       absl::SimpleAtoi(parts[4], &token.attempt.attempt);
  if (!numbers) return std::nullopt;
  token.attempt.branch = BranchId(branch);
  return token;
}

bool IsGenuine(const TaskToken& token, const Execution& execution) {
  return AreSameSecret(token.proof, ProofOf(execution, token.attempt));
}

}  // namespace segue::engine
