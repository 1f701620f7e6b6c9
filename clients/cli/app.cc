#include "clients/cli/app.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "clients/cli/commands/commands.h"
#include "server/base/closest_name.h"

#ifndef SEGUE_VERSION
#define SEGUE_VERSION "unknown"
#endif

namespace segue::cli {
namespace {

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  const std::string group = "Global options";
  app.add_option("--address", options.address, "The server, host:port")
      ->envname("SEGUE_ADDRESS")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--tls", options.tls, "TLS, with the system's roots unless --tls-ca is given")
      ->envname("SEGUE_TLS")
      ->group(group);
  client::TlsOptions& tls = options.tls_options;
  app.add_option("--tls-ca", tls.ca_file, "PEM: who may sign the server's certificate")
      ->envname("SEGUE_TLS_CA")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--tls-cert", tls.cert_file, "PEM: the client's own certificate (mTLS)")
      ->envname("SEGUE_TLS_CERT")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--tls-key", tls.key_file, "PEM: the client's private key (mTLS)")
      ->envname("SEGUE_TLS_KEY")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--tls-server-name", tls.server_name, "The name the certificate must have")
      ->envname("SEGUE_TLS_SERVER_NAME")
      ->group(group);
  app.add_option("-o,--output", options.output,
                 "How to print (default: table on a terminal, otherwise json)")
      ->check(CLI::IsMember({"table", "json", "yaml"}))
      ->group(group);
  app.add_flag("--no-color", options.no_color, "No colours (also: NO_COLOR)")->group(group);
  app.add_option("--call-timeout", options.call_timeout, "How long a call may take")
      ->type_name("DURATION")
      ->capture_default_str()
      ->group(group);
}

void AddCommands(Commands& commands) {
  AddApply(commands);
  AddValidate(commands);
  AddSubmit(commands);
  AddGet(commands);
  AddList(commands);
  AddWait(commands);
  AddWatch(commands);
  AddHistory(commands);
  AddCancel(commands);
  AddRedrive(commands);
  AddTask(commands);
  AddWorkflows(commands);
  AddServices(commands);
  AddBudget(commands);
  AddInfo(commands);
  AddDoctor(commands);
  AddEval(commands);
  AddCompletion(commands);
}

// The arguments begin with a word that is no command.
ExitCode UnknownCommand(const CLI::App& app, const std::string& word, std::ostream& err) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  err << "error: there is no command " << word;
  if (const std::optional<std::string> meant = ClosestName(word, names)) {
    err << "; did you mean '" << *meant << "'?";
  }
  err << "\nhint: 'segue --help' lists the commands\n";
  return ExitCode::kUsage;
}

}  // namespace

ExitCode Run(const std::vector<std::string>& arguments, Environment& environment) {
  CLI::App app("Segue: durable workflows over your services", "segue");
  app.set_version_flag("--version", std::string("segue ") + SEGUE_VERSION);
  // Global options may stand after the command as well.
  app.fallthrough();
  app.footer(kExitCodesHelp);
  GlobalOptions options;
  AddGlobalOptions(app, options);
  Commands commands(app);
  AddCommands(commands);
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> words = app.remaining();
    if (app.get_subcommands().empty() && !words.empty() && !words.front().starts_with('-')) {
      return UnknownCommand(app, words.front(), environment.err);
    }
    const int code = app.exit(error, environment.out, environment.err);
    return code == 0 ? ExitCode::kSucceeded : ExitCode::kUsage;
  }
  Session session(environment, options);
  const Action* action = commands.Find();
  if (action == nullptr) {
    environment.err << "error: a command is missing\n\n" << app.help();
    return ExitCode::kUsage;
  }
  return (*action)(session);
}

}  // namespace segue::cli
