#include "tests/simulation/fault_objects.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/async/one_shot.h"
#include "server/base/json.h"
#include "tests/simulation/items.h"

namespace segue::simulation {
namespace {

// How long a client of an object store waits for an answer.
constexpr absl::Duration kPatience = absl::Minutes(1);

absl::Status Failed() { return absl::UnavailableError("simulated: the object store is gone"); }

// False where the call was cancelled first.
async::Task<bool> Pause(absl::Duration duration, async::Executor& executor,
                        async::CancelToken cancel) {
  if (cancel.cancelled()) co_return false;
  async::OneShot<bool> over;
  const async::TimerId timer = executor.At(executor.Now() + duration, [&over] { over.Set(true); });
  cancel.OnCancel([&] {
    executor.Cancel(timer);
    over.Set(false);
  });
  const bool has_passed = co_await over;
  cancel.OnCancel(nullptr);
  co_return has_passed;
}

// What planted faults make of an object: the first entry of an array in the place of the last, in
// as many bytes; an array or a table without its last element.
std::string WithEntryTwice(const std::string& text) {
  const absl::StatusOr<Json> parsed = Json::Parse(text);
  if (!parsed.ok() || !parsed->is_array() || parsed->array().empty()) return text;
  Json::Array elements = parsed->array();
  elements.back() = elements.front();
  std::string tampered = Json(std::move(elements)).Dump();
  if (tampered.size() > text.size()) return text;
  tampered.resize(text.size(), ' ');
  return tampered;
}

std::string WithoutLast(const std::string& text) {
  const absl::StatusOr<Json> parsed = Json::Parse(text);
  if (parsed.ok() && parsed->is_array() && !parsed->array().empty()) {
    Json::Array elements = parsed->array();
    elements.pop_back();
    return Json(std::move(elements)).Dump();
  }
  if (!text.ends_with('\n')) return text;
  const size_t line = text.rfind('\n', text.size() - 2);
  return line == text.npos ? "" : text.substr(0, line + 1);
}

}  // namespace

FaultObjects::Call FaultObjects::DrawCall(const std::string& bucket) {
  const auto span = [this] {
    const auto max = absl::ToInt64Nanoseconds(world_.faults.object_delay_max);
    return absl::Nanoseconds(world_.random.Below(static_cast<uint64_t>(max) + 1));
  };
  Call call{.there = span(), .back = span()};
  double drawn = world_.random.Uniform();
  if (bucket == kSteadyBucket) return call;
  if ((drawn -= world_.faults.object_refused) < 0) {
    call.fate = Fate::kRefused;
  } else if ((drawn -= world_.faults.object_answer_lost) < 0) {
    call.fate = Fate::kAnswerLost;
  } else if ((drawn -= world_.faults.object_no_answer) < 0) {
    call.fate = Fate::kNoAnswer;
    call.back = kPatience;
  }
  return call;
}

async::Task<bool> FaultObjects::Reach(Call call, async::Executor& executor,
                                      async::CancelToken cancel) {
  if (cut_) co_return false;
  const bool has_passed = co_await Pause(call.there, executor, std::move(cancel));
  co_return has_passed&& call.fate != Fate::kRefused;
}

async::Task<absl::Status> FaultObjects::Answer(Call call, async::Executor& executor,
                                               async::CancelToken cancel) {
  const bool has_passed = co_await Pause(call.back, executor, std::move(cancel));
  co_return has_passed && !cut_ && call.fate == Fate::kDone ? absl::OkStatus() : Failed();
}

async::Task<absl::StatusOr<std::string>> FaultObjects::Get(services::ObjectName name,
                                                           async::Executor& executor,
                                                           async::CancelToken cancel) {
  const Call call = DrawCall(name.bucket);
  const bool is_there = co_await Reach(call, executor, cancel);
  if (!is_there) co_return Failed();
  const std::string* found = world_.buckets.Find(name);
  const std::string body = found == nullptr ? "" : *found;
  absl::Status answer = co_await Answer(call, executor, cancel);
  if (!answer.ok()) co_return answer;
  if (found == nullptr) co_return absl::NotFoundError(absl::StrCat("no object ", name.key));
  co_return world_.plant == Plant::kItemLost ? WithoutLast(body) : body;
}

async::Task<absl::StatusOr<services::ObjectPage>> FaultObjects::List(ListRequest request,
                                                                     async::Executor& executor,
                                                                     async::CancelToken cancel) {
  const Call call = DrawCall(request.bucket);
  const bool is_there = co_await Reach(call, executor, cancel);
  if (!is_there) co_return Failed();
  const services::ObjectPage page = world_.buckets.List(request);
  absl::Status answer = co_await Answer(call, executor, cancel);
  if (!answer.ok()) co_return answer;
  co_return page;
}

async::Task<absl::Status> FaultObjects::Put(services::ObjectName name, std::string body,
                                            async::Executor& executor, async::CancelToken cancel) {
  const Call call = DrawCall(name.bucket);
  const bool is_on_its_way = !cut_;
  const bool is_there = co_await Reach(call, executor, cancel);
  const bool arrives =
      is_there || (is_on_its_way && call.fate != Fate::kRefused && world_.random.Below(2) == 0);
  if (arrives) Write(name, std::move(body));
  if (!is_there) co_return Failed();
  co_return co_await Answer(call, executor, cancel);
}

void FaultObjects::Write(const services::ObjectName& name, std::string body) {
  ++writes_;
  if (world_.plant == Plant::kObjectLost && writes_ % 3 == 0) return;
  if (world_.plant == Plant::kEntryTwice) body = WithEntryTwice(body);
  world_.buckets.Write(name, std::move(body));
}

}  // namespace segue::simulation
