#include "clients/cli/text/executions.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/text/documents.h"
#include "clients/cpp/text/table.h"
#include "clients/cpp/text/times.h"

namespace segue::cli {
namespace {

// Long JSON texts are for -o json.
constexpr int kPayloadWidth = 2000;

// "in 4s" or "4s ago".
std::string Relative(const google::protobuf::Timestamp& time, absl::Time now) {
  const absl::Duration left = text::FromProto(time) - now;
  return left >= absl::ZeroDuration() ? absl::StrCat("in ", text::ShortDuration(left))
                                      : absl::StrCat(text::ShortDuration(-left), " ago");
}

text::Color BranchColor(v1::BranchStatus status) {
  switch (status) {
    case v1::BRANCH_STATUS_CALLING:
      return text::Color::kCyan;
    case v1::BRANCH_STATUS_QUEUED:
      return text::Color::kYellow;
    case v1::BRANCH_STATUS_RETRYING:
      return text::Color::kRed;
    case v1::BRANCH_STATUS_WAITING:
      return text::Color::kBlue;
    default:
      return text::Color::kDim;
  }
}

std::string WaitText(const v1::WaitReason& reason, absl::Time now) {
  std::string text = absl::StrCat("for ", reason.service());
  if (reason.limit() != v1::LIMIT_KIND_UNSPECIFIED) {
    absl::StrAppend(&text, ", limit ", text::EnumName(reason.limit()));
  }
  if (reason.position() > 0) absl::StrAppend(&text, ", position ", reason.position());
  if (reason.has_expected_start_time()) {
    absl::StrAppend(&text, ", starts ", Relative(reason.expected_start_time(), now));
  }
  return text;
}

text::Color EventColor(const std::string& type) {
  if (type.ends_with("Failed") || type.ends_with("TimedOut")) return text::Color::kRed;
  if (type.ends_with("Aborted") || type == "FailStateEntered") return text::Color::kYellow;
  if (type.ends_with("Succeeded")) return text::Color::kGreen;
  return text::Color::kNone;
}

// What an event has to tell beyond its type and state.
std::string EventDetails(const v1::HistoryEvent& event) {
  std::string text;
  if (!event.resource().empty()) absl::StrAppend(&text, " ", event.resource());
  if (event.attempt() > 1) absl::StrAppend(&text, " attempt ", event.attempt());
  if (event.has_index()) absl::StrAppend(&text, " #", event.index());
  if (event.has_length()) absl::StrAppend(&text, " of ", event.length());
  if (!event.error().empty()) absl::StrAppend(&text, " ", event.error());
  if (!event.cause().empty()) absl::StrAppend(&text, ": ", event.cause());
  if (!event.parameters().empty()) absl::StrAppend(&text, " ", event.parameters());
  if (!event.input().empty()) absl::StrAppend(&text, " <- ", event.input());
  if (!event.output().empty()) absl::StrAppend(&text, " -> ", event.output());
  return text.empty() ? text : text.substr(1);
}

void AddChildren(const std::multimap<int64_t, const v1::Branch*>& by_parent, int64_t parent,
                 int depth, const TextOptions& options, std::vector<text::Line>& lines) {
  const auto [begin, end] = by_parent.equal_range(parent);
  for (auto child = begin; child != end; ++child) {
    lines.push_back(BranchLine(*child->second, depth, options));
    AddChildren(by_parent, child->second->branch_id(), depth + 1, options, lines);
  }
}

}  // namespace

std::string WorkflowErrorText(const v1::WorkflowError& error) {
  const bool both = !error.error().empty() && !error.cause().empty();
  return absl::StrCat(error.error(), both ? ": " : "", error.cause());
}

text::Color StatusColor(v1::ExecutionStatus status) {
  switch (status) {
    case v1::EXECUTION_STATUS_SUCCEEDED:
      return text::Color::kGreen;
    case v1::EXECUTION_STATUS_FAILED:
    case v1::EXECUTION_STATUS_TIMED_OUT:
      return text::Color::kRed;
    case v1::EXECUTION_STATUS_CANCELLED:
    case v1::EXECUTION_STATUS_COMPENSATING:
      return text::Color::kYellow;
    case v1::EXECUTION_STATUS_RUNNING:
      return text::Color::kCyan;
    default:
      return text::Color::kNone;
  }
}

std::string WorkflowLabel(const v1::Execution& execution) {
  if (execution.workflow().empty()) return "(inline)";
  return absl::StrCat(execution.workflow(), "@", execution.version());
}

absl::Duration Elapsed(const v1::Execution& execution, absl::Time now) {
  if (!execution.has_start_time()) return absl::ZeroDuration();
  const absl::Time end = execution.has_end_time() ? text::FromProto(execution.end_time()) : now;
  return end - text::FromProto(execution.start_time());
}

std::string ExecutionsTable(const std::vector<v1::Execution>& executions,
                            const TextOptions& options) {
  text::Table table({{"EXECUTION"},
                     {"WORKFLOW"},
                     {"STATUS"},
                     {"STARTED"},
                     {"TOOK", text::Align::kRight},
                     {"ERROR"}});
  for (const auto& execution : executions) {
    table.Add({execution.execution_id(),
               WorkflowLabel(execution),
               {text::EnumName(execution.status()), StatusColor(execution.status())},
               text::ShortTime(execution.start_time(), options.zone),
               text::ShortDuration(Elapsed(execution, options.now)),
               text::OneLine(WorkflowErrorText(execution.error()))});
  }
  return table.Render(options.width, options.mode);
}

std::string ExecutionText(const v1::Execution& execution, const TextOptions& options) {
  text::Fields fields;
  fields.Add("Execution", execution.execution_id());
  fields.Add("Workflow", WorkflowLabel(execution));
  if (execution.type() == v1::EXECUTION_TYPE_EXPRESS) fields.Add("Type", "EXPRESS");
  fields.Add("Status", {text::EnumName(execution.status()), StatusColor(execution.status())});
  if (execution.has_error()) {
    fields.Add("Error", {execution.error().error(), text::Color::kRed});
    fields.Add("Cause", text::Fit(execution.error().cause(), kPayloadWidth));
  }
  fields.Add("Started", text::ShortTime(execution.start_time(), options.zone));
  fields.Add("Ended", text::ShortTime(execution.end_time(), options.zone));
  fields.Add("Took", text::ShortDuration(Elapsed(execution, options.now)));
  if (execution.redrive_count() > 0) {
    fields.Add("Redriven", absl::StrCat(text::ShortTime(execution.redrive_time(), options.zone),
                                        " (", execution.redrive_count(), ")"));
  }
  fields.Add("Deadline", text::ShortTime(execution.deadline(), options.zone));
  fields.Add("Priority", std::to_string(execution.priority()));
  fields.Add("Labels", LabelsText(execution.labels()));
  fields.Add("Request id", execution.request_id());
  fields.Add("Events", std::to_string(execution.history_event_count()));
  fields.Add("Input", text::Fit(execution.input(), kPayloadWidth));
  fields.Add("Output", text::Fit(execution.output(), kPayloadWidth));
  std::string text = fields.Render(options.mode);
  if (execution.branches().empty()) return text;
  text += text::Paint("Branches:", text::Color::kBold, options.mode) + "\n";
  for (const text::Line& line : BranchTree(execution, options)) {
    text += "  " + line.Render(options.width > 2 ? options.width - 2 : 0, options.mode) + "\n";
  }
  const int64_t more = execution.branch_count() - execution.branches_size();
  if (more > 0) absl::StrAppend(&text, "  … and ", more, " more\n");
  return text;
}

text::Line BranchLine(const v1::Branch& branch, int depth, const TextOptions& options) {
  text::Line line;
  line.Add(std::string(static_cast<size_t>(2 * depth), ' '));
  if (depth > 0) line.Add(absl::StrCat("#", branch.index(), " "), text::Color::kDim);
  line.Add(branch.state_name(), text::Color::kBold).Add(" ");
  line.Add(text::EnumName(branch.status()), BranchColor(branch.status()));
  if (branch.has_entered_time()) {
    line.Add(absl::StrCat(
                 " ", text::ShortDuration(options.now - text::FromProto(branch.entered_time()))),
             text::Color::kDim);
  }
  if (!branch.resource().empty()) line.Add(absl::StrCat(" ", branch.resource()));
  if (branch.attempt() > 1) line.Add(absl::StrCat(" attempt ", branch.attempt()));
  if (branch.status() == v1::BRANCH_STATUS_QUEUED && branch.has_waiting_on()) {
    line.Add(absl::StrCat(" ", WaitText(branch.waiting_on(), options.now)), text::Color::kYellow);
  }
  if (branch.has_next_event_time()) {
    const char* what = branch.status() == v1::BRANCH_STATUS_CALLING    ? " times out "
                       : branch.status() == v1::BRANCH_STATUS_RETRYING ? " tries again "
                                                                       : " goes on ";
    line.Add(absl::StrCat(what, Relative(branch.next_event_time(), options.now)),
             text::Color::kDim);
  }
  if (branch.has_last_error()) {
    line.Add(absl::StrCat(" (", WorkflowErrorText(branch.last_error()), ")"), text::Color::kRed);
  }
  return line;
}

std::vector<text::Line> BranchTree(const v1::Execution& execution, const TextOptions& options) {
  constexpr int64_t kNoParent = -1;
  std::multimap<int64_t, const v1::Branch*> by_parent;
  std::map<int64_t, const v1::Branch*> by_id;
  for (const auto& branch : execution.branches()) by_id[branch.branch_id()] = &branch;
  for (const auto& branch : execution.branches()) {
    // A parent beyond the answer's bound of branches: shown at the top, not lost.
    const bool known = branch.has_parent_branch_id() && by_id.contains(branch.parent_branch_id()) &&
                       branch.parent_branch_id() < branch.branch_id();
    by_parent.emplace(known ? branch.parent_branch_id() : kNoParent, &branch);
  }
  std::vector<text::Line> lines;
  AddChildren(by_parent, kNoParent, 0, options, lines);
  return lines;
}

text::Line EventLine(const v1::HistoryEvent& event, const TextOptions& options) {
  text::Line line;
  line.Add(text::ClockTime(event.time(), options.zone), text::Color::kDim);
  line.Add(absl::StrCat("  ", event.id())).PadTo(20);
  line.Add(event.type(), EventColor(event.type())).PadTo(46);
  if (!event.state_name().empty()) line.Add(event.state_name(), text::Color::kBold);
  const std::string details = EventDetails(event);
  if (!details.empty()) line.Add("  " + text::Fit(details, kPayloadWidth), text::Color::kDim);
  return line;
}

std::vector<std::string> RenderLiveView(const LiveView& view, const TextOptions& options) {
  const v1::Execution& execution = view.execution;
  std::vector<std::string> lines;
  const auto add = [&](const text::Line& line) {
    lines.push_back(line.Render(options.width, options.mode));
  };
  text::Line heading;
  heading.Add(execution.execution_id(), text::Color::kBold).Add("  ").Add(WorkflowLabel(execution));
  heading.Add("  ").Add(text::EnumName(execution.status()), StatusColor(execution.status()));
  heading.Add("  ").Add(text::ShortDuration(Elapsed(execution, options.now)), text::Color::kDim);
  heading.Add(absl::StrCat("  ", execution.history_event_count(), " events"), text::Color::kDim);
  add(heading);
  if (execution.has_error())
    add(text::Line().Add(WorkflowErrorText(execution.error()), text::Color::kRed));

  // Half for the branches, what is left for the newest events: the screen must not scroll.
  const int room = options.height > 0 ? std::max(4, options.height - 4) : 1'000'000;
  const std::vector<text::Line> branches = BranchTree(execution, options);
  const int events_wanted = static_cast<int>(view.recent.size());
  const int branch_count = static_cast<int>(branches.size());
  const int branch_room = std::min(branch_count, std::max(room / 2, room - events_wanted));
  for (int i = 0; i < branch_room; ++i) add(branches[static_cast<size_t>(i)]);
  const int64_t hidden = std::max<int64_t>(execution.branch_count(), branch_count) - branch_room;
  if (hidden > 0 && branch_count > 0) {
    add(text::Line().Add(absl::StrCat("… and ", hidden, " more branches"), text::Color::kDim));
  }
  const int event_room = std::min(events_wanted, room - branch_room);
  if (event_room > 0) add(text::Line().Add("─── newest events", text::Color::kDim));
  for (int i = events_wanted - event_room; i < events_wanted; ++i) {
    add(EventLine(view.recent[static_cast<size_t>(i)], options));
  }
  return lines;
}

}  // namespace segue::cli
