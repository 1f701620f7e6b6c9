#include <utility>

#include "server/language/definition/state.h"
#include "server/language/text.h"

// States Language, "Errors": Retry and Catch.

namespace segue::language {
namespace {

constexpr int64_t kMaxDelaySecondsMax = 31'622'400;  // 366 days; AWS's limit

// ErrorEquals of a retrier or catcher.
std::vector<std::string> CompileErrorEquals(Fields* fields) {
  fields->Require({"ErrorEquals"});
  const Node* names = fields->NonEmptyArray("ErrorEquals");
  if (names == nullptr) return {};
  return CheckStrings(*names, &fields->faults());
}

// States.ALL catches everything: it must be the only name in its list, and its rule the last one.
void CheckAll(const Node& rules, Faults* faults) {
  for (const Node* rule : rules.children()) {
    const Node* names = rule->Find("ErrorEquals");
    if (names == nullptr) continue;
    for (const Node* name : names->children()) {
      if (!name->is_string() || name->string() != "States.ALL") continue;
      if (names->children().size() > 1) {
        faults->Schema(*name, "States.ALL must appear alone in ErrorEquals");
      }
      if (rule != rules.children().back()) {
        faults->Schema(*name, Concat("States.ALL must be in the last element of ", rules.name()));
      }
    }
  }
}

Retrier CompileRetrier(const Node& node, StateContext* context) {
  Fields fields(node, &context->faults());
  Retrier retrier;
  if (!node.is_object()) return retrier;
  retrier.error_equals = CompileErrorEquals(&fields);
  if (const auto seconds = fields.Integer("IntervalSeconds", {.min = 1, .max = kSecondsMax})) {
    retrier.interval = absl::Seconds(*seconds);
  }
  if (const auto attempts = fields.Integer("MaxAttempts", {.min = 0, .max = kSecondsMax})) {
    retrier.max_attempts = static_cast<int>(*attempts);
  }
  if (const auto seconds =
          fields.Integer("MaxDelaySeconds", {.min = 1, .max = kMaxDelaySecondsMax})) {
    retrier.max_delay = absl::Seconds(*seconds);
  }
  if (const Node* rate = fields.Take("BackoffRate")) {
    const double unlimited = std::numeric_limits<double>::max();
    if (const auto number = CheckNumber(*rate, 1.0, unlimited, &context->faults())) {
      retrier.backoff_rate = *number;
    }
  }
  if (fields.Enum("JitterStrategy", {"FULL", "NONE"}) == "FULL") {
    retrier.jitter = Retrier::Jitter::kFull;
  }
  fields.Finish(context->language.language());
  return retrier;
}

Catcher CompileCatcher(const Node& node, StateContext* context) {
  Fields fields(node, &context->faults());
  Catcher catcher;
  if (!node.is_object()) {
    context->block.NoteGap();
    return catcher;
  }
  catcher.error_equals = CompileErrorEquals(&fields);
  if (!fields.Require({"Next"})) context->block.NoteGap();
  if (const Node* next = fields.String("Next")) {
    catcher.next = context->block.Target(*next, context->index);
  }
  context->language.CompileCatcherResult(&fields, &catcher);
  catcher.assign = context->language.CompileAssign(&fields);
  fields.Finish(context->language.language());
  return catcher;
}

}  // namespace

void CompileRetry(StateContext* context) {
  const Node* retry = context->fields.Array("Retry");
  if (retry == nullptr) return;
  for (const Node* node : retry->children()) {
    context->state.retry.push_back(CompileRetrier(*node, context));
  }
  CheckAll(*retry, &context->faults());
}

void CompileCatch(StateContext* context) {
  const Node* catchers = context->fields.Array("Catch");
  if (catchers == nullptr) return;
  for (const Node* node : catchers->children()) {
    context->state.catchers.push_back(CompileCatcher(*node, context));
  }
  CheckAll(*catchers, &context->faults());
}

}  // namespace segue::language
