#pragma once

#include <string>
#include <vector>

#include "server/base/json.h"
#include "server/base/random.h"
#include "tests/simulation/items.h"
#include "tests/simulation/workflow_generator.h"

namespace segue::simulation {

using Members = std::vector<Json::Member>;

// Draws a definition: RandomWorkflow's own. Whatever a state does, its data stays an object with
// "n" and "items", so that the next one finds them; results go beside, into "r0" to "r2".
class Generator {
 public:
  Generator(const WorkflowShape& shape, Random& random);

  Json Machine();

 private:
  enum class Language { kJsonPath, kJsonata };
  // The variables that the states of a block assign, by the order in which they stand.
  struct Scope {
    const Scope* outer = nullptr;
    std::vector<std::string> names;
  };
  // What a sequence stands in.
  struct Block {
    int depth = 0;
    const Scope* outer = nullptr;  // null too where it sees nothing of what is around it
    enum class Input { kItem, kBatch } input = Input::kItem;
    enum class Output { kAny, kItems } output = Output::kAny;  // kItems: the "items" of its last
    WorkflowShape::Type type = WorkflowShape::Type::kStandard;
    bool has_token = true;  // the execution's input has "token"
  };
  // Where a state stands in its sequence.
  struct Place {
    const Block& block;
    Scope& scope;
    std::vector<std::string> names;  // of the sequence
    size_t index = 0;
    std::string after;  // where the last state leads; empty: the end
    Language language = Language::kJsonPath;
    bool last() const { return index + 1 == names.size(); }
    bool is_jsonata() const { return language == Language::kJsonata; }
  };
  // A value in a payload: as it is, or computed.
  struct Value {
    Json json;
    bool computed = false;
  };

  // workflow_generator.cc: sequences, and what all states have.
  static Block Inside(const Place& place);
  Json Sequence(const Block& block);
  Json State(Place& place);
  void AddTransition(const Place& place, Members& members);
  void AddLoop(const Place& place, Members& states);
  struct Edge {
    std::string from;
    std::string to;
  };
  void AddPrologue(const Edge& edge, Members& states);
  void AddEpilogue(const Place& place, Members& states);
  void AddErrorHandling(Place& place, Members& members);
  Members Catcher(Place& place);
  Json Errors();

  // generator_data.cc: expressions and payloads in both languages.
  Value Computed(const Place& place, std::string_view path, std::string_view expression) const;
  Value Any(const Place& place);
  Value Faulty(const Place& place);
  static void Put(const Place& place, Members& members, const std::string& name, Value value);
  void AddAssign(Place& place, Members& members, const Value& result);
  void AddResult(Place& place, Members& members, const Value& result);
  Json Payload(const Place& place, const std::string& n, const std::string& items);
  std::string Variable(const Place& place);

  // generator_states.cc: all but Task and Map.
  Members Pass(Place& place);
  Members Wait(Place& place);
  Members Choice(Place& place);
  Json Rule(int depth);
  std::string Condition(int depth);
  Members Parallel(Place& place);
  Members Ending(Place& place);

  // generator_work.cc: Task.
  Members Task(Place& place);
  Members ServiceTask(Place& place);
  std::string PulledResource(const Place& place);
  Members WorkerTask(Place& place);
  Members TokenTask(Place& place);
  void AddTimes(Members& members);

  // generator_nested.cc: Tasks that call the server itself.
  Members NestedTask(Place& place);
  Json NestedInput(const Place& place, const std::string& completion);
  void AddNestedResult(Place& place, Members& members, const std::string& completion);
  Value GivenName(const Place& place);
  Value TokenGiven(const Place& place) const;
  Members SendTask(Place& place);

  // generator_map.cc: Map.
  Members Map(Place& place);
  void AddRun(Place& place, Members& members, Block& inner);
  void AddReader(Place& place, Members& members, const ItemForm& form);
  void AddWriter(Place& place, Members& members, Block& inner);
  void AddSelector(Place& place, Members& members, ItemForm::Item item);
  Value OfItem(const Place& place, const std::string& path) const;
  void AddTolerance(const Place& place, Members& members);
  void AddCount(const Place& place, Members& members, const std::string& name, int below);
  std::string Bucket() const;

  bool Chance(double probability) { return random_.Uniform() < probability; }
  int Below(int bound) { return static_cast<int>(random_.Below(static_cast<uint64_t>(bound))); }
  bool is_predictable() const { return shape_.answers == WorkflowShape::Answers::kPredictable; }
  std::string NewName(const Block& block);
  std::string Later(const Place& place);
  std::string ResultName() { return "r" + std::to_string(Below(3)); }

  const WorkflowShape& shape_;
  Random& random_;
  const Language machine_;
  int names_made_ = 0;
  int variables_made_ = 0;
};

}  // namespace segue::simulation
