#include <utility>

#include "server/language/definition/field_compiler.h"
#include "server/language/definition/jsonata.h"
#include "server/language/text.h"
#include "server/language/timestamp.h"

// States Language, "Using JSONata in the Amazon States Language".

namespace segue::language {
namespace {

// A string that is an expression, compiled; null after a fault.
ExpressionPtr CompileExpressionAt(const Node& node, Faults* faults) {
  const std::string_view text = node.string();
  auto compiled = CompileJsonata(text.substr(2, text.size() - 4), node.LocationInState());
  if (compiled.ok()) return *std::move(compiled);
  const bool unsupported = compiled.status().code() == absl::StatusCode::kUnimplemented;
  faults->Add(node.position(), unsupported ? kUnsupportedJsonata : kInvalidJsonata,
              std::string(compiled.status().message()));
  return nullptr;
}

std::string_view TypeName(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "boolean";
    case Json::Kind::kInt:
    case Json::Kind::kDouble:
      return "number";
    case Json::Kind::kString:
      return "string";
    case Json::Kind::kArray:
      return "array";
    case Json::Kind::kObject:
      return "object";
  }
  return "";
}

// An expression whose field takes values of one type alone.
class TypedExpression : public Expression {
 public:
  TypedExpression(ExpressionPtr expression, std::string_view type, std::string location)
      : expression_(std::move(expression)), type_(type), location_(std::move(location)) {}

  Outcome<Json> Evaluate(const Scope& scope) const override {
    SEGUE_TRY(value, expression_->Evaluate(scope));
    if (TypeName(value) == type_) return value;
    WorkflowError error{"States.QueryEvaluationError",
                        Concat("The JSONata expression '", text(), "' specified for the field '",
                               location_, "' returned an unexpected result type. Expected '", type_,
                               "', but was '", TypeName(value), "' for value: ", value.Dump())};
    error.location = location_;
    return error;
  }

  std::string_view text() const override { return expression_->text(); }

 private:
  const ExpressionPtr expression_;
  const std::string_view type_;
  const std::string location_;
};

ExpressionPtr CompileTypedAt(const Node& node, std::string_view type, Faults* faults) {
  ExpressionPtr expression = CompileExpressionAt(node, faults);
  if (expression == nullptr) return nullptr;
  return std::make_shared<TypedExpression>(std::move(expression), type, node.LocationInState());
}

bool IsExpression(const Node& node) { return node.is_string() && IsJsonata(node.string()); }

// A value whose strings, at any depth, may be expressions.
class ObjectTemplate : public Expression {
 public:
  explicit ObjectTemplate(Assignments members) : members_(std::move(members)) {}

  Outcome<Json> Evaluate(const Scope& scope) const override {
    std::vector<Json::Member> members;
    members.reserve(members_.size());
    for (const auto& [name, expression] : members_) {
      SEGUE_TRY(value, expression->Evaluate(scope));
      members.emplace_back(name, std::move(value));
    }
    return Json(Json::Object(std::move(members)));
  }

 private:
  const Assignments members_;
};

class ArrayTemplate : public Expression {
 public:
  explicit ArrayTemplate(std::vector<ExpressionPtr> elements) : elements_(std::move(elements)) {}

  Outcome<Json> Evaluate(const Scope& scope) const override {
    Json::Array elements;
    elements.reserve(elements_.size());
    for (const ExpressionPtr& expression : elements_) {
      SEGUE_TRY(value, expression->Evaluate(scope));
      elements.push_back(std::move(value));
    }
    return Json(std::move(elements));
  }

 private:
  const std::vector<ExpressionPtr> elements_;
};

bool HoldsExpression(const Node& node) {
  if (IsExpression(node)) return true;
  for (const Node* child : node.children()) {
    if (HoldsExpression(*child)) return true;
  }
  return false;
}

// What is opened must be closed: "Improperly opening or closing the expression will result in a
// validation error" (Developer Guide, "Writing JSONata expressions"). With blanks around it, it is
// text like any other [recorded].
bool CheckClosed(const Node& node, Faults* faults) {
  bool good = true;
  for (const Node* child : node.children()) good = CheckClosed(*child, faults) && good;
  const bool opens = node.is_string() && node.string().starts_with("{%");
  if (!opens || IsExpression(node)) return good;
  faults->Add(node.position(), kInvalidJsonata,
              "A string that begins with '{%' must be a JSONata expression: it must end with '%}'");
  return false;
}

// Null where any expression inside is faulty; all of them are reported.
ExpressionPtr CompileTemplateAt(const Node& node, Faults* faults) {
  if (IsExpression(node)) return CompileExpressionAt(node, faults);
  if (!HoldsExpression(node)) {
    return CheckClosed(node, faults) ? Literal(node.ToJson()) : nullptr;
  }
  Assignments members;
  std::vector<ExpressionPtr> elements;
  bool good = true;
  for (const Node* child : node.children()) {
    ExpressionPtr compiled = CompileTemplateAt(*child, faults);
    good = good && compiled != nullptr;
    members.emplace_back(child->name(), compiled);
    elements.push_back(std::move(compiled));
  }
  if (!good) return nullptr;
  if (node.is_object()) return std::make_shared<ObjectTemplate>(std::move(members));
  return std::make_shared<ArrayTemplate>(std::move(elements));
}

ExpressionPtr CompileTemplateField(Fields* fields, std::string_view name) {
  const Node* node = fields->Take(name);
  return node == nullptr ? nullptr : CompileTemplateAt(*node, &fields->faults());
}

// A Choice rule's Condition: an expression that gives a boolean.
class ExpressionCondition : public Condition {
 public:
  explicit ExpressionCondition(ExpressionPtr expression) : expression_(std::move(expression)) {}

  Outcome<bool> Evaluate(const Scope& scope) const override {
    SEGUE_TRY(value, expression_->Evaluate(scope));
    return value.bool_value();
  }

 private:
  const ExpressionPtr expression_;
};

class JsonataFields : public FieldCompiler {
 public:
  QueryLanguage language() const override { return QueryLanguage::kJsonata; }

  void CompilePipeline(Fields* fields, const PipelineFields& allowed, State* state) const override {
    if (allowed.arguments) state->arguments = CompileTemplateField(fields, "Arguments");
    if (allowed.input_and_output) state->output = CompileTemplateField(fields, "Output");
  }

  ExpressionPtr CompileInteger(Fields* fields, std::string_view name,
                               IntegerRange range) const override {
    const Node* node = fields->Take(name);
    if (node == nullptr) return nullptr;
    if (IsExpression(*node)) return CompileTypedAt(*node, "number", &fields->faults());
    const auto value = CheckInteger(*node, range, &fields->faults());
    return value ? Literal(Json(*value)) : nullptr;
  }

  ExpressionPtr CompilePercentage(Fields* fields, std::string_view name) const override {
    const Node* node = fields->Take(name);
    if (node == nullptr) return nullptr;
    if (IsExpression(*node)) return CompileTypedAt(*node, "number", &fields->faults());
    if (!CheckNumber(*node, 0, 100, &fields->faults())) return nullptr;
    return Literal(node->scalar());
  }

  ExpressionPtr CompileText(Fields* fields, std::string_view name, TextKind kind) const override {
    const Node* node = fields->String(name);
    if (node == nullptr) return nullptr;
    if (IsExpression(*node)) return CompileTypedAt(*node, "string", &fields->faults());
    if (kind == TextKind::kTimestamp && !ParseTimestamp(node->string())) {
      fields->faults().Schema(*node, "String does not match RFC3339 timestamp");
      return nullptr;
    }
    return Literal(node->scalar());
  }

  ExpressionPtr CompileTemplate(const Node& value, Faults* faults) const override {
    return CompileTemplateAt(value, faults);
  }

  // An array, or an expression that gives one [recorded of an INLINE Map]; a DISTRIBUTED one takes
  // objects as well (Developer Guide, "Map state").
  ExpressionPtr CompileItems(Fields* fields, MapState::Mode mode) const override {
    const Node* node = fields->Take("Items");
    if (node == nullptr) return nullptr;
    if (IsExpression(*node) && mode == MapState::Mode::kInline) {
      return CompileTypedAt(*node, "array", &fields->faults());
    }
    if (node->is_array() || node->is_object() || IsExpression(*node)) {
      return CompileTemplateAt(*node, &fields->faults());
    }
    fields->faults().Schema(*node, "Items must be an array, an object or a JSONata expression");
    return nullptr;
  }

  ExpressionPtr CompileCallArguments(Fields* fields) const override {
    return CompileTemplateField(fields, "Arguments");
  }

  ConditionPtr CompileCondition(Fields* fields) const override {
    if (!fields->Require({"Condition"})) return nullptr;
    const Node* node = fields->Take("Condition");
    ExpressionPtr expression;
    if (node->kind() == Json::Kind::kBool) {
      expression = Literal(node->scalar());
    } else if (IsExpression(*node)) {
      expression = CompileTypedAt(*node, "boolean", &fields->faults());
    } else {
      fields->faults().Schema(*node, "Condition must be a boolean or a JSONata expression");
    }
    if (expression == nullptr) return nullptr;
    return std::make_shared<ExpressionCondition>(std::move(expression));
  }

  void CompileCatcherResult(Fields* fields, Catcher* catcher) const override {
    catcher->output = CompileTemplateField(fields, "Output");
  }

  ExpressionPtr CompileRuleOutput(Fields* fields) const override {
    return CompileTemplateField(fields, "Output");
  }

  Assignments CompileAssign(Fields* fields) const override {
    Assignments assignments;
    const Node* assign = fields->Object("Assign");
    if (assign == nullptr) return assignments;
    for (const Node* member : assign->children()) {
      const bool named = CheckVariableName(member->name(), *member, &fields->faults());
      ExpressionPtr value = CompileTemplateAt(*member, &fields->faults());
      if (named && value != nullptr) assignments.emplace_back(member->name(), std::move(value));
    }
    return assignments;
  }
};

}  // namespace

const FieldCompiler& JsonataFieldCompiler() {
  static const JsonataFields compiler;
  return compiler;
}

}  // namespace segue::language
