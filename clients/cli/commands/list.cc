#include <memory>
#include <vector>

#include "clients/cli/commands/commands.h"
#include "clients/cli/text/arguments.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

struct ListOptions {
  std::string workflow;
  std::vector<std::string> statuses;
  std::vector<std::string> labels;
  std::string since;
  std::string before;
  Paging paging;
};

absl::StatusOr<v1::ListExecutionsRequest> Request(const ListOptions& options, absl::Time now) {
  v1::ListExecutionsRequest request;
  v1::ExecutionFilter& filter = *request.mutable_filter();
  filter.set_workflow(options.workflow);
  for (const std::string& text : options.statuses) {
    const auto status = ParseExecutionStatus(text);
    if (!status.ok()) return status.status();
    filter.add_statuses(*status);
  }
  const auto labels = ParseLabels(options.labels);
  if (!labels.ok()) return labels.status();
  filter.mutable_labels()->insert(labels->begin(), labels->end());
  if (!options.since.empty()) {
    const auto since = text::ParseTime(options.since, now, text::Direction::kPast);
    if (!since.ok()) return since.status();
    *filter.mutable_start_time_after() = text::ToProto(*since);
  }
  if (!options.before.empty()) {
    const auto before = text::ParseTime(options.before, now, text::Direction::kPast);
    if (!before.ok()) return before.status();
    *filter.mutable_start_time_before() = text::ToProto(*before);
  }
  return request;
}

ExitCode List(Session& session, const ListOptions& options) {
  const auto request = Request(options, session.environment().now());
  if (!request.ok()) return session.Misuse(request.status());
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  const auto response = FetchPages<v1::ListExecutionsResponse>(
      *request, options.paging,
      [&](const v1::ListExecutionsRequest& page) { return (*client)->ListExecutions(page); });
  if (!response.ok()) return session.Fail(response.status());
  session.Print(
      [&] {
        return ExecutionsTable({response->executions().begin(), response->executions().end()},
                               session.text());
      },
      [&] { return text::ToJsonList(*response, "executions"); });
  NoteNextPage(session, response->next_page_token());
  return ExitCode::kSucceeded;
}

}  // namespace

void AddList(Commands& commands) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* command = commands.root.add_subcommand("list", "List executions, the newest first");
  command->add_option("--workflow", options->workflow, "Only of this workflow");
  command
      ->add_option("-s,--status", options->statuses,
                   "Only with this status: running, succeeded, failed, timed_out, cancelled, "
                   "compensating; repeat or join with ','")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("-l,--label", options->labels, "Only with this label key=value; repeat")
      ->allow_extra_args(false);
  command
      ->add_option("--since", options->since,
                   "Started then or later: a time (RFC 3339), or how long ago, e.g. 1h")
      ->type_name("TIME");
  command->add_option("--before", options->before, "Started before: a time, or how long ago")
      ->type_name("TIME");
  AddPaging(*command, options->paging);
  commands.Handle(command, [options](Session& session) { return List(session, *options); });
}

}  // namespace segue::cli
