#include "clients/load/workflow_text.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <utility>
#include <vector>

namespace segue::load {
namespace {

namespace json = boost::json;

// Whole seconds are what the language has; a fraction is for tests of one's own.
json::value Seconds(double seconds) {
  return json::value(static_cast<int64_t>(std::max(1.0, std::round(seconds))));
}

}  // namespace

std::string WorkflowText(const WorkflowShape& shape) {
  std::vector<std::pair<std::string, json::object>> states;
  if (shape.wait_seconds > 0) {
    states.push_back({"Sleep", {{"Type", "Wait"}, {"Seconds", Seconds(shape.wait_seconds)}}});
  }
  for (int i = 1; i <= shape.tasks; ++i) {
    states.push_back(
        {"Call" + std::to_string(i),
         {{"Type", "Task"}, {"Resource", "grpc:" + shape.service + "/segue.load.v1.Echo/Call"}}});
  }
  if (states.empty()) states.push_back({"Pass", {{"Type", "Pass"}}});
  json::object by_name;
  for (size_t i = 0; i < states.size(); ++i) {
    auto& [name, state] = states[i];
    if (i + 1 < states.size()) {
      state["Next"] = states[i + 1].first;
    } else {
      state["End"] = true;
    }
    by_name[name] = std::move(state);
  }
  return json::serialize(json::object{{"Comment", "Made by segue-load"},
                                      {"StartAt", states.front().first},
                                      {"States", std::move(by_name)}});
}

}  // namespace segue::load
