#include "tests/simulation/sent_check.h"

#include <optional>

#include "server/engine/task_token.h"
#include "tests/simulation/token_book.h"

namespace segue::simulation {
namespace {

using engine::HistoryEvent;

// A task's result, in one form for both sides.
Json Succeeded(const Json& output) { return Json::Of({{"output", output}}); }
Json Failed(const std::string& error) { return Json::Of({{"error", error}}); }

std::string ExecutionOf(const std::string& key) { return key.substr(0, key.find('/')); }

}  // namespace

void SentCheck::OnScheduled(const std::string& key, const HistoryEvent& event) {
  const bool succeeds = event.resource.ends_with(":sendTaskSuccess");
  if (!succeeds && !event.resource.ends_with(":sendTaskFailure")) return;
  const std::string* token = event.parameters->FindString("TaskToken");
  const auto parsed = engine::ParseTaskToken(token == nullptr ? "" : *token);
  if (!parsed) return;
  sent_[key] = {.target = parsed->execution.value(),
                .result = succeeds
                              ? Succeeded(*Json::Parse(*event.parameters->FindString("Output")))
                              : Failed(*event.parameters->FindString("Error"))};
}

void SentCheck::OnSucceeded(const std::string& key) {
  const auto found = sent_.find(key);
  if (found != sent_.end()) found->second.succeeded = true;
}

void SentCheck::OnReceived(const HistoryEvent& event) {
  if (event.sender.empty()) return;
  const Json result = event.output ? Succeeded(*event.output) : Failed(event.error.value_or(""));
  const bool is_new = received_.emplace(event.sender, result).second;
  // An EXPRESS execution that was lost in a crash may be started once more under its name.
  if (is_new || IsExpress(event.sender)) return;
  verdict_.Broken("rule 2", "the result that ", event.sender, " has sent was used twice");
}

void SentCheck::Check(const std::set<std::string>& executions) const {
  const auto is_whole = [&](const std::string& id) {
    return executions.contains(id) && !ledger_.WasRemoved(id);
  };
  for (const auto& [sender, result] : received_) {
    const auto sent = sent_.find(sender);
    if (!is_whole(ExecutionOf(sender))) continue;
    if (sent != sent_.end() && sent->second.result == result) continue;
    verdict_.Broken("rule 2", "a task has got from ", sender,
                    " what it has not sent: ", result.Dump());
  }
  for (const auto& [sender, sending] : sent_) {
    if (!sending.succeeded || !is_whole(sending.target) || received_.contains(sender)) continue;
    verdict_.Broken("rule 2", "what ", sender, " has sent to ", sending.target,
                    " was accepted, and is in no history");
  }
}

}  // namespace segue::simulation
