#include <algorithm>
#include <utility>

#include "server/language/compile.h"
#include "server/language/definition/choice_rule.h"
#include "server/language/definition/field_compiler.h"
#include "server/language/definition/template_check.h"
#include "server/language/text.h"
#include "server/language/timestamp.h"

// States Language, "Input and Output Processing" in JSONPath mode.

namespace segue::language {
namespace {

std::string InvalidPath(const Node& node, std::string_view what, const absl::Status& why) {
  return Concat("The value for the field '", node.name(), "' must be a valid ", what, ": ",
                std::string(why.message()));
}

ExpressionPtr CompilePathAt(const Node& node, Faults* faults) {
  auto path = CompilePath(node.string());
  if (path.ok()) return *std::move(path);
  faults->Schema(node, InvalidPath(node, "JSONPath", path.status()));
  return nullptr;
}

// Whether a path has the form of a Reference Path, be it from `$`, `$$` or a variable.
bool IsReferencePath(std::string_view text) {
  if (text.empty() || text[0] != '$') return false;
  const size_t root_end = text.find_first_of(".[");
  const std::string_view steps = root_end == text.npos ? "" : text.substr(root_end);
  return CompileReferencePath(Concat("$", steps)).ok();
}

// The value of a field whose name ends in Path and that names one value.
ExpressionPtr CompileReferenceAt(const Node& node, Faults* faults) {
  if (!IsReferencePath(node.string())) {
    faults->Schema(node, "Value is not a Reference Path");
    return nullptr;
  }
  return CompilePathAt(node, faults);
}

// The functions whose answer is a string: those that ErrorPath and CausePath may call (States
// Language, "Fail State").
bool GivesString(std::string_view call) {
  constexpr std::string_view kFunctions[] = {
      "States.Format",       "States.JsonToString", "States.ArrayGetItem", "States.Base64Encode",
      "States.Base64Decode", "States.Hash",         "States.UUID"};
  return std::find(std::begin(kFunctions), std::end(kFunctions), call.substr(0, call.find('('))) !=
         std::end(kFunctions);
}

ExpressionPtr CompileTextPath(const Node& node, Faults* faults) {
  const std::string& text = node.string();
  auto compiled = CompilePathOrIntrinsic(text);
  if (!compiled.ok()) {
    faults->Schema(
        node, InvalidPath(node, "JSONPath or a valid intrinsic function call", compiled.status()));
    return nullptr;
  }
  if (text[0] != '$' && !GivesString(text)) {
    faults->Schema(node, Concat("The value for the field '", node.name(),
                                "' must be a function that returns a string: States.Format, "
                                "States.JsonToString, States.ArrayGetItem, States.Base64Encode, "
                                "States.Base64Decode, States.Hash or States.UUID"));
    return nullptr;
  }
  return *std::move(compiled);
}

// InputPath and OutputPath: null stands for an empty object.
ExpressionPtr CompileNullablePath(Fields* fields, std::string_view name) {
  const Node* node = fields->Take(name);
  if (node == nullptr) return nullptr;
  if (node->is_null()) return Literal(Json::Object());
  if (node->is_string()) return CompilePathAt(*node, &fields->faults());
  fields->faults().Schema(
      *node, Concat("The value for the field '", name, "' must be a valid JSONPath, or null"));
  return nullptr;
}

ResultTarget CompileResultPath(Fields* fields) {
  ResultTarget target;
  const Node* node = fields->Take("ResultPath");
  if (node == nullptr) return target;
  if (node->is_null()) {
    target.kind = ResultTarget::Kind::kDiscard;
    return target;
  }
  if (!node->is_string()) {
    fields->faults().Schema(*node,
                            "The value for the field 'ResultPath' must be a Reference Path, "
                            "or null");
    return target;
  }
  auto path = CompileReferencePath(node->string());
  if (!path.ok()) {
    fields->faults().Schema(
        *node, Concat("Value is not a Reference Path: ", std::string(path.status().message())));
    return target;
  }
  if (!path->steps().empty()) {
    target.kind = ResultTarget::Kind::kPath;
    target.path = *std::move(path);
  }
  return target;
}

ExpressionPtr CompileTemplateField(Fields* fields, std::string_view name) {
  const Node* node = fields->Take(name);
  return node == nullptr ? nullptr : CompileCheckedTemplate(*node, &fields->faults());
}

// One member of what a template makes: a variable whose name in Assign ends in `.$`. It keeps the
// template around the path, so that its errors name the field.
class TemplateMember : public Expression {
 public:
  TemplateMember(ExpressionPtr object, std::string name)
      : object_(std::move(object)), name_(std::move(name)) {}

  Outcome<Json> Evaluate(const Scope& scope) const override {
    SEGUE_TRY(object, object_->Evaluate(scope));
    const Json* member = object.Find(name_);
    SEGUE_CHECK(member != nullptr);
    return *member;
  }

 private:
  const ExpressionPtr object_;
  const std::string name_;
};

ExpressionPtr CompileAssigned(const Node& member, std::string_view variable) {
  if (variable == member.name()) {
    auto compiled = CompilePayloadTemplate(member.ToJson());
    return compiled.ok() ? *std::move(compiled) : nullptr;
  }
  auto compiled = CompilePayloadTemplate(Json::Of({{member.name(), member.ToJson()}}));
  if (!compiled.ok()) return nullptr;
  return std::make_shared<TemplateMember>(*std::move(compiled), std::string(variable));
}

class JsonPathFields : public FieldCompiler {
 public:
  QueryLanguage language() const override { return QueryLanguage::kJsonPath; }

  void CompilePipeline(Fields* fields, const PipelineFields& allowed, State* state) const override {
    if (allowed.input_and_output) {
      state->input_path = CompileNullablePath(fields, "InputPath");
      state->output_path = CompileNullablePath(fields, "OutputPath");
    }
    if (allowed.parameters) state->parameters = CompileTemplateField(fields, "Parameters");
    if (allowed.result_selector) {
      state->result_selector = CompileTemplateField(fields, "ResultSelector");
    }
    if (allowed.result_path) state->result_path = CompileResultPath(fields);
  }

  ExpressionPtr CompileInteger(Fields* fields, std::string_view name,
                               IntegerRange range) const override {
    const std::string path_name = Concat(name, "Path");
    fields->AtMostOneOf({name, path_name});
    if (const Node* path = fields->String(path_name)) {
      fields->Take(name);
      return CompileReferenceAt(*path, &fields->faults());
    }
    const auto value = fields->Integer(name, range);
    return value ? Literal(Json(*value)) : nullptr;
  }

  ExpressionPtr CompilePercentage(Fields* fields, std::string_view name) const override {
    const std::string path_name = Concat(name, "Path");
    fields->AtMostOneOf({name, path_name});
    const Node* literal = fields->Take(name);
    if (const Node* path = fields->String(path_name)) {
      return CompileReferenceAt(*path, &fields->faults());
    }
    if (literal == nullptr || !CheckNumber(*literal, 0, 100, &fields->faults())) return nullptr;
    return Literal(literal->scalar());
  }

  ExpressionPtr CompileText(Fields* fields, std::string_view name, TextKind kind) const override {
    const std::string path_name = Concat(name, "Path");
    fields->AtMostOneOf({name, path_name});
    const Node* literal = fields->String(name);
    if (const Node* path = fields->String(path_name)) {
      return kind == TextKind::kTimestamp ? CompileReferenceAt(*path, &fields->faults())
                                          : CompileTextPath(*path, &fields->faults());
    }
    if (literal == nullptr) return nullptr;
    if (kind == TextKind::kTimestamp && !ParseTimestamp(literal->string())) {
      fields->faults().Schema(*literal, "String does not match RFC3339 timestamp");
      return nullptr;
    }
    return Literal(literal->scalar());
  }

  ExpressionPtr CompileTemplate(const Node& value, Faults* faults) const override {
    return CompileCheckedTemplate(value, faults);
  }

  ExpressionPtr CompileItems(Fields* fields, MapState::Mode /*mode*/) const override {
    const Node* path = fields->String("ItemsPath");
    return path == nullptr ? nullptr : CompilePathAt(*path, &fields->faults());
  }

  ExpressionPtr CompileCallArguments(Fields* fields) const override {
    return CompileTemplateField(fields, "Parameters");
  }

  ConditionPtr CompileCondition(Fields* fields) const override { return CompileChoiceRule(fields); }

  void CompileCatcherResult(Fields* fields, Catcher* catcher) const override {
    catcher->result_path = CompileResultPath(fields);
  }

  ExpressionPtr CompileRuleOutput(Fields* /*fields*/) const override { return nullptr; }

  Assignments CompileAssign(Fields* fields) const override {
    Assignments assignments;
    const Node* assign = fields->Object("Assign");
    if (assign == nullptr || CompileCheckedTemplate(*assign, &fields->faults()) == nullptr) {
      return assignments;
    }
    for (const Node* member : assign->children()) {
      std::string_view variable = member->name();
      if (variable.size() >= 2 && variable.substr(variable.size() - 2) == ".$") {
        variable.remove_suffix(2);
      }
      if (!CheckVariableName(variable, *member, &fields->faults())) continue;
      assignments.emplace_back(std::string(variable), CompileAssigned(*member, variable));
    }
    return assignments;
  }
};

}  // namespace

const FieldCompiler& JsonPathFieldCompiler() {
  static const JsonPathFields compiler;
  return compiler;
}

}  // namespace segue::language
