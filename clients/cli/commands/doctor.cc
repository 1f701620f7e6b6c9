#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cpp/text/table.h"

namespace segue::cli {
namespace {

constexpr char kHelp[] =
    "Name stored records that cannot be read, and say what to do. Exit code 0: there are none.\n"
    "Without --data-dir: those that the running server has met. With it: every record in that\n"
    "directory is read, by `segued --check`; no server may hold it meanwhile.";

std::string FaultsText(const v1::GetServerInfoResponse& info, const TextOptions& text) {
  if (info.store_faults().empty()) return "the server has read all that it needed\n";
  text::Table table({{"RECORD"}, {"FAULT"}});
  for (const v1::StoreFault& fault : info.store_faults()) {
    table.Add({fault.record(), fault.fault()});
  }
  return absl::StrCat(
      table.Render(0, text.mode),
      "\nWhat needs them stands still; everything else goes on. To read all that is ",
      "stored:\nstop the server, then segue doctor --data-dir DIR\n");
}

ExitCode AskServer(Session& session) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  const auto response = (*client)->GetServerInfo();
  if (!response.ok()) return session.Fail(response.status());
  session.Print([&] { return FaultsText(*response, session.text()); },
                [&] { return text::ToJsonList(*response, "storeFaults"); });
  return response->store_faults().empty() ? ExitCode::kSucceeded : ExitCode::kUsage;
}

ExitCode CheckDirectory(Session& session, const std::string& dir) {
  Environment& environment = session.environment();
  const std::string named = environment.variable("SEGUED");
  const std::string program = named.empty() ? "segued" : named;
  const std::optional<int> code = environment.run(program, {"--check", "--data-dir", dir});
  if (code) return *code == 0 ? ExitCode::kSucceeded : ExitCode::kUsage;
  environment.err << "segue: " << program << " cannot be started: it stands neither beside segue "
                  << "nor on PATH; SEGUED may name it\n";
  return ExitCode::kUsage;
}

}  // namespace

void AddDoctor(Commands& commands) {
  auto* doctor = commands.root.add_subcommand("doctor", kHelp);
  auto dir = std::make_shared<std::string>();
  doctor->add_option("--data-dir", *dir, "The server's data directory")
      ->check(CLI::ExistingDirectory);
  commands.Handle(doctor, [dir](Session& session) {
    return dir->empty() ? AskServer(session) : CheckDirectory(session, *dir);
  });
}

}  // namespace segue::cli
