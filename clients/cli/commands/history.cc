#include <memory>

#include "clients/cli/commands/commands.h"

namespace segue::cli {
namespace {

struct HistoryOptions {
  std::string execution_id;
  bool reverse = false;
  Paging paging;
};

ExitCode History(Session& session, const HistoryOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  v1::ListHistoryRequest request;
  request.set_execution_id(options.execution_id);
  if (options.reverse) request.set_order(v1::HISTORY_ORDER_DESCENDING);
  const auto response = FetchPages<v1::ListHistoryResponse>(
      request, options.paging,
      [&](const v1::ListHistoryRequest& page) { return (*client)->ListHistory(page); });
  if (!response.ok()) return session.Fail(response.status());
  session.Print(
      [&] {
        const TextOptions text = session.text();
        std::string lines;
        for (const auto& event : response->events()) {
          lines += EventLine(event, text).Render(text.width, text.mode) + "\n";
        }
        return lines;
      },
      [&] { return text::ToJsonList(*response, "events"); });
  NoteNextPage(session, response->next_page_token());
  return ExitCode::kSucceeded;
}

}  // namespace

void AddHistory(Commands& commands) {
  auto options = std::make_shared<HistoryOptions>();
  CLI::App* command = commands.root.add_subcommand("history", "List an execution's events");
  command->add_option("execution", options->execution_id, "The execution's id")->required();
  command->add_flag("-r,--reverse", options->reverse, "The newest first");
  AddPaging(*command, options->paging);
  commands.Handle(command, [options](Session& session) { return History(session, *options); });
}

}  // namespace segue::cli
