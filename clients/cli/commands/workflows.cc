#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/text/arguments.h"
#include "clients/cpp/text/table.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

struct ListWorkflowsOptions {
  std::string prefix;
  std::vector<std::string> labels;
  Paging paging;
};

ExitCode List(Session& session, const ListWorkflowsOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  const auto labels = ParseLabels(options.labels);
  if (!labels.ok()) return session.Misuse(labels.status());
  v1::ListWorkflowsRequest request;
  request.set_name_prefix(options.prefix);
  request.mutable_labels()->insert(labels->begin(), labels->end());
  const auto response = FetchPages<v1::ListWorkflowsResponse>(
      request, options.paging,
      [&](const v1::ListWorkflowsRequest& page) { return (*client)->ListWorkflows(page); });
  if (!response.ok()) return session.Fail(response.status());
  session.Print(
      [&] {
        const TextOptions text = session.text();
        text::Table table(
            {{"NAME"}, {"VERSION", text::Align::kRight}, {"UPDATED"}, {"LABELS"}, {"DESCRIPTION"}});
        for (const auto& workflow : response->workflows()) {
          table.Add({workflow.name(), std::to_string(workflow.version()),
                     text::ShortTime(workflow.update_time(), text.zone),
                     LabelsText(workflow.labels()), text::OneLine(workflow.description())});
        }
        return table.Render(text.width, text.mode);
      },
      [&] { return text::ToJsonList(*response, "workflows"); });
  NoteNextPage(session, response->next_page_token());
  return ExitCode::kSucceeded;
}

struct GetWorkflowOptions {
  std::string workflow;
  bool definition = false;
};

std::string WorkflowText(const v1::Workflow& workflow, const TextOptions& text) {
  text::Fields fields;
  fields.Add("Workflow", workflow.name());
  fields.Add("Version", std::to_string(workflow.version()));
  fields.Add("Description", text::OneLine(workflow.description()));
  fields.Add("Labels", LabelsText(workflow.labels()));
  fields.Add("Created", text::ShortTime(workflow.create_time(), text.zone));
  fields.Add("Updated", text::ShortTime(workflow.update_time(), text.zone));
  fields.Add("Etag", workflow.etag());
  fields.Add("Format", text::EnumName(workflow.definition_format()));
  std::string result = fields.Render(text.mode) + "\n" + workflow.definition();
  if (!result.ends_with('\n')) result += '\n';
  return result;
}

ExitCode Get(Session& session, const GetWorkflowOptions& options) {
  const auto ref = ParseWorkflowRef(options.workflow);
  if (!ref.ok()) return session.Misuse(ref.status());
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  v1::GetWorkflowRequest request;
  request.set_name(ref->name);
  request.set_version(ref->version);
  const auto response = (*client)->GetWorkflow(request);
  if (!response.ok()) return session.Fail(response.status());
  if (options.definition) {
    session.out() << response->workflow().definition();
    return ExitCode::kSucceeded;
  }
  session.Print([&] { return WorkflowText(response->workflow(), session.text()); },
                [&] { return text::ToJson(response->workflow()); });
  return ExitCode::kSucceeded;
}

struct DeleteOptions {
  std::string name;
  std::string etag;
};

ExitCode Delete(Session& session, const DeleteOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  v1::DeleteWorkflowRequest request;
  request.set_name(options.name);
  request.set_etag(options.etag);
  const auto response = (*client)->DeleteWorkflow(request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print([&] { return absl::StrCat(options.name, " deleted\n"); },
                [&] { return text::ToJson(*response); });
  return ExitCode::kSucceeded;
}

void AddListOptions(Commands& commands, CLI::App& command,
                    const std::shared_ptr<ListWorkflowsOptions>& options) {
  command.add_option("--prefix", options->prefix, "Only names that begin so");
  command.add_option("-l,--label", options->labels, "Only with this label key=value; repeat")
      ->allow_extra_args(false);
  AddPaging(command, options->paging);
  commands.Handle(&command, [options](Session& session) { return List(session, *options); });
}

}  // namespace

void AddWorkflows(Commands& commands) {
  auto list_options = std::make_shared<ListWorkflowsOptions>();
  CLI::App* family =
      commands.root.add_subcommand("workflows", "List, show and delete workflows (default: list)");
  family->require_subcommand(0, 1);
  AddListOptions(commands, *family, list_options);
  CLI::App* list = family->add_subcommand("list", "List workflows by name");
  AddListOptions(commands, *list, list_options);

  auto get_options = std::make_shared<GetWorkflowOptions>();
  CLI::App* get = family->add_subcommand("get", "Show a workflow with its definition");
  get->add_option("workflow", get_options->workflow, "NAME, or NAME@VERSION")->required();
  get->add_flag("--definition", get_options->definition, "Only the definition, as it was given");
  commands.Handle(get, [get_options](Session& session) { return Get(session, *get_options); });

  auto delete_options = std::make_shared<DeleteOptions>();
  CLI::App* remove =
      family->add_subcommand("delete", "Delete a workflow with all versions; its executions go on");
  remove->add_option("workflow", delete_options->name, "Its name")->required();
  remove->add_option("--etag", delete_options->etag, "Only if it is still as it was read");
  commands.Handle(remove,
                  [delete_options](Session& session) { return Delete(session, *delete_options); });
}

}  // namespace segue::cli
