#include "tests/simulation/results_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/engine/aws_text.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {
namespace {

using engine::ExecutionStatus;
using scheduler::MapRun;

bool HasTransformation(const MapRun& run, const std::string& name) {
  return run.label.substr(1).starts_with(name);
}

bool Writes(const MapRun& run) { return run.label.front() == kWritingRun; }

// The results in a file.
absl::StatusOr<Json> Parsed(const std::string& key, const std::string& text) {
  if (!key.ends_with(".jsonl")) return Json::Parse(text);
  Json::Array entries;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(text, '\n', absl::SkipEmpty()))) {
    absl::StatusOr<Json> entry = Json::Parse(line);
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  return Json(std::move(entries));
}

std::string TextOf(const Json& entry, std::string_view name) {
  const std::string* text = entry.FindString(name);
  return text == nullptr ? "" : *text;
}

std::vector<std::string> Sorted(const std::vector<Json>& values) {
  std::vector<std::string> texts;
  for (const Json& value : values) texts.push_back(value.Dump());
  std::ranges::sort(texts);
  return texts;
}

}  // namespace

void ResultsCheck::Check() {
  for (const auto& [uuid, run] : world_.ledger.map_runs()) {
    const bool is_whole = world_.ledger.Find(run.execution.value()) != nullptr &&
                          !world_.ledger.HasLostChildren(run.id());
    const bool succeeded = run.status == scheduler::MapRunStatus::kSucceeded;
    if (Writes(run) && succeeded && is_whole) CheckRun(run);
  }
}

void ResultsCheck::CheckRun(const MapRun& run) {
  ++runs_;
  Files files;
  if (!Read(run, files)) return Broken(run, "its results are not there");
  std::set<std::string> children;
  for (const auto& [id, execution] : world_.ledger.executions()) {
    if (execution.map_run == run.id()) children.insert(id);
  }
  if (children.empty()) {
    const bool flat = HasTransformation(run, "FLATTEN");
    const bool as_many = flat || std::ssize(files.succeeded) == run.executions.succeeded;
    const int64_t others = run.executions.total() - run.executions.succeeded;
    if (as_many && std::ssize(files.failed) == others) return;
    return Broken(run, "it has other results than EXPRESS children");
  }
  std::set<std::string> seen;
  CheckDescribed(run, files.failed, seen);
  if (HasTransformation(run, "NONE")) {
    CheckDescribed(run, files.succeeded, seen);
  } else {
    CheckOutputs(run, files.succeeded);
    for (const std::string& id : children) {
      if (world_.ledger.Find(id)->status == ExecutionStatus::kSucceeded) seen.insert(id);
    }
  }
  if (seen != children) Broken(run, "it has results of ", seen.size(), " of ", children.size());
}

// False where one of them is missing, or is not what it must be.
bool ResultsCheck::Read(const MapRun& run, Files& files) {
  const std::string end = absl::StrCat(run.uuid, "/manifest.json");
  const auto& objects = world_.buckets.objects();
  const auto found = std::ranges::find_if(
      objects, [&end](const auto& object) { return object.first.second.ends_with(end); });
  if (found == objects.end()) return false;
  const absl::StatusOr<Json> manifest = Json::Parse(found->second);
  if (!manifest.ok() || TextOf(*manifest, "DestinationBucket") != found->first.first) return false;
  if (!TextOf(*manifest, "MapRunArn").ends_with(run.id())) return false;
  const Json* named = manifest->Find("ResultFiles");
  return ReadFiles(found->first.first, *named->Find("SUCCEEDED"), files.succeeded) &&
         ReadFiles(found->first.first, *named->Find("FAILED"), files.failed);
}

bool ResultsCheck::ReadFiles(const std::string& bucket, const Json& named,
                             std::vector<Json>& entries) {
  for (const Json& file : named.array()) {
    const std::string key = TextOf(file, "Key");
    const std::string* text = world_.buckets.Find({.bucket = bucket, .key = key});
    if (text == nullptr || std::ssize(*text) != file.Find("Size")->int_value()) return false;
    const absl::StatusOr<Json> parsed = Parsed(key, *text);
    if (!parsed.ok() || !parsed->is_array()) return false;
    entries.insert(entries.end(), parsed->array().begin(), parsed->array().end());
  }
  return true;
}

void ResultsCheck::CheckDescribed(const MapRun& run, const std::vector<Json>& entries,
                                  std::set<std::string>& seen) {
  for (const Json& entry : entries) {
    const std::string id = TextOf(entry, "Name");
    const Ledger::Execution* child = world_.ledger.Find(id);
    const auto listed = world_.listed.find(id);
    if (child == nullptr || child->map_run != run.id() || listed == world_.listed.end()) {
      return Broken(run, "it has the result of ", id, ", which is no child of it");
    }
    if (!seen.insert(id).second) return Broken(run, "it has the result of ", id, " twice");
    const engine::Execution& ended = listed->second;
    const bool succeeded = child->status == ExecutionStatus::kSucceeded;
    const bool agrees = TextOf(entry, "Status") == engine::AwsStatusName(child->status) &&
                        TextOf(entry, "Input") == child->input &&
                        TextOf(entry, "Output") == (succeeded ? ended.output.Dump() : "") &&
                        TextOf(entry, "Error") == (ended.error ? ended.error->name : "");
    if (!agrees) return Broken(run, "it says of ", id, " what is not so: ", entry.Dump());
  }
}

// Of those that succeeded, in any order.
void ResultsCheck::CheckOutputs(const MapRun& run, const std::vector<Json>& entries) {
  std::vector<Json> expected;
  for (const auto& [id, execution] : world_.ledger.executions()) {
    const auto listed = world_.listed.find(id);
    const bool succeeded = execution.status == ExecutionStatus::kSucceeded;
    if (execution.map_run != run.id() || !succeeded || listed == world_.listed.end()) continue;
    const Json& output = listed->second.output;
    if (HasTransformation(run, "FLATTEN") && output.is_array()) {
      expected.insert(expected.end(), output.array().begin(), output.array().end());
    } else {
      expected.push_back(output);
    }
  }
  if (Sorted(entries) != Sorted(expected)) Broken(run, "it has other results than its children");
}

}  // namespace segue::simulation
