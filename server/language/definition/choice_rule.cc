#include "server/language/definition/choice_rule.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/language/compile.h"
#include "server/language/definition/conditions.h"
#include "server/language/text.h"
#include "server/language/timestamp.h"

namespace segue::language {
namespace {

struct ComparisonRow {
  std::string_view name;
  ComparedType type;
  Relation relation;
};

// Each of them stands for two operators: the other one's name ends in Path.
constexpr auto kComparisons = std::to_array<ComparisonRow>({
    {"BooleanEquals", ComparedType::kBoolean, Relation::kEquals},
    {"NumericEquals", ComparedType::kNumeric, Relation::kEquals},
    {"NumericGreaterThan", ComparedType::kNumeric, Relation::kGreater},
    {"NumericGreaterThanEquals", ComparedType::kNumeric, Relation::kGreaterEquals},
    {"NumericLessThan", ComparedType::kNumeric, Relation::kLess},
    {"NumericLessThanEquals", ComparedType::kNumeric, Relation::kLessEquals},
    {"StringEquals", ComparedType::kString, Relation::kEquals},
    {"StringGreaterThan", ComparedType::kString, Relation::kGreater},
    {"StringGreaterThanEquals", ComparedType::kString, Relation::kGreaterEquals},
    {"StringLessThan", ComparedType::kString, Relation::kLess},
    {"StringLessThanEquals", ComparedType::kString, Relation::kLessEquals},
    {"TimestampEquals", ComparedType::kTimestamp, Relation::kEquals},
    {"TimestampGreaterThan", ComparedType::kTimestamp, Relation::kGreater},
    {"TimestampGreaterThanEquals", ComparedType::kTimestamp, Relation::kGreaterEquals},
    {"TimestampLessThan", ComparedType::kTimestamp, Relation::kLess},
    {"TimestampLessThanEquals", ComparedType::kTimestamp, Relation::kLessEquals},
});

struct TypeTestRow {
  std::string_view name;
  TestedType type;
};

constexpr auto kTypeTests = std::to_array<TypeTestRow>({
    {"IsBoolean", TestedType::kBoolean},
    {"IsNull", TestedType::kNull},
    {"IsNumeric", TestedType::kNumeric},
    {"IsPresent", TestedType::kPresent},
    {"IsString", TestedType::kString},
    {"IsTimestamp", TestedType::kTimestamp},
});

template <typename Rows>
auto FindRow(const Rows& rows, std::string_view name) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [name](const auto& candidate) { return candidate.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

bool TakePathSuffix(std::string_view* name) {
  if (name->size() < 4 || name->substr(name->size() - 4) != "Path") return false;
  name->remove_suffix(4);
  return true;
}

bool IsOperator(std::string_view name) {
  if (name == "StringMatches" || FindRow(kTypeTests, name) != nullptr) return true;
  TakePathSuffix(&name);
  return FindRow(kComparisons, name) != nullptr;
}

std::optional<RulePath> CompileRulePath(const Node* node, Faults* faults) {
  if (node == nullptr) return std::nullopt;
  auto path = CompileVariablePath(node->string());
  if (path.ok()) return RulePath{node->string(), *std::move(path)};
  faults->Schema(*node,
                 Concat("The value for the field '", node->name(),
                        "' must be a valid JSONPath: ", std::string(path.status().message())));
  return std::nullopt;
}

// Whether a constant has the type that its operator compares.
bool CheckConstant(const Node& node, ComparedType type, Faults* faults) {
  std::string_view expected;
  switch (type) {
    case ComparedType::kString:
      expected = node.is_string() ? "" : "Expected a string";
      break;
    case ComparedType::kNumeric:
      expected = node.scalar().is_number() ? "" : "Expected a number";
      break;
    case ComparedType::kBoolean:
      expected = node.scalar().is_bool() ? "" : "Expected a boolean";
      break;
    case ComparedType::kTimestamp:
      expected = node.is_string() && ParseTimestamp(node.string())
                     ? ""
                     : "String does not match RFC3339 timestamp";
      break;
  }
  if (expected.empty()) return true;
  faults->Schema(node, std::string(expected));
  return false;
}

ConditionPtr CompileComparison(Fields* fields, const Node& node, std::optional<RulePath> variable) {
  std::string_view name = node.name();
  const bool path = TakePathSuffix(&name);
  const ComparisonRow* row = FindRow(kComparisons, name);
  if (path) {
    auto operand = CompileRulePath(fields->String(node.name()), &fields->faults());
    if (!operand || !variable) return nullptr;
    return Compare(*std::move(variable), row->type, row->relation, *std::move(operand));
  }
  fields->Take(node.name());
  if (!CheckConstant(node, row->type, &fields->faults()) || !variable) return nullptr;
  return Compare(*std::move(variable), row->type, row->relation, node.scalar());
}

ConditionPtr CompileOperator(Fields* fields, const Node& node, std::optional<RulePath> variable) {
  if (node.name() == "StringMatches") {
    const Node* pattern = fields->String(node.name());
    if (pattern == nullptr || !variable) return nullptr;
    return MatchPattern(*std::move(variable), pattern->string());
  }
  const TypeTestRow* test = FindRow(kTypeTests, node.name());
  if (test == nullptr) return CompileComparison(fields, node, std::move(variable));
  fields->Take(node.name());
  if (!node.scalar().is_bool()) {
    fields->faults().Schema(node, "Expected a boolean");
    return nullptr;
  }
  if (!variable) return nullptr;
  return TestType(*std::move(variable), test->type, node.scalar());
}

ConditionPtr CompileNested(const Node& rule, Faults* faults) {
  Fields fields(rule, faults);
  if (!rule.is_object()) return nullptr;
  ConditionPtr condition = CompileChoiceRule(&fields);
  fields.Finish(QueryLanguage::kJsonPath);
  return condition;
}

// And and Or.
ConditionPtr CompileList(Fields* fields, std::string_view name) {
  const Node* rules = fields->NonEmptyArray(name);
  if (rules == nullptr) return nullptr;
  std::vector<ConditionPtr> conditions;
  bool good = true;
  for (const Node* rule : rules->children()) {
    conditions.push_back(CompileNested(*rule, &fields->faults()));
    good = good && conditions.back() != nullptr;
  }
  if (!good) return nullptr;
  return name == "And" ? And(std::move(conditions)) : Or(std::move(conditions));
}

std::vector<const Node*> Operators(const Node& rule) {
  std::vector<const Node*> found;
  for (const Node* member : rule.children()) {
    const std::string& name = member->name();
    if (name == "And" || name == "Or" || name == "Not" || IsOperator(name)) found.push_back(member);
  }
  return found;
}

}  // namespace

ConditionPtr CompileChoiceRule(Fields* fields) {
  const std::vector<const Node*> operators = Operators(fields->object());
  if (operators.size() != 1) {
    std::string names;
    for (const Node* node : operators) {
      fields->Take(node->name());
      names.append(names.empty() ? "" : ", ").append(node->name());
    }
    fields->Take("Variable");
    fields->faults().Schema(
        fields->object(),
        operators.empty()
            ? "A Choice rule needs one comparison operator, And, Or or Not"
            : Concat("There should only be one of the following fields: [", names, "]"));
    return nullptr;
  }
  const Node& node = *operators[0];
  if (node.name() == "And" || node.name() == "Or") return CompileList(fields, node.name());
  if (node.name() == "Not") {
    fields->Take("Not");
    ConditionPtr condition = CompileNested(node, &fields->faults());
    return condition == nullptr ? nullptr : Not(std::move(condition));
  }
  fields->Require({"Variable"});
  return CompileOperator(fields, node,
                         CompileRulePath(fields->String("Variable"), &fields->faults()));
}

}  // namespace segue::language
