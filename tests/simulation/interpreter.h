#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/model.h"

namespace segue::simulation {

// Predict's own: walks a definition, with every outcome that each state may have.
class Interpreter {
 public:
  using Set = std::vector<Prediction>;
  // What can be seen at one place of the definition.
  struct View {
    Json input;
    std::optional<Json> item;  // $$.Map.Item
    Json::Object variables;
    Query machine = Query::kJsonPath;  // unless a state says otherwise
  };

  explicit Interpreter(const ModelWorld& world) : world_(world) {}

  Set Machine(const Json& definition, const Json& input);
  bool gave_up() const { return gave_up_; }

 private:
  static constexpr size_t kStepsMax = 5000;
  // From one state to the next.
  struct Step {
    Prediction outcome;
    std::string next;  // empty: the block ends with the outcome
    Json::Object variables;
  };
  // A state that is entered.
  struct Entry {
    const std::string& name;
    const Json& state;
    const View& view;
    Query query = Query::kJsonPath;
    Sight Sees(const Json& input) const;
  };
  // Attempts of one visit; `used` counts the retries by each Retrier.
  struct Tries {
    const Entry& entry;
    std::vector<int> used;
    std::set<std::vector<int>> seen;
  };
  // What a Map begins with.
  struct Plan {
    Json::Array items;
    std::string source;       // $$.Map.Item.Source
    bool unreadable = false;  // its object is
    std::string bucket;       // of its results; empty: they are the Map's own
    int64_t tolerated = 0;
    bool has_threshold = false;
    bool distributed = false;
    bool express = false;
  };
  // The iterations of a Map: what may come of each, and how many items each stands for.
  struct Iterations {
    std::vector<Set> outcomes;
    std::vector<int64_t> weights;
    Set errors;  // of what they were to begin with
  };

  // model.cc: control flow, retries and catches.
  Set Block(const Json& block, const View& view);
  std::vector<Step> Enter(const Entry& entry);
  void Try(Tries& tries, int attempt, std::vector<Step>* steps);
  Step Caught(const Entry& entry, const Prediction& outcome);
  Set GiveUp();
  void AddTo(Set& set, Prediction outcome);

  // model_states.cc: what all states have, and those that do no work.
  Step Leave(const Entry& entry, const Json& fields, const Json& result, const std::string& next);
  Step LeaveState(const Entry& entry, const Json& result);
  Prediction Output(const Entry& entry, const Json& fields, const Json& result);
  std::string Assign(const Entry& entry, const Json& fields, Sight sight, Step& step);
  Prediction WorkInput(const Entry& entry);
  Step Passed(const Entry& entry);
  Step Waited(const Entry& entry);
  Step Chosen(const Entry& entry);
  Step Failed(const Entry& entry);
  Prediction Truth(const Entry& entry, const Json& rule);
  bool Holds(const Entry& entry, const Json& rule);

  // model_work.cc: Task, Parallel, and what is joined.
  Set Work(const Entry& entry, int attempt);
  Set Called(const Entry& entry, int attempt);
  Set Started(const Json& arguments, const std::string& resource);
  Set Sent(const Json& arguments, const std::string& resource);
  Set Branches(const Entry& entry);
  Set Join(const Plan& plan, const Iterations& iterations);
  static Json Written(const std::string& bucket);

  // model_map.cc: Map.
  struct Field {
    const Json& of;
    std::string name;
  };
  Set Mapped(const Entry& entry);
  std::optional<std::string> PlanMap(const Entry& entry, Plan& plan);
  std::optional<std::string> TakeItems(const Entry& entry, Plan& plan);
  std::optional<std::string> ReadItems(const Entry& entry, const Json& reader, Plan& plan);
  bool Count(const Entry& entry, const Field& field, std::optional<int64_t>& count);
  Iterations Iterate(const Entry& entry, const Plan& plan);

  const ModelWorld& world_;
  Set sent_;  // what its executions may complete the task with whose token they were given
  bool gave_up_ = false;
};

}  // namespace segue::simulation
