#include <condition_variable>
#include <fstream>
#include <istream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cli/text/batch_summary.h"
#include "clients/cpp/errors.h"
#include "clients/cpp/submit_stream.h"

namespace segue::cli {
namespace {

constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);
// Where no terminal redraws a line, a new one now and then says that it goes on.
constexpr absl::Duration kLineEvery = absl::Seconds(5);
// So many refused lines are named; the summary counts the rest.
constexpr int kRefusalsShown = 10;

// The lines of a file as submits. Called from the stream's thread, asked from another.
class LineSource {
 public:
  LineSource(const SubmitLinesOptions& options, std::istream& lines)
      : options_(options), lines_(lines) {}

  std::optional<v1::SubmitWorkflowRequest> Next() {
    std::string line;
    while (std::getline(lines_, line)) {
      ++line_number_;
      if (absl::StripAsciiWhitespace(line).empty()) continue;
      v1::SubmitWorkflowRequest request = options_.base;
      request.set_input(line);
      // By line: the same file with the same prefix submits nothing twice.
      request.set_request_id(absl::StrCat(options_.request_id_prefix, "-", line_number_));
      const std::lock_guard lock(mutex_);
      line_of_tag_.push_back(line_number_);
      return request;
    }
    return std::nullopt;
  }

  int64_t LineOf(int64_t tag) {
    const std::lock_guard lock(mutex_);
    return line_of_tag_.at(static_cast<size_t>(tag));
  }

 private:
  const SubmitLinesOptions& options_;
  std::istream& lines_;
  int64_t line_number_ = 0;
  std::mutex mutex_;
  std::vector<int64_t> line_of_tag_;
};

// What has come so far, and the line on stderr that shows it. A thread of its own redraws the line:
// executions may run for long without a message, and the time on it goes on.
class Progress {
 public:
  explicit Progress(Session& session)
      : session_(session),
        summary_(session.environment().now()),
        painter_([this] { PaintLines(); }) {}

  ~Progress() { Finish(); }

  // `refusal` is written above the line; empty: nothing.
  void Take(const v1::SubmitWorkflowsResponse& answer, const std::string& refusal) {
    const std::lock_guard lock(mutex_);
    summary_.Take(answer);
    if (refusal.empty()) return;
    Clear();
    session_.Note(refusal);
  }

  // Takes the line away; nothing is written any more.
  const BatchSummary& Finish() {
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_one();
    if (painter_.joinable()) painter_.join();
    Clear();
    return summary_;
  }

 private:
  bool OnTerminal() const { return session_.environment().err_stream == Stream::kTerminal; }

  void PaintLines() {
    std::unique_lock lock(mutex_);
    const auto every = absl::ToChronoMilliseconds(OnTerminal() ? kRedrawEvery : kLineEvery);
    while (!changed_.wait_for(lock, every, [this] { return finished_; })) Show();
  }

  void Show() {
    const text::Line line = summary_.Progress(session_.environment().now());
    if (!OnTerminal()) {
      session_.Note(line.Render(0, text::ColorMode::kOff));
      return;
    }
    const int width = session_.environment().screen().width;
    session_.err() << "\r\x1b[K" << line.Render(width - 1, session_.err_color()) << std::flush;
    drawn_ = true;
  }

  void Clear() {
    if (std::exchange(drawn_, false)) session_.err() << "\r\x1b[K" << std::flush;
  }

  Session& session_;
  std::mutex mutex_;
  std::condition_variable changed_;
  BatchSummary summary_;
  bool finished_ = false;
  bool drawn_ = false;
  std::thread painter_;  // last: it uses all of the above
};

ExitCode CodeOf(const BatchSummary& summary) {
  if (summary.refused() > 0) return ExitCode::kRefused;
  for (const auto status : {v1::EXECUTION_STATUS_FAILED, v1::EXECUTION_STATUS_TIMED_OUT,
                            v1::EXECUTION_STATUS_CANCELLED}) {
    if (summary.closed(status) > 0) return ExitCodeOf(status);
  }
  return ExitCode::kSucceeded;
}

ExitCode Run(Session& session, client::Client& client, const SubmitLinesOptions& options,
             std::istream& lines) {
  LineSource source(options, lines);
  Progress progress(session);
  int64_t refusals_shown = 0;
  client::SubmitStreamOptions stream;
  stream.report_close = options.wait ? client::ReportClose::kYes : client::ReportClose::kNo;
  const absl::Status status = client::SubmitAll(
      client, stream, [&] { return source.Next(); },
      [&](const v1::SubmitWorkflowsResponse& answer) {
        std::string refusal;
        if (answer.has_error() && refusals_shown++ < kRefusalsShown) {
          refusal = absl::StrCat(options.path, ":", source.LineOf(answer.tag()), ": ",
                                 client::Describe(client::FromRpc(answer.error())));
        }
        progress.Take(answer, refusal);
      });
  const BatchSummary& summary = progress.Finish();
  const absl::Time now = session.environment().now();
  session.Print([&] { return summary.Render(now, session.text().mode); },
                [&] { return summary.Document(now); });
  if (status.code() == absl::StatusCode::kCancelled) return ExitCode::kInterrupted;
  return status.ok() ? CodeOf(summary) : session.Fail(status);
}

}  // namespace

ExitCode SubmitLines(Session& session, const SubmitLinesOptions& options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  std::ifstream file;
  if (options.path != "-") {
    file.open(options.path, std::ios::binary);
    if (!file) {
      return session.Misuse(absl::NotFoundError(absl::StrCat("cannot read ", options.path)));
    }
  }
  return Interruptible(
      session, **client,
      absl::StrCat("What was accepted goes on. The same command with --request-id ",
                   options.request_id_prefix, " submits the rest."),
      [&] {
        return Run(session, **client, options,
                   options.path == "-" ? session.environment().in : file);
      });
}

}  // namespace segue::cli
