#include "server/scheduler/catalog/arn.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "server/language/text.h"
#include "server/scheduler/fingerprint.h"

namespace segue::scheduler {
namespace {

using language::Concat;

// arn:partition:service:region:account:type:rest...
constexpr size_t kServiceAt = 2;
constexpr size_t kTypeAt = 5;
constexpr size_t kNameAt = 6;

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const size_t colon = text.find(':');
    parts.emplace_back(text.substr(0, colon));
    if (colon == text.npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

Arn::Kind KindOf(std::string_view type) {
  using Kind = Arn::Kind;
  if (type == "stateMachine") return Kind::kStateMachine;
  if (type == "execution") return Kind::kExecution;
  if (type == "express") return Kind::kExpress;
  if (type == "activity") return Kind::kActivity;
  if (type == "mapRun") return Kind::kMapRun;
  return Kind::kOther;
}

std::string Prefix(const ArnScope& scope, std::string_view type) {
  return Concat("arn:aws:states:", scope.region, ":", scope.account, ":", type, ":");
}

}  // namespace

std::optional<Arn> ParseArn(std::string_view text) {
  const std::vector<std::string> parts = Split(text);
  const bool states = parts.size() > kNameAt && parts[0] == "arn" && parts[kServiceAt] == "states";
  if (!states) return std::nullopt;
  const auto part = [&](size_t at) { return at < parts.size() ? parts[at] : std::string(); };
  Arn arn{.kind = KindOf(parts[kTypeAt]), .type = parts[kTypeAt], .workflow = parts[kNameAt]};
  arn.name = part(kNameAt + 1);
  arn.uuid = part(kNameAt + 2);
  // mapRun:<state machine>/<label>:<uuid>
  if (arn.kind == Arn::Kind::kMapRun) {
    arn.uuid = arn.name;
    const size_t slash = arn.workflow.find('/');
    arn.name = slash == arn.workflow.npos ? std::string() : arn.workflow.substr(slash + 1);
    arn.workflow.resize(std::min(slash, arn.workflow.size()));
  }
  return arn;
}

std::string StateMachineArn(const ArnScope& scope, std::string_view workflow) {
  return Concat(Prefix(scope, "stateMachine"), workflow);
}

std::string QualifiedArn(const ArnScope& scope, const Qualified& machine) {
  return Concat(StateMachineArn(scope, machine.workflow), ":", machine.qualifier);
}

std::string ExecutionArn(const ArnScope& scope, const ExecutionName& execution) {
  return Concat(Prefix(scope, "execution"), execution.workflow, ":", execution.name);
}

std::string ExpressArn(const ArnScope& scope, const ExecutionName& execution,
                       std::string_view uuid) {
  return Concat(Prefix(scope, "express"), execution.workflow, ":", execution.name, ":", uuid);
}

std::string MapRunArn(const ArnScope& scope, const MapRunName& name) {
  return Concat(Prefix(scope, "mapRun"), name.workflow, "/", name.run);
}

std::string ActivityArn(const ArnScope& scope, std::string_view name) {
  return Concat(Prefix(scope, "activity"), name);
}

ExecutionId IdOfNamed(const ExecutionName& execution) {
  constexpr size_t kShownMax = 46;
  const uint64_t first = Fingerprint().Add(execution.workflow).Add(execution.name).value();
  const uint64_t second = Fingerprint()
                              .Add(static_cast<int64_t>(first))
                              .Add(execution.name)
                              .Add(execution.workflow)
                              .value();
  std::string id(execution.name.substr(0, kShownMax));
  for (char& c : id) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') c = '_';
  }
  absl::StrAppendFormat(&id, "-%016x%016x", first, second);
  return ExecutionId(std::move(id));
}

}  // namespace segue::scheduler
