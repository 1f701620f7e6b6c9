#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

struct WaitCommandOptions {
  std::string execution_id;
  std::string timeout;
};

ExitCode Get(Session& session, const std::string& execution_id) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  v1::GetExecutionRequest request;
  request.set_execution_id(execution_id);
  const auto response = (*client)->GetExecution(request);
  if (!response.ok()) return session.Fail(response.status());
  session.PrintExecution(response->execution());
  return ExitCode::kSucceeded;
}

ExitCode Wait(Session& session, client::Client& client, const client::WaitOptions& options) {
  const auto response = client.WaitUntilClosed(options);
  if (response.status().code() == absl::StatusCode::kCancelled) return ExitCode::kInterrupted;
  if (!response.ok()) return session.Fail(response.status());
  session.PrintExecution(response->execution());
  if (response->done()) return ExitCodeOf(response->execution().status());
  session.Note(absl::StrCat("The wait timed out; the execution goes on: segue watch ",
                            options.execution_id));
  return ExitCode::kWaitTimedOut;
}

}  // namespace

ExitCode WaitToEnd(Session& session, const std::string& execution_id, const std::string& timeout) {
  client::WaitOptions options;
  options.execution_id = execution_id;
  if (!timeout.empty()) {
    const auto duration = text::ParseDuration(timeout);
    if (!duration.ok()) return session.Misuse(duration.status());
    options.until = absl::Now() + *duration;
  }
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  return Interruptible(session, **client,
                       absl::StrCat("The execution goes on: segue watch ", execution_id),
                       [&] { return Wait(session, **client, options); });
}

void AddGet(Commands& commands) {
  auto execution_id = std::make_shared<std::string>();
  CLI::App* command = commands.root.add_subcommand(
      "get", "Show an execution: status, input, output, what it does and what it waits for");
  command->add_option("execution", *execution_id, "The execution's id")->required();
  commands.Handle(command,
                  [execution_id](Session& session) { return Get(session, *execution_id); });
}

void AddWait(Commands& commands) {
  auto options = std::make_shared<WaitCommandOptions>();
  CLI::App* command = commands.root.add_subcommand(
      "wait", "Wait for an execution's end and show it; exit by outcome");
  command->add_option("execution", options->execution_id, "The execution's id")->required();
  command->add_option("--timeout", options->timeout, "At most so long, e.g. 30s; then exit 7")
      ->type_name("DURATION");
  commands.Handle(command, [options](Session& session) {
    return WaitToEnd(session, options->execution_id, options->timeout);
  });
}

}  // namespace segue::cli
