#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"

namespace segue::cli {
namespace {

struct RedriveOptions {
  std::vector<std::string> execution_ids;
  std::string request_id;
};

ExitCode Redrive(Session& session, const RedriveOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  ExitCode code = ExitCode::kSucceeded;
  std::vector<v1::Execution> executions;
  boost::json::array documents;
  for (const std::string& id : options.execution_ids) {
    v1::RedriveExecutionRequest request;
    request.set_execution_id(id);
    request.set_request_id(options.request_id);
    const auto response = (*client)->RedriveExecution(request);
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
