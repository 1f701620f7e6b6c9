#include <utility>

#include "server/language/definition/state.h"

// States Language, "Wait State".

namespace segue::language {

void CompileWait(StateContext* context) {
  Fields& fields = context->fields;
  const bool json_path = context->language.language() == QueryLanguage::kJsonPath;
  WaitState wait;
  if (json_path) {
    fields.AtMostOneOf({"Seconds", "SecondsPath", "Timestamp", "TimestampPath"});
  } else {
    fields.AtMostOneOf({"Seconds", "Timestamp"});
  }
  wait.seconds =
      context->language.CompileInteger(&fields, "Seconds", {.min = 0, .max = kSecondsMax});
  wait.timestamp = context->language.CompileText(&fields, "Timestamp", TextKind::kTimestamp);
  const bool any = fields.Has("Seconds") || fields.Has("Timestamp") || fields.Has("SecondsPath") ||
                   fields.Has("TimestampPath");
  if (!any) {
    context->faults().Schema(fields.object(),
                             json_path ? "There should be one of the following fields: [Seconds, "
                                         "SecondsPath, Timestamp, TimestampPath]"
                                       : "There should be one of the following fields: [Seconds, "
                                         "Timestamp]");
  }
  context->state.detail = std::move(wait);
}

}  // namespace segue::language
