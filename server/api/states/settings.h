#pragma once

#include <string>

#include "server/api/states/api_error.h"
#include "server/base/json.h"
#include "server/scheduler/catalog/catalog.h"

// Logging, tracing and encryption of a state machine: checked, kept and shown; what they would do
// on AWS is done here by the log, the metrics and the disk.

namespace segue::api::states {

// `before` with what `input` (of CreateStateMachine or UpdateStateMachine) says.
ApiResult<scheduler::StateMachineSettings> SettingsFrom(const Json& input,
                                                        scheduler::StateMachineSettings before);

// What a description shows; the defaults where nothing was given.
Json LoggingOf(const scheduler::StateMachineSettings& settings);
Json TracingOf(const scheduler::StateMachineSettings& settings);
Json EncryptionOf(const std::string& kept);

// The same settings, once defaults are filled in; who owns the role does not count.
bool SameSettings(const scheduler::StateMachineSettings& a,
                  const scheduler::StateMachineSettings& b);

std::string_view TypeName(language::WorkflowType type);

}  // namespace segue::api::states
