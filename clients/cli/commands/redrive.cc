#include <memory>
#include <string>
#include <vector>

#include "clients/cli/commands/commands.h"

namespace segue::cli {
namespace {

struct RedriveOptions {
  std::vector<std::string> execution_ids;
  std::string request_id;
};

ExitCode Redrive(Session& session, const RedriveOptions& options) {
  return ChangeExecutions(
      session, options.execution_ids,
      [&options](client::Client& client, const std::string& id) -> absl::StatusOr<v1::Execution> {
        v1::RedriveExecutionRequest request;
        request.set_execution_id(id);
        request.set_request_id(options.request_id);
        const auto response = client.RedriveExecution(request);
        if (!response.ok()) return response.status();
        return response->execution();
      });
}

}  // namespace

void AddRedrive(Commands& commands) {
  auto options = std::make_shared<RedriveOptions>();
  CLI::App* command = commands.root.add_subcommand(
      "redrive", "Let executions that failed, timed out or were cancelled go on");
  command->add_option("executions", options->execution_ids, "Their ids")->required();
  command->add_option("--request-id", options->request_id,
                      "Makes it safe to repeat: the same id redrives once within 15 minutes");
  commands.Handle(command, [options](Session& session) { return Redrive(session, *options); });
}

}  // namespace segue::cli
