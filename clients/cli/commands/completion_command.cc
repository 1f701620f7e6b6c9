#include <memory>
#include <ostream>

#include "absl/strings/str_split.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/text/completion.h"

namespace segue::cli {
namespace {

OptionSpec SpecOf(const CLI::Option& option) {
  OptionSpec spec;
  for (const std::string& name : option.get_snames()) spec.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) spec.names.push_back("--" + name);
  spec.help = option.get_description();
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  if (option.get_items_expected_max() == 0) return spec;
  spec.takes = type == "FILE" ? Takes::kFile : Takes::kValue;
  // CLI11 writes the members of a set as "{table,json,yaml}".
  if (open != std::string::npos) {
    spec.takes = Takes::kChoice;
    spec.choices = absl::StrSplit(type.substr(open + 1, type.find('}') - open - 1), ',');
  }
  return spec;
}

CommandSpec SpecOf(const CLI::App& app) {
  CommandSpec spec;
  spec.name = app.get_name();
  spec.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    const OptionSpec option_spec = SpecOf(*option);
    if (option->get_positional()) {
      for (const std::string& word : option_spec.choices) spec.words.push_back(word);
    }
    if (!option_spec.names.empty()) spec.options.push_back(option_spec);
  }
  for (const CLI::App* child : app.get_subcommands({})) spec.commands.push_back(SpecOf(*child));
  return spec;
}

}  // namespace

void AddCompletion(Commands& commands) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      commands.root.add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("shell", *shell, "Which")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  const CLI::App& root = commands.root;
  commands.Handle(command, [shell, &root](Session& session) {
    CommandSpec spec = SpecOf(root);
    spec.help = "Segue";
    session.out() << (*shell == "bash"  ? BashCompletion(spec)
                      : *shell == "zsh" ? ZshCompletion(spec)
                                        : FishCompletion(spec));
    return ExitCode::kSucceeded;
  });
}

}  // namespace segue::cli
