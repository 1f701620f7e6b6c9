#include "server/scheduler/admission.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/engine/apply.h"
#include "server/scheduler/errors.h"
#include "server/scheduler/fingerprint.h"

namespace segue::scheduler {
namespace {

constexpr size_t kIdBytesMax = 80;
constexpr size_t kRequestIdBytesMax = 128;
constexpr size_t kLabelsMax = 64;
constexpr size_t kLabelKeyBytesMax = 63;
constexpr size_t kLabelValueBytesMax = 255;

// What makes two submits the same request.
uint64_t FingerprintOf(const SubmitRequest& request) {
  Fingerprint fingerprint;
  // An alias of two versions leads here and there: a repeat asks for the alias again.
  const bool by_alias = !request.names.alias.empty();
  if (by_alias) fingerprint.Add(request.names.alias);
  fingerprint.Add(request.workflow).Add(by_alias ? 0 : request.version);
  fingerprint.Add(request.inline_definition);
  fingerprint.Add(request.input).Add(request.request_id).Add(request.execution_id);
  fingerprint.Add(request.priority.value_or(-1));
  fingerprint.Add(request.deadline ? absl::ToUnixMicros(*request.deadline) : -1);
  for (const auto& [key, value] : request.labels) fingerprint.Add(key).Add(value);
  fingerprint.Add(static_cast<int64_t>(request.type));
  return fingerprint.value();
}

// An id that only this request_id gives: 128 bits of its hash.
std::string IdFrom(std::string_view request_id) {
  const uint64_t first = Fingerprint().Add(request_id).value();
  const uint64_t second =
      Fingerprint().Add(static_cast<int64_t>(first)).Add(request_id).Add(request_id).value();
  return absl::StrFormat("r-%016x%016x", first, second);
}

absl::Status CheckLabels(const std::map<std::string, std::string>& labels) {
  if (labels.size() > kLabelsMax) {
    return BadField("labels", "TOO_MANY_LABELS",
                    absl::StrCat(labels.size(), " labels; at most ", kLabelsMax, " are kept"));
  }
  const auto allowed = [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '.' || c == '/' ||
           c == '-';
  };
  const auto edge = [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c);
  };
  for (const auto& [key, value] : labels) {
    const bool fits = !key.empty() && key.size() <= kLabelKeyBytesMax;
    if (!fits || !edge(key.front()) || !edge(key.back()) || !std::ranges::all_of(key, allowed)) {
      return BadField(absl::StrCat("labels[", key, "]"), "BAD_LABEL",
                      "a label's key has 1 to 63 characters of a-z 0-9 _ . / - and begins and ends "
                      "with a letter or digit");
    }
    if (value.size() > kLabelValueBytesMax) {
      return BadField(absl::StrCat("labels[", key, "]"), "BAD_LABEL",
                      "a label's value has at most 255 bytes");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRequest(const SubmitRequest& request, const Options& options, absl::Time now) {
  if (request.workflow.empty() == request.inline_definition.empty()) {
    return BadField("workflow", "BAD_TARGET",
                    "name a workflow or give an inline definition: one of the two");
  }
  if (!request.inline_definition.empty() && request.version != 0) {
    return BadField("version", "BAD_TARGET", "an inline definition has no version");
  }
  if (request.version < 0) return BadField("version", "BAD_VERSION", "versions count from 1");
  if (!request.execution_id.empty() && !IsExecutionId(request.execution_id)) {
    return BadField("execution_id", "BAD_ID",
                    "an execution id has 1 to 80 characters of A-Z a-z 0-9 _ -");
  }
  if (absl::Status status = CheckRequestId(request.request_id); !status.ok()) return status;
  if (request.priority && (*request.priority < 0 || *request.priority > 9)) {
    return BadField("priority", "OUT_OF_RANGE", "a priority is 0 (last) to 9 (first)");
  }
  if (request.deadline && *request.deadline <= now) {
    return BadField("deadline", "DEADLINE_PASSED",
                    absl::StrCat("the execution would have to end at ",
                                 absl::FormatTime(*request.deadline, absl::UTCTimeZone()),
                                 ", which has passed"));
  }
  if (std::ssize(request.input) > options.max_input_bytes) {
    return BadField("input", "TOO_LARGE",
                    absl::StrCat("the input has ", request.input.size(), " bytes; the limit is ",
                                 options.max_input_bytes, " (limits.max_input_bytes)"));
  }
  return CheckLabels(request.labels);
}

}  // namespace

absl::Status CheckRequestId(std::string_view request_id) {
  const bool printable =
      std::ranges::all_of(request_id, [](unsigned char c) { return absl::ascii_isprint(c); });
  if (request_id.size() <= kRequestIdBytesMax && printable) return absl::OkStatus();
  return BadField("request_id", "BAD_ID",
                  "a request id has at most 128 printable ASCII characters; best a UUID");
}

std::optional<Identity> IdentityOf(const SubmitRequest& request) {
  if (request.execution_id.empty() && request.request_id.empty()) return std::nullopt;
  return Identity{.id = ExecutionId(request.execution_id.empty() ? IdFrom(request.request_id)
                                                                 : request.execution_id),
                  .fingerprint = FingerprintOf(request)};
}

bool IsExecutionId(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::ranges::all_of(id, [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-';
  });
}

absl::StatusOr<Admission> PrepareAdmission(SubmitRequest request, const Catalog& catalog,
                                           const Options& options, absl::Time now, Random& random) {
  if (absl::Status status = CheckRequest(request, options, now); !status.ok()) return status;
  absl::StatusOr<Json> input = Json::Parse(request.input, engine::kPayloadDepthMax);
  if (!input.ok()) {
    return BadField("input", "NOT_JSON",
                    absl::StrCat("the input is not JSON: ", std::string(input.status().message())));
  }
  // Stored times have microseconds.
  now = absl::FromUnixMicros(absl::ToUnixMicros(now));
  Admission admission;
  engine::Execution& execution = admission.execution;
  const std::optional<Identity> identity = IdentityOf(request);
  if (request.workflow.empty()) {
    absl::StatusOr<language::WorkflowPtr> compiled =
        catalog.Compile(request.inline_definition, request.inline_format);
    if (!compiled.ok()) return compiled.status();
    admission.workflow = *std::move(compiled);
    admission.definition = {.text = std::move(request.inline_definition),
                            .format = request.inline_format};
  } else {
    absl::StatusOr<WorkflowVersionPtr> version = catalog.Get(request.workflow, request.version);
    if (!version.ok()) return version.status();
    admission.workflow = (*version)->workflow;
    execution.workflow = (*version)->name;
    execution.version = (*version)->version;
  }
  if (identity) {
    admission.id = Admission::Id::kChosen;
    execution.id = identity->id;
    execution.request_fingerprint = identity->fingerprint;
  }
  admission.trace = std::move(request.trace);
  execution.limits = options.limits;
  execution.type = request.type;
  execution.start_state = std::move(request.start_state);
  execution.map_run = std::move(request.map_run);
  execution.depth = request.depth;
  execution.input_text = std::move(request.input);
  execution.input = *std::move(input);
  execution.start_time = now;
  execution.deadline = request.deadline;
  for (const std::optional<absl::Duration>& limit :
       {admission.workflow->timeout, request.time_limit}) {
    if (!limit) continue;
    execution.deadline =
        std::min(now + *limit, execution.deadline.value_or(absl::InfiniteFuture()));
  }
  execution.priority = request.priority.value_or(5);
  execution.labels = std::move(request.labels);
  execution.names = std::move(request.names);
  execution.trace_parent = std::move(request.trace_parent);
  if (execution.trace_parent.empty()) {
    execution.trace_parent =
        absl::StrFormat("00-%016x%016x-%016x-01", random.Next(), random.Next(), random.Next());
  }
  execution.request_id = std::move(request.request_id);
  execution.seed = random.Next();
  return admission;
}

}  // namespace segue::scheduler
