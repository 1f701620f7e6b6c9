#include "tests/simulation/model.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_split.h"

namespace segue::simulation {
namespace {

using Set = std::vector<Prediction>;

constexpr char kRuntime[] = "States.Runtime";

// One place of the definition, with what can be seen there.
struct View {
  Json input;
  std::optional<Json> item;  // $$.Map.Item
};

class Model {
 public:
  explicit Model(const ModelService& service) : service_(service) {}

  // What may come of a block: its states from StartAt to an end.
  Set Block(const Json& block, const View& view) {
    Set ended;
    std::set<std::string> seen;
    // States to go on with, each with its input.
    std::vector<std::pair<std::string, Json>> open = {{*block.FindString("StartAt"), view.input}};
    while (!open.empty() && !gave_up_) {
      auto [name, input] = std::move(open.back());
      open.pop_back();
      if (!seen.insert(name + "\n" + input.Dump()).second) continue;
      if (seen.size() > kStepsMax) return GiveUp();
      const Json* state = block.Find("States")->Find(name);
      for (Step& step : Enter(name, *state, View{std::move(input), view.item})) {
        if (step.next.empty()) {
          AddTo(ended, std::move(step.outcome));
        } else {
          open.emplace_back(std::move(step.next), std::move(step.outcome.output));
        }
      }
    }
    return ended;
  }

  bool gave_up() const { return gave_up_; }

 private:
  static constexpr size_t kStepsMax = 5000;
  struct Step {
    Prediction outcome;
    std::string next;  // empty: the block ends with the outcome
  };

  Set GiveUp() {
    gave_up_ = true;
    return {};
  }

  void AddTo(Set& set, Prediction outcome) {
    for (const Prediction& there : set) {
      if (there.error == outcome.error && there.output == outcome.output) return;
    }
    set.push_back(std::move(outcome));
    if (set.size() > kPredictionsMax) gave_up_ = true;
  }

  std::vector<Step> Enter(const std::string& name, const Json& state, const View& view) {
    const std::string& type = *state.FindString("Type");
    if (type == "Succeed") return {{.outcome = {.output = view.input}}};
    if (type == "Fail") return {{.outcome = {.error = *state.FindString("Error")}}};
    if (type == "Choice") return {{.outcome = {.output = view.input}, .next = Choose(state, view)}};
    if (type == "Wait") return {Waited(state, view)};
    if (type == "Pass") return {After(state, PassOutput(state, view))};
    if (type != "Task" && type != "Parallel" && type != "Map") {
      gave_up_ = true;
      return {};
    }
    std::vector<Step> steps;
    const Json* retriers = state.Find("Retry");
    Tries tries{.name = name, .state = state, .view = view};
    tries.used.assign(retriers == nullptr ? 0 : retriers->array().size(), 0);
    Try(tries, 1, &steps);
    return steps;
  }

  Step Waited(const Json& state, const View& view) {
    if (const Json* seconds = state.Find("SecondsPath")) {
      const Json value = At(seconds->string(), view);
      if (!value.is_number() || value.number() < 0) return {.outcome = {.error = kRuntime}};
    }
    return After(state, view.input);
  }

  static Step After(const Json& state, Json output) {
    const std::string* next = state.FindString("Next");
    return {.outcome = {.output = std::move(output)}, .next = next == nullptr ? "" : *next};
  }

  // Attempts of one visit; `used` counts the retries by each Retrier.
  struct Tries {
    const std::string& name;
    const Json& state;
    const View& view;
    std::vector<int> used;
    std::set<std::vector<int>> seen;
  };

  void Try(Tries& tries, int attempt, std::vector<Step>* steps) {
    if (gave_up_ || !tries.seen.insert(tries.used).second) return;
    for (Prediction& outcome : Work(tries, attempt)) {
      if (outcome.error.empty()) {
        Json output = Placed(tries.state, tries.view.input,
                             Selected(tries.state, tries.view, std::move(outcome.output)));
        steps->push_back(After(tries.state, std::move(output)));
        continue;
      }
      if (const std::optional<size_t> retrier = FindRetrier(tries, outcome.error)) {
        ++tries.used[*retrier];
        Try(tries, attempt + 1, steps);
        --tries.used[*retrier];
        continue;
      }
      steps->push_back(Caught(tries, outcome));
    }
  }

  static bool Names(const Json& handler, const std::string& error) {
    // A definition that does not fit its data: nothing retries or catches it.
    if (error == kRuntime) return false;
    const bool timeout = error == "States.Timeout" || error == "States.HeartbeatTimeout";
    for (const Json& pattern : handler.Find("ErrorEquals")->array()) {
      const std::string& name = pattern.string();
      if (name == "States.ALL" || name == error) return true;
      if (name == "States.TaskFailed" && !timeout) return true;
      if (name == "States.Timeout" && timeout) return true;
    }
    return false;
  }

  // The first that names the error; nothing where that one is used up.
  static std::optional<size_t> FindRetrier(const Tries& tries, const std::string& error) {
    const Json* retriers = tries.state.Find("Retry");
    if (retriers == nullptr) return std::nullopt;
    for (size_t i = 0; i < retriers->array().size(); ++i) {
      const Json& retrier = retriers->array()[i];
      if (!Names(retrier, error)) continue;
      const Json* max = retrier.Find("MaxAttempts");
      if (tries.used[i] < (max == nullptr ? 3 : max->int_value())) return i;
      return std::nullopt;
    }
    return std::nullopt;
  }

  Step Caught(const Tries& tries, const Prediction& outcome) {
    if (const Json* catchers = tries.state.Find("Catch")) {
      for (const Json& catcher : catchers->array()) {
        if (!Names(catcher, outcome.error)) continue;
        Json error = Json::Of({{"Error", outcome.error}, {"Cause", nullptr}});
        return {.outcome = {.output = Placed(catcher, tries.view.input, std::move(error))},
                .next = *catcher.FindString("Next")};
      }
    }
    return {.outcome = {.error = outcome.error}};
  }

  // What one attempt may give.
  Set Work(const Tries& tries, int attempt) {
    const std::string& type = *tries.state.FindString("Type");
    if (type == "Parallel") {
      std::vector<Set> branches;
      for (const Json& branch : tries.state.Find("Branches")->array()) {
        branches.push_back(Block(branch, tries.view));
      }
      return Join(branches);
    }
    if (type == "Map") return Join(Iterations(tries));
    const std::string& resource = *tries.state.FindString("Resource");
    ModelCall call{.state = tries.name,
                   .service = resource.substr(5, resource.find('/') - 5),
                   .arguments = tries.view.input,
                   .attempt = attempt,
                   .heartbeat = tries.state.Find("HeartbeatSeconds") != nullptr};
    if (const Json* parameters = tries.state.Find("Parameters")) {
      call.arguments = Filled(*parameters, tries.view);
    }
    return {service_(call)};
  }

  std::vector<Set> Iterations(const Tries& tries) {
    std::vector<Set> iterations;
    const Json items = At(*tries.state.FindString("ItemsPath"), tries.view);
    int64_t index = 0;
    for (const Json& value : items.array()) {
      View view{.input = value, .item = Json::Of({{"Index", index++}, {"Value", value}})};
      if (const Json* selector = tries.state.Find("ItemSelector")) {
        view.input = Filled(*selector, {.input = tries.view.input, .item = view.item});
      }
      iterations.push_back(Block(*tries.state.Find("ItemProcessor"), view));
    }
    return iterations;
  }

  // All of their results, in order; or the error of any.
  Set Join(const std::vector<Set>& branches) {
    Set joined = {{.output = Json(Json::Array())}};
    Set failed;
    for (const Set& branch : branches) {
      Set longer;
      for (const Prediction& outcome : branch) {
        if (!outcome.error.empty()) {
          AddTo(failed, {.error = outcome.error});
          continue;
        }
        for (const Prediction& before : joined) {
          Json::Array results = before.output.array();
          results.push_back(outcome.output);
          AddTo(longer, {.output = Json(std::move(results))});
        }
      }
      joined = std::move(longer);
    }
    for (Prediction& error : failed) joined.push_back(std::move(error));
    return joined;
  }

  std::string Choose(const Json& state, const View& view) {
    for (const Json& rule : state.Find("Choices")->array()) {
      if (Holds(rule, view)) return *rule.FindString("Next");
    }
    return *state.FindString("Default");
  }

  bool Holds(const Json& rule, const View& view) {
    if (const Json* none = rule.Find("Not")) return !Holds(*none, view);
    if (const Json* all = rule.Find("And")) {
      for (const Json& each : all->array()) {
        if (!Holds(each, view)) return false;
      }
      return true;
    }
    if (const Json* any = rule.Find("Or")) {
      for (const Json& each : any->array()) {
        if (Holds(each, view)) return true;
      }
      return false;
    }
    const std::string& variable = *rule.FindString("Variable");
    if (const Json* present = rule.Find("IsPresent")) {
      return Find(variable, view).has_value() == present->bool_value();
    }
    const Json value = At(variable, view);
    const double number = value.is_number() ? value.number() : 0;
    if (const Json* bound = rule.Find("NumericLessThan")) return number < bound->number();
    if (const Json* bound = rule.Find("NumericGreaterThan")) return number > bound->number();
    if (const Json* bound = rule.Find("NumericGreaterThanEquals")) return number >= bound->number();
    gave_up_ = true;
    return false;
  }

  Json PassOutput(const Json& state, const View& view) {
    Json result = view.input;
    if (const Json* path = state.Find("InputPath")) result = At(path->string(), view);
    if (const Json* parameters = state.Find("Parameters")) {
      result = Filled(*parameters, {.input = result, .item = view.item});
    }
    if (const Json* fixed = state.Find("Result")) result = *fixed;
    return Placed(state, view.input, std::move(result));
  }

  Json Selected(const Json& state, const View& view, Json result) {
    const Json* selector = state.Find("ResultSelector");
    if (selector == nullptr) return result;
    return Filled(*selector, {.input = std::move(result), .item = view.item});
  }

  // ResultPath: absent, null, or one member.
  static Json Placed(const Json& state, const Json& input, Json result) {
    const Json* path = state.Find("ResultPath");
    if (path == nullptr) return result;
    if (path->is_null()) return input;
    return input.With(path->string().substr(2), std::move(result));
  }

  // A payload template: its members are literal, paths or one sum.
  Json Filled(const Json& payload, const View& view) {
    Json::Object filled;
    for (const auto& [name, value] : payload.object()) {
      if (!name.ends_with(".$")) {
        filled.Set(name, value.is_object() ? Filled(value, view) : value);
      } else {
        filled.Set(name.substr(0, name.size() - 2), Evaluated(value.string(), view));
      }
    }
    return Json(std::move(filled));
  }

  Json Evaluated(const std::string& text, const View& view) {
    constexpr std::string_view kSum = "States.MathAdd(";
    if (!text.starts_with(kSum)) return At(text, view);
    const std::string inside = text.substr(kSum.size(), text.size() - kSum.size() - 1);
    const std::vector<std::string> terms = absl::StrSplit(inside, ", ");
    const Json first = At(terms[0], view);
    return first.is_int() ? Json(first.int_value() + std::stoi(terms[1])) : Json();
  }

  // `$`, `$.a.b`, `$$.Map.Item.Index`.
  static std::optional<Json> Find(const std::string& path, const View& view) {
    constexpr std::string_view kItem = "$$.Map.Item.";
    std::vector<std::string> names = absl::StrSplit(path, '.');
    const Json* value = &view.input;
    size_t from = 1;
    if (path.starts_with(kItem)) {
      if (!view.item) return std::nullopt;
      value = &*view.item;
      from = 3;
    }
    for (size_t i = from; i < names.size(); ++i) {
      value = value->Find(names[i]);
      if (value == nullptr) return std::nullopt;
    }
    return *value;
  }

  Json At(const std::string& path, const View& view) {
    std::optional<Json> found = Find(path, view);
    if (!found) gave_up_ = true;
    return found.value_or(Json(Json::Array()));
  }

  const ModelService& service_;
  bool gave_up_ = false;
};

}  // namespace

std::optional<std::vector<Prediction>> Predict(const Json& definition, const Json& input,
                                               const ModelService& service) {
  Model model(service);
  std::vector<Prediction> predictions = model.Block(definition, View{.input = input});
  if (model.gave_up()) return std::nullopt;
  return predictions;
}

Json Comparable(const Json& value) {
  if (value.is_array()) {
    Json::Array elements;
    for (const Json& element : value.array()) elements.push_back(Comparable(element));
    return Json(std::move(elements));
  }
  if (!value.is_object()) return value;
  Json::Object members;
  for (const auto& [name, member] : value.object()) {
    members.Set(name, name == "call" || name == "Cause" ? Json() : Comparable(member));
  }
  return Json(std::move(members));
}

}  // namespace segue::simulation
