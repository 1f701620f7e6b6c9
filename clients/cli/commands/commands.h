#pragma once

// The commands of `segue`: one file of this folder for each, or for a small family.
//
// A command adds its CLI11 options to the root, and an action that runs after the parse. Options
// live in a struct that the action shares; actions get everything else from the Session.

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

#include "clients/cli/exit_code.h"
#include "clients/cli/session.h"

namespace segue::cli {

using Action = std::function<ExitCode(Session&)>;

class Commands {
 public:
  explicit Commands(CLI::App& app) : root(app) {}

  void Handle(const CLI::App* command, Action action) { actions_[command] = std::move(action); }
  // The action of the innermost command that was parsed; null if it has none.
  const Action* Find() const;

  CLI::App& root;

 private:
  std::map<const CLI::App*, Action> actions_;
};

void AddApply(Commands& commands);
void AddBudget(Commands& commands);
void AddCancel(Commands& commands);
void AddTask(Commands& commands);
void AddCompletion(Commands& commands);
void AddDoctor(Commands& commands);
void AddEval(Commands& commands);
void AddGet(Commands& commands);
void AddHistory(Commands& commands);
void AddInfo(Commands& commands);
void AddList(Commands& commands);
void AddRedrive(Commands& commands);
void AddServices(Commands& commands);
void AddSubmit(Commands& commands);
void AddValidate(Commands& commands);
void AddWait(Commands& commands);
void AddWatch(Commands& commands);
void AddWorkflows(Commands& commands);

// --limit, --page-token and --all of commands that list.
struct Paging {
  int limit = 0;
  std::string page_token;
  bool all = false;
};
void AddPaging(CLI::App& command, Paging& paging);

// One page as asked for, or with --all every page from there, merged into one response.
template <typename Response, typename Request, typename Fetch>
absl::StatusOr<Response> FetchPages(Request request, const Paging& paging, Fetch fetch) {
  constexpr int kPageSizeMax = 1000;
  request.set_page_size(paging.all ? kPageSizeMax : paging.limit);
  request.set_page_token(paging.page_token);
  Response merged;
  while (true) {
    absl::StatusOr<Response> page = fetch(request);
    if (!page.ok()) return page;
    merged.clear_next_page_token();
    merged.MergeFrom(*page);
    if (!paging.all || merged.next_page_token().empty()) return merged;
    request.set_page_token(merged.next_page_token());
  }
}

// Calls `change` with each id and prints the executions that it answers with. One that is refused
// is told and does not keep the others; where the server is not there, it stops.
ExitCode ChangeExecutions(
    Session& session, const std::vector<std::string>& ids,
    const std::function<absl::StatusOr<v1::Execution>(client::Client&, const std::string&)>&
        change);

// Says on stderr how to get the next page, where a table cannot.
void NoteNextPage(Session& session, const std::string& next_page_token);

// Follows an execution to its end: a live view on a terminal, lines elsewhere, messages with -o.
ExitCode WatchToEnd(Session& session, client::WatchOptions options);

// Waits for its end and prints it. `timeout` as on the command line; empty: for ever.
ExitCode WaitToEnd(Session& session, const std::string& execution_id, const std::string& timeout);

// Calls `body` with Ctrl-C ending the client's calls. If that happens, says on stderr that
// `execution` goes on, and returns kInterrupted.
ExitCode Interruptible(Session& session, client::Client& client, const std::string& what_goes_on,
                       const std::function<ExitCode()>& body);

// One SubmitWorkflows stream, one submit for each line of `path`, built from `base`.
struct SubmitLinesOptions {
  v1::SubmitWorkflowRequest base;
  std::string path;
  std::string request_id_prefix;
  bool wait = false;
};
ExitCode SubmitLines(Session& session, const SubmitLinesOptions& options);

}  // namespace segue::cli
