#include <memory>
#include <string>
#include <vector>

#include "clients/cli/commands/commands.h"

namespace segue::cli {
namespace {

struct CancelOptions {
  std::vector<std::string> execution_ids;
  std::string reason;
};

ExitCode Cancel(Session& session, const CancelOptions& options) {
  return ChangeExecutions(
      session, options.execution_ids,
      [&options](client::Client& client, const std::string& id) -> absl::StatusOr<v1::Execution> {
        v1::CancelExecutionRequest request;
        request.set_execution_id(id);
        request.set_reason(options.reason);
        const auto response = client.CancelExecution(request);
        if (!response.ok()) return response.status();
        return response->execution();
      });
}

}  // namespace

void AddCancel(Commands& commands) {
  auto options = std::make_shared<CancelOptions>();
  CLI::App* command = commands.root.add_subcommand("cancel", "Cancel executions");
  command->add_option("executions", options->execution_ids, "Their ids")->required();
  command->add_option("--reason", options->reason, "Why, for people");
  commands.Handle(command, [options](Session& session) { return Cancel(session, *options); });
}

}  // namespace segue::cli
