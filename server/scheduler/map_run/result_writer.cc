#include "server/scheduler/map_run/result_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/aws_text.h"

namespace segue::scheduler {
namespace {

// A child as AWS describes it in a result file.
Json Described(const engine::Execution& child) {
  const Json included = Json::Of({{"Included", Json::Bool(true)}});
  std::vector<Json::Member> members;
  if (child.error) {
    members.emplace_back("Cause", child.error->cause);
    members.emplace_back("Error", child.error->name);
  }
  members.emplace_back("ExecutionArn", child.names.execution);
  members.emplace_back("Input", child.input_text);
  members.emplace_back("InputDetails", included);
  members.emplace_back("Name", child.names.name);
  if (child.status == engine::ExecutionStatus::kSucceeded) {
    members.emplace_back("Output", child.output.Dump());
    members.emplace_back("OutputDetails", included);
  }
  members.emplace_back("RedriveCount", child.redrive_count);
  members.emplace_back("RedriveStatus", child.status == engine::ExecutionStatus::kSucceeded
                                            ? "NOT_REDRIVABLE"
                                            : "REDRIVABLE_BY_MAP_RUN");
  members.emplace_back("StartDate", engine::AwsTimestamp(child.start_time));
  members.emplace_back("StateMachineArn", child.names.workflow);
  members.emplace_back("Status", engine::AwsStatusName(child.status));
  if (child.end_time) members.emplace_back("StopDate", engine::AwsTimestamp(*child.end_time));
  return Json::Object(std::move(members));
}

}  // namespace

ResultWriter::ResultWriter(RunObjects& objects, Destination destination, const Json& config)
    : objects_(objects), destination_(std::move(destination)) {
  const std::string* transformation = config.FindString("Transformation");
  if (transformation != nullptr && *transformation == "COMPACT") {
    transformation_ = Transformation::kCompact;
  }
  if (transformation != nullptr && *transformation == "FLATTEN") {
    transformation_ = Transformation::kFlatten;
  }
  const std::string* type = config.FindString("OutputType");
  if (type != nullptr && *type == "JSONL") format_ = Format::kJsonLines;
}

std::string ResultWriter::KeyOf(const std::string& file) const {
  const std::string folder = absl::StrCat(destination_.uuid, "/", file);
  if (destination_.prefix.empty()) return folder;
  const bool has_slash = destination_.prefix.back() == '/';
  return absl::StrCat(destination_.prefix, has_slash ? "" : "/", folder);
}

void ResultWriter::Append(Files& files, const Json& entry) {
  if (format_ == Format::kJson) files.text += files.text.empty() ? '[' : ',';
  entry.DumpTo(&files.text);
  if (format_ == Format::kJsonLines) files.text += '\n';
}

// FLATTEN: results that are arrays stand as their elements.
void ResultWriter::AppendTransformed(Files& files, const engine::Execution& closed) {
  const bool is_array = closed.output.is_array();
  if (transformation_ == Transformation::kFlatten && is_array) {
    for (const Json& element : closed.output.array()) Append(files, element);
    return;
  }
  Append(files, closed.output);
}

async::Task<absl::Status> ResultWriter::Add(engine::Execution closed) {
  const bool succeeded = closed.status == engine::ExecutionStatus::kSucceeded;
  Files& files = succeeded ? succeeded_ : failed_;
  if (succeeded && transformation_ != Transformation::kNone) {
    AppendTransformed(files, closed);
  } else {
    Append(files, Described(closed));
  }
  if (files.text.size() < kFileBytesMax) co_return absl::OkStatus();
  co_return co_await Flush(&files);
}

async::Task<absl::Status> ResultWriter::Flush(Files* files) {
  if (files->text.empty()) co_return absl::OkStatus();
  std::string text = std::exchange(files->text, {});
  if (format_ == Format::kJson) text += ']';
  const std::string key = KeyOf(absl::StrCat(files->status, "_", files->written.size(),
                                             format_ == Format::kJson ? ".json" : ".jsonl"));
  files->written.push_back(Json::Of({{"Key", key}, {"Size", std::ssize(text)}}));
  services::ObjectName name{.bucket = destination_.bucket, .key = key};
  co_return co_await objects_.Put(std::move(name), std::move(text));
}

async::Task<absl::Status> ResultWriter::Finish() {
  for (Files* files : {&succeeded_, &failed_}) {
    absl::Status written = co_await Flush(files);
    if (!written.ok()) co_return written;
  }
  const Json manifest =
      Json::Of({{"DestinationBucket", destination_.bucket},
                {"MapRunArn", destination_.map_run_arn},
                {"ResultFiles", Json::Of({{"FAILED", Json(Json::Array(failed_.written))},
                                          {"PENDING", Json(Json::Array())},
                                          {"SUCCEEDED", Json(Json::Array(succeeded_.written))}})}});
  services::ObjectName name{.bucket = destination_.bucket, .key = KeyOf("manifest.json")};
  co_return co_await objects_.Put(std::move(name), manifest.Dump());
}

Json ResultWriter::Result() const {
  return Json::Of({{"MapRunArn", destination_.map_run_arn},
                   {"ResultWriterDetails",
                    Json::Of({{"Bucket", destination_.bucket}, {"Key", KeyOf("manifest.json")}})}});
}

}  // namespace segue::scheduler
