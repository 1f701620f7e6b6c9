#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/text/arguments.h"
#include "clients/cli/text/errors_text.h"

namespace segue::cli {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
};

ExitCode Validate(Session& session, const ValidateOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  ExitCode code = ExitCode::kSucceeded;
  boost::json::array results;
  std::string text;
  for (const std::string& file : options.files) {
    auto definition = session.ReadFile(file);
    if (!definition.ok()) {
      code = session.Misuse(definition.status());
      continue;
    }
    v1::ValidateWorkflowRequest request;
    request.set_definition(*std::move(definition));
    request.set_definition_format(FormatOf(file));
    const auto response = (*client)->ValidateWorkflow(request);
    if (!response.ok()) return session.Fail(response.status(), file);
    boost::json::object result = text::ToJsonList(*response, "faults").as_object();
    result["file"] = file;
    results.push_back(std::move(result));
    if (response->faults().empty()) {
      absl::StrAppend(&text, file, ": ",
                      text::Paint("valid", text::Color::kGreen, session.text().mode), "\n");
      continue;
    }
    code = ExitCode::kRefused;
    for (const v1::Fault& fault : response->faults()) {
      session.Note(FaultText(fault, file == "-" ? "<stdin>" : file, session.err_color()));
    }
  }
  session.Print([&] { return text; }, [&] { return boost::json::object{{"results", results}}; });
  return code;
}

}  // namespace

void AddValidate(Commands& commands) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = commands.root.add_subcommand(
      "validate", "Check definitions; report every fault as FILE:LINE:COLUMN: message");
  command->add_option("-f,--file,files", options->files, "Definitions, JSON or YAML; '-': stdin")
      ->required()
      ->type_name("FILE");
  commands.Handle(command, [options](Session& session) { return Validate(session, *options); });
}

}  // namespace segue::cli
