#include <atomic>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"

namespace segue::cli {

const Action* Commands::Find() const {
  const CLI::App* innermost = &root;
  while (!innermost->get_subcommands().empty()) innermost = innermost->get_subcommands().back();
  const auto found = actions_.find(innermost);
  return found == actions_.end() ? nullptr : &found->second;
}

void AddPaging(CLI::App& command, Paging& paging) {
  command.add_option("-n,--limit", paging.limit, "At most so many on a page (up to 1000)")
      ->check(CLI::NonNegativeNumber);
  auto* token = command.add_option("--page-token", paging.page_token,
                                   "Go on after an earlier page (its nextPageToken)");
  command.add_flag("-a,--all", paging.all, "All pages")->excludes(token);
}

ExitCode ChangeExecutions(
    Session& session, const std::vector<std::string>& ids,
    const std::function<absl::StatusOr<v1::Execution>(client::Client&, const std::string&)>&
        change) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  ExitCode code = ExitCode::kSucceeded;
  std::vector<v1::Execution> executions;
  boost::json::array documents;
  for (const std::string& id : ids) {
    absl::StatusOr<v1::Execution> execution = change(**client, id);
    if (!execution.ok()) {
      code = session.Fail(execution.status());
      if (code == ExitCode::kUnavailable) break;
      continue;
    }
    documents.push_back(text::ToJson(*execution));
    executions.push_back(*std::move(execution));
  }
  if (executions.empty()) return code;
  session.Print([&] { return ExecutionsTable(executions, session.text()); },
                [&] { return boost::json::object{{"executions", documents}}; });
  return code;
}

void NoteNextPage(Session& session, const std::string& next_page_token) {
  if (next_page_token.empty() || session.format() != text::Format::kTable) return;
  session.Note(absl::StrCat("There are more: --all, or --page-token ", next_page_token));
}

ExitCode Interruptible(Session& session, client::Client& client, const std::string& what_goes_on,
                       const std::function<ExitCode()>& body) {
  std::atomic<bool> interrupted = false;
  session.environment().on_interrupt([&] {
    interrupted = true;
    client.Interrupt();
  });
  const ExitCode code = body();
  session.environment().on_interrupt({});
  if (!interrupted) return code;
  session.Note(absl::StrCat("Interrupted. ", what_goes_on));
  return ExitCode::kInterrupted;
}

}  // namespace segue::cli
