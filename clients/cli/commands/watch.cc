#include <condition_variable>
#include <memory>
#include <mutex>
#include <ostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "clients/cli/commands/commands.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

// Events come faster than eyes and terminals; times on the screen go on between them.
constexpr auto kFrame = std::chrono::milliseconds(100);
constexpr size_t kRecentEventsMax = 200;

// Draws the newest state over the last frame, on a thread of its own.
class Screen {
 public:
  explicit Screen(Session& session) : session_(session), painter_([this] { PaintFrames(); }) {}

  ~Screen() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    painter_.join();
  }

  void Take(const v1::WatchExecutionResponse& message) {
    const std::lock_guard lock(mutex_);
    if (message.has_execution()) view_.execution = message.execution();
    for (const auto& event : message.events()) view_.recent.push_back(event);
    while (view_.recent.size() > kRecentEventsMax) view_.recent.pop_front();
  }

 private:
  void PaintFrames() {
    std::unique_lock lock(mutex_);
    while (true) {
      const bool last = changed_.wait_for(lock, kFrame, [this] { return stopping_; });
      const LiveView view = view_;
      lock.unlock();
      if (!view.execution.execution_id().empty()) Draw(view);
      if (last) return;
      lock.lock();
    }
  }

  void Draw(const LiveView& view) {
    TextOptions options = session_.text();
    options.width -= 1;  // a full line would wrap on some terminals
    const std::vector<std::string> lines = RenderLiveView(view, options);
    // One write a frame, and each line cleared as it is drawn: no flicker.
    std::string frame = drawn_lines_ > 0 ? absl::StrCat("\x1b[", drawn_lines_, "A") : "";
    for (const std::string& line : lines) absl::StrAppend(&frame, "\r\x1b[K", line, "\n");
    absl::StrAppend(&frame, "\x1b[J");
    drawn_lines_ = lines.size();
    session_.out() << frame << std::flush;
  }

  Session& session_;
  std::mutex mutex_;
  std::condition_variable changed_;
  LiveView view_;
  bool stopping_ = false;
  size_t drawn_lines_ = 0;
  std::thread painter_;  // last: it uses all of the above
};

void PrintMessage(Session& session, const v1::WatchExecutionResponse& message) {
  if (message.heartbeat()) return;
  session.out() << (session.format() == text::Format::kYaml
                        ? "---\n" + text::Yaml(text::ToJson(message))
                        : text::CompactJson(text::ToJson(message)))
                << std::flush;
}

void PrintEvents(Session& session, const v1::WatchExecutionResponse& message) {
  TextOptions text = session.text();
  for (const auto& event : message.events()) {
    session.out() << EventLine(event, text).Render(text.width, text.mode) << '\n';
  }
  session.out().flush();
}

void PrintOutcome(Session& session, const v1::Execution& execution) {
  const TextOptions text = session.text();
  text::Line line;
  line.Add(text::EnumName(execution.status()), StatusColor(execution.status()));
  line.Add(absl::StrCat(" after ", text::ShortDuration(Elapsed(execution, text.now))));
  if (execution.has_error()) {
    line.Add(absl::StrCat(": ", WorkflowErrorText(execution.error())));
  }
  session.out() << line.Render(0, text.mode) << '\n' << std::flush;
}

// Where events go. -o asks for messages; otherwise a terminal gets the live view and others lines.
enum class View { kLive, kLines, kMessages };

View ViewOf(const Session& session, const Environment& environment) {
  if (session.format_chosen() && session.format() != text::Format::kTable) return View::kMessages;
  return environment.out_stream == Stream::kTerminal ? View::kLive : View::kLines;
}

ExitCode Watch(Session& session, client::Client& client, client::WatchOptions options) {
  const View view = ViewOf(session, session.environment());
  options.view = view == View::kLive ? v1::EXECUTION_VIEW_FULL : v1::EXECUTION_VIEW_BASIC;
  v1::Execution last;
  absl::Status status;
  {
    std::unique_ptr<Screen> screen;
    if (view == View::kLive) screen = std::make_unique<Screen>(session);
    status = client.Watch(options, [&](const v1::WatchExecutionResponse& message) {
      if (message.has_execution()) last = message.execution();
      switch (view) {
        case View::kLive:
          return screen->Take(message);
        case View::kLines:
          return PrintEvents(session, message);
        case View::kMessages:
          return PrintMessage(session, message);
      }
    });
  }
  if (status.code() == absl::StatusCode::kCancelled) return ExitCode::kInterrupted;
  if (!status.ok()) return session.Fail(status);
  if (view != View::kMessages) PrintOutcome(session, last);
  return ExitCodeOf(last.status());
}

}  // namespace

ExitCode WatchToEnd(Session& session, client::WatchOptions options) {
  auto client = session.client();
  if (!client.ok()) return session.Misuse(client.status());
  return Interruptible(session, **client,
                       absl::StrCat("The execution goes on: segue watch ", options.execution_id),
                       [&] { return Watch(session, **client, options); });
}

void AddWatch(Commands& commands) {
  auto options = std::make_shared<client::WatchOptions>();
  CLI::App* command =
      commands.root.add_subcommand("watch", "Follow an execution to its end; exit by outcome");
  command->add_option("execution", options->execution_id, "The execution's id")->required();
  command->add_flag("--skip-history", options->skip_history, "Only what happens from now on");
  command->add_option("--resume-token", options->resume_token,
                      "Go on after an earlier message (its resumeToken)");
  commands.Handle(command, [options](Session& session) { return WatchToEnd(session, *options); });
}

}  // namespace segue::cli
