#include "server/language/definition/conditions.h"

#include <compare>
#include <optional>
#include <utility>

#include "server/language/text.h"
#include "server/language/timestamp.h"

namespace segue::language {
namespace {

// The value that a path of a rule names.
Outcome<Json> Resolve(const RulePath& path, const Scope& scope) {
  SEGUE_TRY(value, path.path->Find(scope));
  if (value) return *std::move(value);
  return WorkflowError{"States.Runtime",
                       Concat("Invalid path '", path.text,
                              "': The choice state's condition path references an invalid value.")};
}

class AndCondition : public Condition {
 public:
  explicit AndCondition(std::vector<ConditionPtr> conditions)
      : conditions_(std::move(conditions)) {}

  Outcome<bool> Evaluate(const Scope& scope) const override {
    for (const ConditionPtr& condition : conditions_) {
      SEGUE_TRY(holds, condition->Evaluate(scope));
      if (!holds) return false;
    }
    return true;
  }

 private:
  const std::vector<ConditionPtr> conditions_;
};

class OrCondition : public Condition {
 public:
  explicit OrCondition(std::vector<ConditionPtr> conditions) : conditions_(std::move(conditions)) {}

  Outcome<bool> Evaluate(const Scope& scope) const override {
    for (const ConditionPtr& condition : conditions_) {
      SEGUE_TRY(holds, condition->Evaluate(scope));
      if (holds) return true;
    }
    return false;
  }

 private:
  const std::vector<ConditionPtr> conditions_;
};

class NotCondition : public Condition {
 public:
  explicit NotCondition(ConditionPtr condition) : condition_(std::move(condition)) {}

  Outcome<bool> Evaluate(const Scope& scope) const override {
    SEGUE_TRY(holds, condition_->Evaluate(scope));
    return !holds;
  }

 private:
  const ConditionPtr condition_;
};

// Nothing where the two cannot be compared as `type`.
std::optional<std::partial_ordering> CompareAs(ComparedType type, const Json& left,
                                               const Json& right) {
  switch (type) {
    case ComparedType::kString:
      if (!left.is_string() || !right.is_string()) return std::nullopt;
      return left.string() <=> right.string();
    case ComparedType::kNumeric:
      if (!left.is_number() || !right.is_number()) return std::nullopt;
      // Integers beyond 2^53 would lose digits as doubles.
      if (left.is_int() && right.is_int()) return left.int_value() <=> right.int_value();
      return left.number() <=> right.number();
    case ComparedType::kBoolean:
      if (!left.is_bool() || !right.is_bool()) return std::nullopt;
      return left.bool_value() <=> right.bool_value();
    case ComparedType::kTimestamp: {
      if (!left.is_string() || !right.is_string()) return std::nullopt;
      const auto left_time = ParseTimestamp(left.string());
      const auto right_time = ParseTimestamp(right.string());
      if (!left_time || !right_time) return std::nullopt;
      if (*left_time < *right_time) return std::partial_ordering::less;
      return *left_time > *right_time ? std::partial_ordering::greater
                                      : std::partial_ordering::equivalent;
    }
  }
  return std::nullopt;
}

bool Holds(Relation relation, std::partial_ordering order) {
  switch (relation) {
    case Relation::kEquals:
      return order == 0;
    case Relation::kLess:
      return order < 0;
    case Relation::kGreater:
      return order > 0;
    case Relation::kLessEquals:
      return order <= 0;
    case Relation::kGreaterEquals:
      return order >= 0;
  }
  return false;
}

class Comparison : public Condition {
 public:
  Comparison(RulePath variable, ComparedType type, Relation relation, Operand operand)
      : variable_(std::move(variable)),
        type_(type),
        relation_(relation),
        operand_(std::move(operand)) {}

  Outcome<bool> Evaluate(const Scope& scope) const override {
    SEGUE_TRY(left, Resolve(variable_, scope));
    if (const Json* constant = std::get_if<Json>(&operand_)) return Decide(left, *constant);
    SEGUE_TRY(right, Resolve(std::get<RulePath>(operand_), scope));
    return Decide(left, right);
  }

 private:
  bool Decide(const Json& left, const Json& right) const {
    const auto order = CompareAs(type_, left, right);
    return order && Holds(relation_, *order);
  }

  const RulePath variable_;
  const ComparedType type_;
  const Relation relation_;
  const Operand operand_;
};

// The pieces of literal text between the `*`s of a pattern; one more than there are `*`s.
std::vector<std::string> SplitPattern(std::string_view pattern) {
  std::vector<std::string> pieces(1);
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool escape = pattern[i] == '\\' && i + 1 < pattern.size() &&
                        (pattern[i + 1] == '*' || pattern[i + 1] == '\\');
    if (escape) {
      pieces.back().push_back(pattern[++i]);
    } else if (pattern[i] == '*') {
      pieces.emplace_back();
    } else {
      pieces.back().push_back(pattern[i]);
    }
  }
  return pieces;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// First piece at the begin, last at the end, each of the others at the first place where it fits:
// no backtracking.
bool Matches(std::string_view text, const std::vector<std::string>& pieces) {
  if (pieces.size() == 1) return text == pieces[0];
  const std::string& last = pieces.back();
  if (!StartsWith(text, pieces[0])) return false;
  text.remove_prefix(pieces[0].size());
  for (size_t i = 1; i + 1 < pieces.size(); ++i) {
    const size_t at = text.find(pieces[i]);
    if (at == text.npos) return false;
    text.remove_prefix(at + pieces[i].size());
  }
  return text.size() >= last.size() && text.substr(text.size() - last.size()) == last;
}

class PatternMatch : public Condition {
 public:
  PatternMatch(RulePath variable, std::string_view pattern)
      : variable_(std::move(variable)), pieces_(SplitPattern(pattern)) {}

  Outcome<bool> Evaluate(const Scope& scope) const override {
    SEGUE_TRY(value, Resolve(variable_, scope));
    return value.is_string() && Matches(value.string(), pieces_);
  }

 private:
  const RulePath variable_;
  const std::vector<std::string> pieces_;
};

bool Is(TestedType type, const Json& value) {
  switch (type) {
    case TestedType::kNull:
      return value.is_null();
    case TestedType::kPresent:
      return true;
    case TestedType::kNumeric:
      return value.is_number();
    case TestedType::kString:
      return value.is_string();
    case TestedType::kBoolean:
      return value.is_bool();
    case TestedType::kTimestamp:
      return value.is_string() && ParseTimestamp(value.string()).has_value();
  }
  return false;
}

class TypeTest : public Condition {
 public:
  TypeTest(RulePath variable, TestedType type, Json expected)
      : variable_(std::move(variable)), type_(type), expected_(std::move(expected)) {}

  Outcome<bool> Evaluate(const Scope& scope) const override {
    if (type_ == TestedType::kPresent) {
      SEGUE_TRY(value, variable_.path->Find(scope));
      return value.has_value() == expected_.bool_value();
    }
    SEGUE_TRY(value, Resolve(variable_, scope));
    return Is(type_, value) == expected_.bool_value();
  }

 private:
  const RulePath variable_;
  const TestedType type_;
  const Json expected_;
};

}  // namespace

ConditionPtr And(std::vector<ConditionPtr> conditions) {
  return std::make_shared<AndCondition>(std::move(conditions));
}

ConditionPtr Or(std::vector<ConditionPtr> conditions) {
  return std::make_shared<OrCondition>(std::move(conditions));
}

ConditionPtr Not(ConditionPtr condition) {
  return std::make_shared<NotCondition>(std::move(condition));
}

ConditionPtr Compare(RulePath variable, ComparedType type, Relation relation, Operand operand) {
  return std::make_shared<Comparison>(std::move(variable), type, relation, std::move(operand));
}

ConditionPtr MatchPattern(RulePath variable, std::string_view pattern) {
  return std::make_shared<PatternMatch>(std::move(variable), pattern);
}

ConditionPtr TestType(RulePath variable, TestedType type, Json expected) {
  return std::make_shared<TypeTest>(std::move(variable), type, std::move(expected));
}

}  // namespace segue::language
