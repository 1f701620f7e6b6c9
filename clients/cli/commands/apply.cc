#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/text/arguments.h"
#include "clients/cpp/text/table.h"

namespace segue::cli {
namespace {

struct ApplyOptions {
  std::vector<std::string> files;
  std::string name;
  std::string description;
  std::vector<std::string> labels;
  bool validate_only = false;
};

absl::StatusOr<v1::UpdateWorkflowRequest> Request(Session& session, const ApplyOptions& options,
                                                  const std::string& file) {
  auto text = session.ReadFile(file);
  if (!text.ok()) return text.status();
  auto labels = ParseLabels(options.labels);
  if (!labels.ok()) return labels.status();
  if (file == "-" && options.name.empty()) {
    return absl::InvalidArgumentError("a definition from stdin needs a name: --name NAME");
  }
  v1::UpdateWorkflowRequest request;
  v1::Workflow& workflow = *request.mutable_workflow();
  workflow.set_name(options.name.empty() ? WorkflowNameOf(file) : options.name);
  workflow.set_definition(*std::move(text));
  workflow.set_definition_format(FormatOf(file));
  workflow.set_description(options.description);
  workflow.mutable_labels()->insert(labels->begin(), labels->end());
  request.set_allow_missing(true);
  request.set_validate_only(options.validate_only);
  return request;
}

std::string ResultText(const v1::UpdateWorkflowResponse& result, const ApplyOptions& options,
                       text::ColorMode mode) {
  const std::string outcome = !result.changed() ? "unchanged"
                              : options.validate_only
                                  ? "would change"
                                  : (result.workflow().version() == 1 ? "created" : "updated");
  return absl::StrCat(
      result.workflow().name(), " version ", result.workflow().version(), " ",
      text::Paint(outcome, result.changed() ? text::Color::kGreen : text::Color::kDim, mode), "\n");
}

// Goes on after a file that is refused, so that all faults are seen at once; its code wins.
ExitCode Apply(Session& session, const ApplyOptions& options) {
  if (!options.name.empty() && options.files.size() > 1) {
    return session.Misuse(absl::InvalidArgumentError("--name goes with one file only"));
  }
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  ExitCode code = ExitCode::kSucceeded;
  boost::json::array results;
  std::string text;
  for (const std::string& file : options.files) {
    auto request = Request(session, options, file);
    if (!request.ok()) {
      code = session.Misuse(request.status());
      continue;
    }
    auto response = (*client)->UpdateWorkflow(*request);
    if (!response.ok()) {
      code = session.Fail(response.status(), file);
      if (code == ExitCode::kUnavailable) break;
      continue;
    }
    text += ResultText(*response, options, session.text().mode);
    response->mutable_workflow()->clear_definition();
    boost::json::object result = text::ToJson(*response).as_object();
    result["changed"] = response->changed();
    results.push_back(std::move(result));
  }
  session.Print([&] { return text; }, [&] { return boost::json::object{{"results", results}}; });
  return code;
}

}  // namespace

void AddApply(Commands& commands) {
  auto options = std::make_shared<ApplyOptions>();
  CLI::App* command =
      commands.root.add_subcommand("apply", "Create or update workflows from files");
  command->add_option("-f,--file,files", options->files, "Definitions, JSON or YAML; '-': stdin")
      ->required()
      ->type_name("FILE");
  command->add_option("--name", options->name,
                      "The workflow's name (default: the file's, without .asl.json, .yaml, ...)");
  command->add_option("--description", options->description, "What this version is for");
  command->add_option("-l,--label", options->labels, "A label key=value; repeat for more")
      ->allow_extra_args(false);
  command->add_flag("--validate-only", options->validate_only, "Check all, store nothing");
  commands.Handle(command, [options](Session& session) { return Apply(session, *options); });
}

}  // namespace segue::cli
