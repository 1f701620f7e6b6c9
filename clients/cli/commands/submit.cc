#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/text/arguments.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

struct SubmitOptions {
  std::string workflow;
  std::string file;
  std::string input;
  std::string input_file;
  std::string input_lines;
  std::string execution_id;
  std::string request_id;
  int priority = -1;
  std::string deadline;
  std::vector<std::string> labels;
  bool express = false;
  bool validate_only = false;
  bool wait = false;
  bool watch = false;
  std::string timeout;
};

absl::Status FillTarget(Session& session, const SubmitOptions& options,
                        v1::SubmitWorkflowRequest& request) {
  if (options.workflow.empty() == options.file.empty()) {
    return absl::InvalidArgumentError("give either a WORKFLOW or a definition with -f FILE");
  }
  if (options.file.empty()) {
    const auto ref = ParseWorkflowRef(options.workflow);
    if (!ref.ok()) return ref.status();
    request.set_workflow(ref->name);
    request.set_version(ref->version);
    return absl::OkStatus();
  }
  auto definition = session.ReadFile(options.file);
  if (!definition.ok()) return definition.status();
  request.mutable_inline_definition()->set_definition(*std::move(definition));
  request.mutable_inline_definition()->set_definition_format(FormatOf(options.file));
  return absl::OkStatus();
}

absl::StatusOr<v1::SubmitWorkflowRequest> Request(Session& session, const SubmitOptions& options) {
  v1::SubmitWorkflowRequest request;
  if (const absl::Status status = FillTarget(session, options, request); !status.ok()) {
    return status;
  }
  request.set_input(options.input);
  if (!options.input_file.empty()) {
    auto input = session.ReadFile(options.input_file);
    if (!input.ok()) return input.status();
    request.set_input(*std::move(input));
  }
  const auto labels = ParseLabels(options.labels);
  if (!labels.ok()) return labels.status();
  request.mutable_labels()->insert(labels->begin(), labels->end());
  if (!options.deadline.empty()) {
    const auto deadline =
        text::ParseTime(options.deadline, session.environment().now(), text::Direction::kFuture);
    if (!deadline.ok()) return deadline.status();
    *request.mutable_deadline() = text::ToProto(*deadline);
  }
  if (options.priority >= 0) request.set_priority(options.priority);
  if (options.express) request.set_type(v1::EXECUTION_TYPE_EXPRESS);
  request.set_execution_id(options.execution_id);
  request.set_request_id(options.request_id);
  request.set_validate_only(options.validate_only);
  return request;
}

void PrintStarted(Session& session, const v1::SubmitWorkflowResponse& response) {
  const v1::Execution& execution = response.execution();
  session.Print(
      [&] {
        return absl::StrCat(
            text::Paint(execution.execution_id(), text::Color::kBold, session.text().mode), "  ",
            WorkflowLabel(execution), "  ", text::EnumName(execution.status()), "\n");
      },
      [&] { return text::ToJson(execution); });
}

ExitCode SubmitOne(Session& session, const SubmitOptions& options,
                   const v1::SubmitWorkflowRequest& request) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  const auto response = (*client)->SubmitWorkflow(request);
  if (!response.ok()) return session.Fail(response.status(), options.file);
  const std::string& id = response->execution().execution_id();
  if (options.validate_only) {
    session.Note("Valid; nothing was started.");
    PrintStarted(session, *response);
    return ExitCode::kSucceeded;
  }
  if (response->duplicate()) {
    session.Note(absl::StrCat("This request had started ", id, " before."));
  }
  if (options.watch) {
    client::WatchOptions watch;
    watch.execution_id = id;
    return WatchToEnd(session, watch);
  }
  if (options.wait) return WaitToEnd(session, id, options.timeout);
  PrintStarted(session, *response);
  return ExitCode::kSucceeded;
}

ExitCode Submit(Session& session, const SubmitOptions& options) {
  auto request = Request(session, options);
  if (!request.ok()) return session.Misuse(request.status());
  // Said before anything is started.
  if (!options.timeout.empty()) {
    const auto timeout = text::ParseDuration(options.timeout);
    if (!timeout.ok()) return session.Misuse(timeout.status());
  }
  if (!options.input_lines.empty()) {
    SubmitLinesOptions lines;
    lines.base = *std::move(request);
    lines.path = options.input_lines;
    lines.request_id_prefix =
        options.request_id.empty() ? session.environment().uuid() : options.request_id;
    lines.wait = options.wait;
    return SubmitLines(session, lines);
  }
  // With an id of its own, the submit can be repeated when the server is lost before it answers.
  if (request->request_id().empty() && request->execution_id().empty()) {
    request->set_request_id(session.environment().uuid());
  }
  return SubmitOne(session, options, *request);
}

void AddInputOptions(CLI::App& command, SubmitOptions& options) {
  auto* input = command.add_option("-i,--input", options.input, "The input, JSON (default {})");
  auto* file =
      command
          .add_option("--input-file", options.input_file, "The input, JSON from a file; '-': stdin")
          ->type_name("FILE")
          ->excludes(input);
  command
      .add_option("--input-lines", options.input_lines,
                  "One execution for each line, JSON, of a file; '-': stdin")
      ->type_name("FILE")
      ->excludes(input)
      ->excludes(file);
}

}  // namespace

void AddSubmit(Commands& commands) {
  auto options = std::make_shared<SubmitOptions>();
  CLI::App* command = commands.root.add_subcommand("submit", "Start an execution");
  auto* workflow = command->add_option("workflow", options->workflow,
                                       "The workflow: NAME, or NAME@VERSION instead of the newest");
  command
      ->add_option("-f,--file", options->file, "A definition to run without storing it; '-': stdin")
      ->type_name("FILE")
      ->excludes(workflow);
  AddInputOptions(*command, *options);
  auto* lines = command->get_option("--input-lines");
  auto* wait = command->add_flag("-w,--wait", options->wait, "Wait for the end; exit by outcome");
  command->add_flag("--watch", options->watch, "Show events until the end; exit by outcome")
      ->excludes(wait)
      ->excludes(lines);
  command
      ->add_option("--timeout", options->timeout,
                   "Wait at most so long, e.g. 30s; then exit 7, and the execution goes on")
      ->type_name("DURATION")
      ->needs(wait)
      ->excludes(lines);
  command->add_option("--id", options->execution_id, "The execution's id (default: the server's)")
      ->excludes(lines);
  command->add_option("--request-id", options->request_id,
                      "Makes the submit safe to repeat (default: a new UUID); with --input-lines "
                      "a prefix, to which the line's number is added");
  command->add_option("--priority", options->priority, "0 (last) to 9 (first) in services' queues")
      ->check(CLI::Range(0, 9));
  command
      ->add_option("--deadline", options->deadline,
                   "When it must have ended: a time (RFC 3339), or a duration from now")
      ->type_name("TIME");
  command->add_option("-l,--label", options->labels, "A label key=value; repeat for more")
      ->allow_extra_args(false);
  command->add_flag("--express", options->express, "In memory, without history or durability");
  command->add_flag("--validate-only", options->validate_only, "Check all, start nothing")
      ->excludes(lines);
  commands.Handle(command, [options](Session& session) { return Submit(session, *options); });
}

}  // namespace segue::cli
