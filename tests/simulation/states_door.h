#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/states/states_api.h"
#include "server/async/task.h"
#include "tests/simulation/knobs.h"
#include "tests/simulation/timeline.h"

namespace segue::simulation {

// The Step Functions API of one life of the server, without its sockets. A loop of its own stands
// for the HTTP server's thread; operations run on the shards' loops, one after the other.
//
// Planted faults come between the API and who has asked it.
class StatesDoor {
 public:
  struct World {
    Timeline& timeline;
    const std::vector<std::unique_ptr<Loop>>& shards;
    scheduler::Scheduler& scheduler;
    services::TaskSource& tasks;
    const Clock& clock;
    Plant plant = Plant::kNone;
    uint64_t seed = 0;
  };
  explicit StatesDoor(const World& world);

  void SetReady() { api_->SetReady(); }

  struct Request {
    std::string operation;
    std::string body;
  };
  struct Answer {
    api::states::HttpResponse response;
    std::string told;  // what the observer was told of it: "OK", or an error
  };
  // On one of the shards' loops, `here`.
  async::Task<Answer> Call(Request request, Loop& here);

  // Goes on in another time, which nobody else is in.
  void MoveTo(Timeline* timeline) { http_->MoveTo(timeline); }

 private:
  // Keeps the last word until the answer that it is about.
  class LastTold final : public api::states::RequestObserver {
   public:
    void OnRequest(std::string_view, std::string_view code, absl::Duration) override {
      code_ = code;
    }
    const std::string& code() const { return code_; }

   private:
    std::string code_;
  };

  void PlantInRequest(Request& request);
  void PlantInAnswer(const std::string& operation, Answer& answer);

  const Plant plant_;
  LastTold told_;
  std::unique_ptr<Loop> http_;
  std::deque<async::TaskGroup> tasks_;  // by shard
  std::unique_ptr<api::states::StatesApi> api_;
  std::map<std::string, Json> inputs_;       // for planted faults: the first one of a name
  std::map<std::string, Answer> successes_;  // likewise: the last one of an operation
};

}  // namespace segue::simulation
