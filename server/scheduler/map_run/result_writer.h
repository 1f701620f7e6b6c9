#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/async/task.h"
#include "server/base/json.h"
#include "server/engine/execution.h"
#include "server/scheduler/map_run/run_objects.h"

// Where a Map with a ResultWriter puts its results: files of results by status, and a manifest that
// names them, in AWS's layout
// (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html):
// <Prefix>/<uuid>/manifest.json, .../SUCCEEDED_0.json, .../FAILED_0.json, ...

namespace segue::scheduler {

class ResultWriter {
 public:
  struct Destination {
    std::string bucket;
    std::string prefix;  // may be empty
    std::string uuid;    // of the run
    std::string map_run_arn;
  };
  // `config` is the WriterConfig: Transformation and OutputType. `objects` outlives it.
  ResultWriter(RunObjects& objects, Destination destination, const Json& config);

  // A file is written when it has grown to this.
  static constexpr size_t kFileBytesMax = 5 << 20;

  // A child has closed. Writes when there is enough.
  async::Task<absl::Status> Add(engine::Execution closed);
  // The rest, and the manifest.
  async::Task<absl::Status> Finish();

  // The Map's result.
  Json Result() const;

 private:
  enum class Transformation { kNone, kCompact, kFlatten };
  enum class Format { kJson, kJsonLines };
  // The files of one status.
  struct Files {
    std::string status;
    std::string text;  // of the file that grows
    std::vector<Json> written;
  };

  void Append(Files& files, const Json& entry);
  void AppendTransformed(Files& files, const engine::Execution& closed);
  async::Task<absl::Status> Flush(Files* files);
  std::string KeyOf(const std::string& file) const;

  RunObjects& objects_;
  const Destination destination_;
  Transformation transformation_ = Transformation::kNone;
  Format format_ = Format::kJson;
  Files succeeded_{.status = "SUCCEEDED", .text = {}, .written = {}};
  Files failed_{.status = "FAILED", .text = {}, .written = {}};
};

}  // namespace segue::scheduler
