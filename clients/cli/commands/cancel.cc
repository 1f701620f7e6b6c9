#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"

namespace segue::cli {
namespace {

struct CancelOptions {
  std::vector<std::string> execution_ids;
  std::string reason;
};

ExitCode Cancel(Session& session, const CancelOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  ExitCode code = ExitCode::kSucceeded;
  std::vector<v1::Execution> executions;
  boost::json::array documents;
  for (const std::string& id : options.execution_ids) {
    v1::CancelExecutionRequest request;
    request.set_execution_id(id);
    request.set_reason(options.reason);
    const auto response = (*client)->CancelExecution(request);
    if (!response.ok()) {
      code = session.Fail(response.status());
      if (code == ExitCode::kUnavailable) break;
      continue;
    }
    executions.push_back(response->execution());
    documents.push_back(text::ToJson(response->execution()));
  }
  if (executions.empty()) return code;
  session.Print([&] { return ExecutionsTable(executions, session.text()); },
                [&] { return boost::json::object{{"executions", documents}}; });
  return code;
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
