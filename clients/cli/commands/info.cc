#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cpp/text/table.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

std::string InfoText(const v1::GetServerInfoResponse& info, const TextOptions& text) {
  text::Fields fields;
  fields.Add("Version", info.version());
  fields.Add("Commit", info.git_commit());
  fields.Add("Build", info.build_type());
  fields.Add("Started", text::ShortTime(info.start_time(), text.zone));
  fields.Add("Up", text::ShortDuration(text.now - text::FromProto(info.start_time())));
  fields.Add("Recovery took", text::ShortDuration(text::FromProto(info.recovery_duration())));
  fields.Add("Store", info.store());
  fields.Add("Shards", std::to_string(info.shard_count()));
  fields.Add("Open executions", std::to_string(info.open_execution_count()));
  fields.Add("In memory", std::to_string(info.loaded_execution_count()));
  if (info.draining()) fields.Add("State", {"draining", text::Color::kYellow});
  return fields.Render(text.mode);
}

ExitCode Info(Session& session) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  const auto response = (*client)->GetServerInfo();
  if (!response.ok()) return session.Fail(response.status());
  session.Print([&] { return InfoText(*response, session.text()); },
                [&] { return text::ToJson(*response); });
  return ExitCode::kSucceeded;
}

}  // namespace

void AddInfo(Commands& commands) {
  commands.Handle(commands.root.add_subcommand("info", "Show what the server is and how it does"),
                  Info);
}

}  // namespace segue::cli
