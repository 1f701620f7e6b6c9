#include <utility>

#include "server/language/definition/state.h"
#include "server/language/resource.h"

// States Language, "Task State".

namespace segue::language {
namespace {

// Express executions keep no state between attempts: nothing can be waited for. The texts are
// AWS's, the blank at the end of the second included.
void CheckExpress(const Resource& resource, const Node& node, StateContext* context) {
  if (context->block.type() != WorkflowType::kExpress) return;
  const auto fault = [&](const char* message) { context->faults().Schema(node, message); };
  switch (resource.completion) {
    case Resource::Completion::kResponse:
      break;
    case Resource::Completion::kSync:
    case Resource::Completion::kSync2:
      return fault("Express state machine does not support '.sync' service integration");
    case Resource::Completion::kTaskToken:
      return fault(
          "Express state machine does not support '.waitForTaskToken' service "
          "integration ");
  }
  if (resource.kind == Resource::Kind::kActivity) {
    fault("Express state machine does not support Activity ARN");
  }
}

// {"RoleArn": ...}; kept for connectors that sign their calls.
ExpressionPtr CompileCredentials(StateContext* context) {
  const Node* node = context->fields.Object("Credentials");
  if (node == nullptr) return nullptr;
  const bool json_path = context->language.language() == QueryLanguage::kJsonPath;
  const bool computed = json_path && node->Find("RoleArn.$") != nullptr;
  if (!computed && node->Find("RoleArn") == nullptr) {
    context->faults().Schema(*node, "The field 'RoleArn' is required but was missing");
    return nullptr;
  }
  Fields fields(*node, &context->faults());
  fields.Take("RoleArn");
  if (computed) fields.Take("RoleArn.$");
  fields.Finish(context->language.language());
  return context->language.CompileTemplate(*node, &context->faults());
}

// A heartbeat that is no shorter than the timeout could never be missed.
void CheckHeartbeat(const TaskState& task, StateContext* context) {
  if (task.timeout_seconds == nullptr || task.heartbeat_seconds == nullptr) return;
  const Node* timeout = context->fields.object().Find("TimeoutSeconds");
  const Node* heartbeat = context->fields.object().Find("HeartbeatSeconds");
  if (timeout == nullptr || heartbeat == nullptr || !timeout->scalar().is_int() ||
      !heartbeat->scalar().is_int()) {
    return;
  }
  if (heartbeat->scalar().int_value() >= timeout->scalar().int_value()) {
    context->faults().Schema(*heartbeat, "HeartbeatSeconds must be smaller than TimeoutSeconds");
  }
}

}  // namespace

std::optional<Resource> CompileResource(const Node& node, StateContext* context) {
  auto resource = ParseResource(node.string());
  if (!resource.ok()) {
    context->faults().Schema(node, std::string(resource.status().message()));
    return std::nullopt;
  }
  const bool any = context->compilation().options.resources == Resources::kAnyUri;
  if (resource->kind == Resource::Kind::kOther && !any) {
    context->faults().Schema(node, UnknownResourceMessage(node.string()));
    return std::nullopt;
  }
  CheckExpress(*resource, node, context);
  return *std::move(resource);
}

void CompileTask(StateContext* context) {
  Fields& fields = context->fields;
  TaskState task;
  fields.Require({"Resource"});
  if (const Node* node = fields.String("Resource")) {
    task.resource_position = node->position();
    if (auto resource = CompileResource(*node, context)) task.resource = *std::move(resource);
  }
  const IntegerRange seconds{.min = 1, .max = kSecondsMax};
  task.timeout_seconds = context->language.CompileInteger(&fields, "TimeoutSeconds", seconds);
  task.heartbeat_seconds = context->language.CompileInteger(&fields, "HeartbeatSeconds", seconds);
  CheckHeartbeat(task, context);
  task.credentials = CompileCredentials(context);
  context->state.detail = std::move(task);
}

}  // namespace segue::language
