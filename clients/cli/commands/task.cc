#include <memory>
#include <string>

#include "clients/cli/commands/commands.h"

namespace segue::cli {
namespace {

struct TaskOptions {
  std::string token;
  std::string output = "{}";
  std::string error;
  std::string cause;
};

// What was done, for people; an empty object for programs.
ExitCode Done(Session& session, const char* what) {
  session.Print([&] { return std::string(what) + "\n"; }, [] { return boost::json::object(); });
  return ExitCode::kSucceeded;
}

ExitCode Complete(Session& session, const TaskOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Fail(client.status());
  v1::CompleteTaskRequest request;
  request.set_task_token(options.token);
  request.set_output(options.output);
  const auto response = (*client)->CompleteTask(request);
  return response.ok() ? Done(session, "completed") : session.Fail(response.status());
}

ExitCode FailIt(Session& session, const TaskOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Fail(client.status());
  v1::FailTaskRequest request;
  request.set_task_token(options.token);
  request.mutable_error()->set_error(options.error);
  request.mutable_error()->set_cause(options.cause);
  const auto response = (*client)->FailTask(request);
  return response.ok() ? Done(session, "failed") : session.Fail(response.status());
}

ExitCode Heartbeat(Session& session, const TaskOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Fail(client.status());
  v1::HeartbeatTaskRequest request;
  request.set_task_token(options.token);
  const auto response = (*client)->HeartbeatTask(request);
  return response.ok() ? Done(session, "heard") : session.Fail(response.status());
}

}  // namespace

void AddTask(Commands& commands) {
  auto options = std::make_shared<TaskOptions>();
  CLI::App* task = commands.root.add_subcommand("task", "Tasks that wait for their token");
  task->require_subcommand(1);
  CLI::App* complete = task->add_subcommand("complete", "Give a task its result");
  complete->add_option("token", options->token, "Its task token")->required();
  complete->add_option("--output", options->output, "The result, JSON text [{}]");
  commands.Handle(complete, [options](Session& session) { return Complete(session, *options); });
  CLI::App* fail = task->add_subcommand("fail", "Fail a task");
  fail->add_option("token", options->token, "Its task token")->required();
  fail->add_option("--error", options->error, "What Retry and Catch match")->required();
  fail->add_option("--cause", options->cause, "Details, for people");
  commands.Handle(fail, [options](Session& session) { return FailIt(session, *options); });
  CLI::App* heartbeat = task->add_subcommand("heartbeat", "Say that a task is being worked on");
  heartbeat->add_option("token", options->token, "Its task token")->required();
  commands.Handle(heartbeat, [options](Session& session) { return Heartbeat(session, *options); });
}

}  // namespace segue::cli
