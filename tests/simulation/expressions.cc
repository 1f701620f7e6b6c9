#include "tests/simulation/expressions.h"

#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace segue::simulation {
namespace {

constexpr char kFailed[] = "States.QueryEvaluationError";

// The Context Object, as far as definitions read it.
Json Context(const Sight& sight) {
  Json context = Json::Of(
      {{"State", Json::Of({{"Name", sight.state}})},
       {"Execution",
        Json::Of({{"Id", nullptr}, {"Name", nullptr}, {"Input", Json::Of({{"token", nullptr}})}})},
       {"Task", Json::Of({{"Token", nullptr}})}});
  if (sight.item) context = context.With("Map", Json::Of({{"Item", *sight.item}}));
  return context;
}

std::optional<Json> Below(Json value, const std::vector<std::string>& names, size_t from) {
  for (size_t i = from; i < names.size(); ++i) {
    const Json* member = value.Find(names[i]);
    if (member == nullptr) return std::nullopt;
    value = Json(*member);
  }
  return value;
}

// An intrinsic function: "States.Name(argument, argument)".
Prediction Called(const std::string& text, const Sight& sight) {
  const size_t open = text.find('(');
  const std::string name = text.substr(0, open);
  std::vector<Json> arguments;
  for (const std::string& argument : std::vector<std::string>(
           absl::StrSplit(text.substr(open + 1, text.size() - open - 2), ", "))) {
    if (argument.starts_with('\'')) {
      arguments.push_back(Json(argument.substr(1, argument.size() - 2)));
    } else if (!argument.starts_with('$')) {
      arguments.push_back(Json(std::stoi(argument)));
    } else if (std::optional<Json> found = AtPath(argument, sight)) {
      arguments.push_back(*std::move(found));
    } else {
      return {.error = "States.Runtime"};
    }
  }
  const Json& first = arguments[0];
  const Prediction refused{.error = "States.IntrinsicFailure"};
  if (name == "States.MathAdd") {
    if (!first.is_int()) return refused;
    return {.output = Json(first.int_value() + arguments[1].int_value())};
  }
  if (name == "States.ArrayLength") {
    if (!first.is_array()) return refused;
    return {.output = Json(static_cast<int64_t>(first.array().size()))};
  }
  if (name == "States.Format") {
    const std::string value = arguments[1].Dump();
    return {.output = Json(
                absl::StrReplaceAll(first.string(), {{"{}", value}, {"\\{", "{"}, {"\\}", "}"}}))};
  }
  // States.StringToJson
  if (!first.is_string()) return refused;
  return {.output = *Json::Parse(first.string())};
}

// One JSONata expression. Nothing: undefined.
class Jsonata {
 public:
  Jsonata(std::string_view text, const Sight& sight) : text_(text), sight_(sight) {}

  Prediction Evaluate() {
    std::optional<Json> value = Or();
    if (failed_ || !value) return {.error = kFailed};
    return {.output = *std::move(value)};
  }

 private:
  using Value = std::optional<Json>;

  bool Take(std::string_view token) {
    while (!text_.empty() && text_[0] == ' ') text_.remove_prefix(1);
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  Value Fail() {
    failed_ = true;
    return std::nullopt;
  }

  static bool Truth(const Value& value) { return value && value->is_bool() && value->bool_value(); }

  Value Or() {
    Value left = And();
    while (Take("or ")) {
      const Value right = And();
      left = Json::Bool(Truth(left) || Truth(right));
    }
    return left;
  }

  Value And() {
    Value left = Compared();
    while (Take("and ")) {
      const Value right = Compared();
      left = Json::Bool(Truth(left) && Truth(right));
    }
    return left;
  }

  Value Compared() {
    const Value left = Sum();
    for (const std::string_view sign : {">=", "<", ">"}) {
      if (!Take(sign)) continue;
      const Value right = Sum();
      if (!left || !right) return std::nullopt;
      if (!left->is_number() || !right->is_number()) return Fail();
      const double a = left->number();
      const double b = right->number();
      return Json::Bool(sign == "<" ? a < b : sign == ">" ? a > b : a >= b);
    }
    return left;
  }

  Value Sum() {
    Value left = Primary();
    while (true) {
      if (Take("& ")) {
        const Value right = Primary();
        if (left && right) left = Json(absl::StrCat(left->string(), right->string()));
        continue;
      }
      const bool adds = Take("+ ");
      if (!adds && !Take("- ")) return left;
      const Value right = Primary();
      if ((left && !left->is_int()) || (right && !right->is_int())) return Fail();
      if (!left || !right) return std::nullopt;
      const int64_t more = right->int_value();
      left = Json(left->int_value() + (adds ? more : -more));
    }
  }

  Value Primary() {
    if (Take("(")) {
      Value inner = Or();
      Take(")");
      return inner;
    }
    if (Take("'")) {
      const std::string text(text_.substr(0, text_.find('\'')));
      text_.remove_prefix(text.size() + 1);
      return Json(text);
    }
    if (Take("[")) return List();
    if (Take("{")) return Object();
    if (Take("$")) return Name();
    int64_t number = 0;
    for (; !text_.empty() && std::isdigit(text_[0]) != 0; text_.remove_prefix(1)) {
      number = number * 10 + (text_[0] - '0');
    }
    return Json(number);
  }

  Value List() {
    Json::Array elements;
    while (!Take("]")) {
      if (Value element = Or()) elements.push_back(*std::move(element));
      Take(",");
    }
    return Json(std::move(elements));
  }

  Value Object() {
    Json::Object members;
    while (!Take("}")) {
      const Value name = Primary();
      Take(":");
      if (Value value = Or()) members.Set(name->string(), *std::move(value));
      Take(",");
    }
    return Json(std::move(members));
  }

  // A function or a path.
  Value Name() {
    size_t length = 0;
    while (length < text_.size() && (std::isalnum(text_[length]) != 0 || text_[length] == '.')) {
      ++length;
    }
    const std::string name(text_.substr(0, length));
    text_.remove_prefix(length);
    if (!Take("(")) return AtName(name);
    const Value argument = Or();
    Take(")");
    return Call(name, argument);
  }

  Value AtName(const std::string& path) {
    const std::vector<std::string> names = absl::StrSplit(path, '.');
    if (names[0] != "states") {
      const Json* variable = sight_.variables.Find(names[0]);
      return variable == nullptr ? std::nullopt : Value(*variable);
    }
    Json::Object states;
    states.Set("input", sight_.input);
    states.Set("context", Context(sight_));
    if (sight_.result) states.Set("result", *sight_.result);
    if (sight_.error_output) states.Set("errorOutput", *sight_.error_output);
    return Below(Json(std::move(states)), names, 1);
  }

  Value Call(const std::string& name, const Value& argument) {
    if (name == "error") return Fail();
    if (name == "exists") return Json::Bool(argument.has_value());
    if (name == "not") return Json::Bool(!Truth(argument));
    if (name == "count") {
      return Json(argument ? static_cast<int64_t>(argument->array().size()) : int64_t{0});
    }
    if (!argument) return std::nullopt;
    if (name == "string") return Json(argument->Dump());
    if (name == "parse") return *Json::Parse(argument->string());
    Json merged = Json(Json::Object());  // merge
    for (const Json& each : argument->array()) {
      if (!each.is_object()) return Fail();
      for (const auto& [member, value] : each.object()) merged = merged.With(member, value);
    }
    return merged;
  }

  std::string_view text_;
  const Sight& sight_;
  bool failed_ = false;
};

Prediction OfText(const std::string& text, Query query, const Sight& sight) {
  if (query == Query::kJsonata) {
    if (!text.starts_with("{% ")) return {.output = Json(text)};
    return Jsonata(std::string_view(text).substr(3, text.size() - 6), sight).Evaluate();
  }
  if (text.starts_with("States.")) return Called(text, sight);
  std::optional<Json> found = AtPath(text, sight);
  if (!found) return {.error = "States.Runtime"};
  return {.output = *std::move(found)};
}

}  // namespace

std::optional<Json> AtPath(const std::string& path, const Sight& sight) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  if (names[0] == "$") return Below(sight.input, names, 1);
  if (names[0] == "$$") return Below(Context(sight), names, 1);
  const Json* variable = sight.variables.Find(names[0].substr(1));
  if (variable == nullptr) return std::nullopt;
  return Below(*variable, names, 1);
}

Prediction Evaluated(const Json& payload, Query query, const Sight& sight) {
  if (payload.is_string() && query == Query::kJsonata) {
    return OfText(payload.string(), query, sight);
  }
  if (!payload.is_object()) return {.output = payload};
  Json::Object filled;
  for (const auto& [name, value] : payload.object()) {
    const bool computed = query == Query::kJsonPath && name.ends_with(".$");
    Prediction member =
        computed ? OfText(value.string(), query, sight) : Evaluated(value, query, sight);
    if (!member.error.empty()) return member;
    filled.Set(computed ? name.substr(0, name.size() - 2) : name, std::move(member.output));
  }
  return {.output = Json(std::move(filled))};
}

}  // namespace segue::simulation
