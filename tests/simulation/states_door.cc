#include "tests/simulation/states_door.h"

#include <utility>

#include "server/async/one_shot.h"

namespace segue::simulation {
namespace {

using api::states::HttpRequest;
using api::states::HttpResponse;
using api::states::StatesApi;

// A page has its first item in place of its last one too.
void RepeatItem(HttpResponse& response) {
  const absl::StatusOr<Json> body = Json::Parse(response.body);
  for (const char* name : {"events", "executions", "mapRuns"}) {
    const Json* items = body->Find(name);
    if (items == nullptr || items->array().empty()) continue;
    Json::Array changed = items->array();
    changed.back() = changed.front();
    response.body = body->With(name, std::move(changed)).Dump();
  }
}

void MakeInternal(StatesDoor::Answer& answer) {
  HttpResponse& response = answer.response;
  answer.told = "InternalFailure";
  response.status = 500;
  for (auto& [name, value] : response.headers) {
    if (name == "x-amzn-errortype") value = answer.told;
  }
  response.body = Json::Parse(response.body)->With("__type", answer.told).Dump();
}

}  // namespace

StatesDoor::StatesDoor(const World& world)
    : plant_(world.plant), http_(world.timeline.MakeLoop()), tasks_(world.shards.size()) {
  StatesApi::Dependencies dependencies{.scheduler = &world.scheduler,
                                       .tasks = &world.tasks,
                                       .clock = &world.clock,
                                       .observer = &told_,
                                       .seed = world.seed};
  for (size_t i = 0; i < world.shards.size(); ++i) {
    dependencies.lanes.push_back({.executor = world.shards[i].get(), .tasks = &tasks_[i]});
  }
  api_ = std::make_unique<StatesApi>(std::move(dependencies), StatesApi::Options{});
}

async::Task<StatesDoor::Answer> StatesDoor::Call(Request request, Loop& here) {
  PlantInRequest(request);
  HttpRequest http{.method = "POST",
                   .target = "/",
                   .headers = {{"X-Amz-Target", "AWSStepFunctions." + request.operation}},
                   .body = std::move(request.body)};
  async::OneShot<Answer> answered;
  const auto done = [this, &here, &answered](HttpResponse response) {
    here.Post([&answered, answer = Answer{std::move(response), told_.code()}]() mutable {
      answered.Set(std::move(answer));
    });
  };
  http_->Post(
      [this, http = std::move(http), done]() mutable { api_->Handle(std::move(http), done); });
  Answer answer = co_await answered;
  PlantInAnswer(request.operation, answer);
  co_return answer;
}

void StatesDoor::PlantInRequest(Request& request) {
  if (plant_ != Plant::kApiConflictTaken || request.operation != "StartExecution") return;
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  const std::string* name = body->FindString("name");
  if (name == nullptr) return;
  const std::string whole = *body->FindString("stateMachineArn") + ":" + *name;
  const Json& first = inputs_.emplace(whole, *body->Find("input")).first->second;
  request.body = body->With("input", first).Dump();
}

void StatesDoor::PlantInAnswer(const std::string& operation, Answer& answer) {
  HttpResponse& response = answer.response;
  if (plant_ == Plant::kApiItemTwice) RepeatItem(response);
  if (plant_ == Plant::kApiErrorRenamed && response.status == 503) MakeInternal(answer);
  if (plant_ == Plant::kApiAnswerSwapped && response.status == 200) {
    std::swap(successes_.try_emplace(operation, answer).first->second, answer);
  }
}

}  // namespace segue::simulation
