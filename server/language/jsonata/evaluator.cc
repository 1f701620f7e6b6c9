#include "server/language/jsonata/evaluator.h"

#include <algorithm>
#include <utility>

#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata {
namespace {

// What an evaluation may use of the thread's stack; threads have 8 MiB.
constexpr uintptr_t kStackBytes = uintptr_t{4} << 20;

uintptr_t StackNow() { return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)); }

}  // namespace

// Counts one level of evaluation, and a step.
class Evaluator::Nesting {
 public:
  explicit Nesting(Evaluator* evaluator) : evaluator_(*evaluator) {
    ++evaluator_.depth_;
    good_ = evaluator_.Spend(1) && evaluator_.StackHasRoom();
    if (good_ && evaluator_.depth_ > evaluator_.environment_.limits.depth_max) {
      evaluator_.FailLimit("the expression is nested too deeply");
      good_ = false;
    }
  }
  ~Nesting() { --evaluator_.depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

  bool good() const { return good_; }

 private:
  Evaluator& evaluator_;
  bool good_;
};

Evaluator::Evaluator(const Unit& unit, const Environment& environment, Program::Lookup lookup)
    : unit_(unit),
      environment_(environment),
      lookup_(lookup),
      arena_(environment.limits.memory_bytes_max),
      stack_floor_(StackNow() - std::min(StackNow(), kStackBytes)),
      steps_left_(environment.limits.steps_max),
      globals_(arena_.NewArray<Value>(unit.names.size())) {
  std::fill(globals_, globals_ + unit.names.size(), Value::Unbound());
}

Answer Evaluator::Run(const Json* input) {
  Answer answer = AnswerTo(input);
  const Limits& limits = environment_.limits;
  if (environment_.usage != nullptr) {
    *environment_.usage = {.steps = limits.steps_max - steps_left_,
                           .memory_bytes = limits.memory_bytes_max - arena_.bytes_left()};
  }
  return answer;
}

Answer Evaluator::AnswerTo(const Json* input) {
  root_ = input == nullptr ? Value() : Value::Of(*input);
  Frame frame;
  Value context = root_;
  if (context.is_array()) {
    context = ListOf(&arena_, &root_, 1, Value::kSequence | Value::kOuterWrapper);
  }
  const Value result = Eval(*unit_.root, context, &frame);
  if (result.failed()) return FaultOf(failure_);
  if (result.is_undefined()) return Answer::Undefined();
  std::optional<Json> json = ToJson(this, result);
  if (json) return *std::move(json);
  if (!failure_.code.empty()) return FaultOf(failure_);
  return Answer::Function();
}

// --- Limits and faults

Value Evaluator::Fail(Failure failure) {
  failure_ = std::move(failure);
  return Value::Failed();
}

Value Evaluator::FailLimit(std::string_view what) {
  return Fail({.code = "U1001", .text = std::string(what)});
}

bool Evaluator::Spend(size_t steps) {
  if (arena_.exhausted()) {
    FailLimit("the expression takes too much memory");
    return false;
  }
  if (steps > steps_left_) {
    FailLimit("the expression takes too long");
    return false;
  }
  steps_left_ -= steps;
  return true;
}

bool Evaluator::Afford(size_t bytes) {
  if (arena_.Fits(bytes)) return true;
  FailLimit("the expression takes too much memory");
  return false;
}

bool Evaluator::Pay(size_t bytes) {
  if (arena_.Count(bytes)) return true;
  FailLimit("the expression takes too much memory");
  return false;
}

bool Evaluator::StackHasRoom() {
  if (StackNow() > stack_floor_) return true;
  FailLimit("the expression is nested too deeply");
  return false;
}

Fault Evaluator::FaultOf(const Failure& failure) const {
  Fault fault{.code = std::string(failure.code), .message = WellFormed(MessageOf(failure))};
  if (failure.position) {
    fault.position = Utf16Length(std::string_view(unit_.text).substr(0, *failure.position));
  }
  fault.token = failure.token;
  return fault;
}

Value Evaluator::Keep(std::string_view text) {
  if (!Afford(text.size())) return Value::Failed();
  return Value::Text(arena_.Copy(text));
}

void Evaluator::Gatherer::AddAll(Value array) {
  for (size_t i = 0; i < array.size(); ++i) Add(array.At(i));
}

Value Evaluator::Gatherer::Finish(uint8_t flags) {
  if (!evaluator_.Afford(size() * sizeof(Value))) return Value::Failed();
  return ListOf(&evaluator_.arena_, evaluator_.gathered_.data() + base_, size(), flags);
}

// --- Nodes

Value Evaluator::Eval(const Node& node, Value input, Frame* frame) {
  const Nesting nesting(this);
  if (!nesting.good()) return Value::Failed();
  Value result = EvalKind(node, input, frame);
  if (node.finishes) result = FinishNode(node, result, frame);
  if (result.is_sequence() && !result.Has(Value::kTupleStream)) {
    if (result.size() == 0) return Value();
    if (result.size() == 1 && !result.Has(Value::kKeepSingleton)) return result.At(0);
  }
  return result;
}

// Filters, a group, `[]`.
Value Evaluator::FinishNode(const Node& node, Value result, Frame* frame) {
  for (const Stage& stage : node.predicates) {
    if (result.failed()) return result;
    result = EvalFilter(*stage.filter, result, frame);
  }
  if (node.kind != Kind::kPath && node.group != nullptr && !result.failed()) {
    result = EvalGroup(*node.group, result, frame);
  }
  const bool keeps = node.keep_array && result.is_sequence() && !result.Has(Value::kTupleStream);
  return keeps ? result.With(Value::kKeepSingleton) : result;
}

Value Evaluator::EvalKind(const Node& node, Value input, Frame* frame) {
  switch (node.kind) {
    case Kind::kPath:
      return node.plain_path ? EvalPlainPath(node, input, frame) : EvalPath(node, input, frame);
    case Kind::kBinary:
      return EvalBinary(node, input, frame);
    case Kind::kNegation:
      return EvalNegation(node, input, frame);
    case Kind::kArray:
      return EvalArray(node, input, frame);
    case Kind::kObject:
      return EvalGroup(node, input, frame);
    case Kind::kName:
      return LookUpMember(this, input, node.text);
    case Kind::kString:
    case Kind::kNumber:
    case Kind::kConstant:
      return node.constant;
    case Kind::kWildcard:
      return EvalWildcard(input);
    case Kind::kDescendant:
      return EvalDescendants(input);
    case Kind::kParent:
      return LookUp(node.slot->label, frame);
    case Kind::kCondition:
      return EvalCondition(node, input, frame);
    case Kind::kBlock:
      return EvalBlock(node, input, frame);
    case Kind::kBind:
      return EvalBind(node, input, frame);
    case Kind::kRegex: {
      return Value::Of(
          arena_.New<Function>(Function{.kind = Function::Kind::kRegex, .node = &node}));
    }
    case Kind::kFunction:
      return EvalFunction(node, input, frame, nullptr);
    case Kind::kVariable:
      return EvalVariable(node, input, frame);
    case Kind::kLambda:
      return MakeLambda(node, input, frame);
    case Kind::kThunk:
      tail_ = {node.first, input, frame};
      return Value::TailCall();
    case Kind::kPartial:
      return EvalPartial(node, input, frame);
    case Kind::kApply:
      return EvalApply(node, input, frame);
    case Kind::kTransform:
      return MakeTransform(node, frame);
    case Kind::kOperator:
    case Kind::kSort:
    case Kind::kEnd:
      break;
  }
  return Value();
}

Value Evaluator::EvalVariable(const Node& node, Value input, const Frame* frame) {
  if (!node.text.empty()) return LookUp(node.variable, frame);
  return input.is_array() && input.Has(Value::kOuterWrapper) ? input.At(0) : input;
}

Value Evaluator::EvalNegation(const Node& node, Value input, Frame* frame) {
  const Value operand = Eval(*node.first, input, frame);
  if (operand.failed() || operand.is_undefined()) return operand;
  if (operand.is_number()) {
    if (!IsNumeric(this, operand) && !failure_.code.empty()) return Value::Failed();
    return Value::Number(-operand.number());
  }
  return Fail({.code = "D1002", .position = node.position, .token = "-", .value = operand});
}

Value Evaluator::EvalArray(const Node& node, Value input, Frame* frame) {
  const uint8_t flags = node.cons_array ? Value::kCons : 0;
  if (node.items.size() == 1 && node.items[0]->kind == Kind::kBinary &&
      node.items[0]->op == Operator::kRange) {
    const Value range = Eval(*node.items[0], input, frame);
    if (range.failed()) return range;
    if (range.is_array()) return range.WithFlags(flags);
    return ListOf(&arena_, &range, range.is_undefined() ? 0 : 1, flags);
  }
  Gatherer elements(this);
  for (const Node* item : node.items) {
    const Value value = Eval(*item, input, frame);
    if (value.failed()) return value;
    if (value.is_undefined()) continue;
    if (value.is_array() && item->kind != Kind::kArray) {
      if (!Spend(value.size()) || !Afford(value.size() * sizeof(Value))) return Value::Failed();
      elements.AddAll(value);
    } else {
      elements.Add(value);
    }
  }
  return elements.Finish(flags);
}

namespace {

bool FlattenInto(Evaluator* evaluator, Value value, Evaluator::Gatherer* out) {
  if (!evaluator->Spend(1) || !evaluator->StackHasRoom()) return false;
  if (!value.is_array()) {
    out->Add(value);
    return true;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    if (!FlattenInto(evaluator, value.At(i), out)) return false;
  }
  return true;
}

// Every value below, objects and what is in them, arrays only by what is in them.
bool DescendInto(Evaluator* evaluator, Value value, Evaluator::Gatherer* out) {
  if (!evaluator->Spend(1) || !evaluator->StackHasRoom()) return false;
  bool good = true;
  if (value.is_array()) {
    for (size_t i = 0; good && i < value.size(); ++i) {
      good = DescendInto(evaluator, value.At(i), out);
    }
    return good;
  }
  out->Add(value);
  if (value.is_object()) {
    ForEachMember(value, [&](std::string_view, Value member) {
      good = DescendInto(evaluator, member, out);
      return good;
    });
  }
  return good;
}

}  // namespace

Value Evaluator::EvalWildcard(Value input) {
  if (input.is_array() && input.Has(Value::kOuterWrapper) && input.size() > 0) input = input.At(0);
  Gatherer values(this);
  // The reference's $append forgets that its result is one of many.
  uint8_t flags = Value::kSequence;
  bool good = true;
  const auto add = [&](Value value) {
    if (!value.is_array()) {
      values.Add(value);
      return;
    }
    flags = 0;
    good = good && FlattenInto(this, value, &values);
  };
  if (input.is_array()) {
    for (size_t i = 0; good && i < input.size(); ++i) add(input.At(i));
  } else if (input.is_object()) {
    ForEachMember(input, [&](std::string_view, Value value) {
      add(value);
      return good;
    });
  }
  return good ? values.Finish(flags) : Value::Failed();
}

Value Evaluator::EvalDescendants(Value input) {
  if (input.is_undefined()) return input;
  Gatherer values(this);
  if (!DescendInto(this, input, &values)) return Value::Failed();
  if (values.size() == 1) return values.At(0);
  return values.Finish(Value::kSequence);
}

Value Evaluator::EvalCondition(const Node& node, Value input, Frame* frame) {
  const Value condition = Eval(*node.first, input, frame);
  if (condition.failed()) return condition;
  if (IsTruthy(condition)) return Eval(*node.second, input, frame);
  return node.third == nullptr ? Value() : Eval(*node.third, input, frame);
}

Value Evaluator::EvalBlock(const Node& node, Value input, Frame* frame) {
  Frame* inner = node.needs_frame ? arena_.New<Frame>(Frame{.parent = frame}) : frame;
  Value result;
  for (const Node* item : node.items) {
    result = Eval(*item, input, inner);
    if (result.failed()) return result;
  }
  return result;
}

Value Evaluator::EvalBind(const Node& node, Value input, Frame* frame) {
  const Value value = Eval(*node.first, input, frame);
  if (!value.failed()) Bind(frame, node.variable, value);
  return value;
}

// --- Variables

void Evaluator::Bind(Frame* frame, uint32_t name, Value value) {
  for (uint32_t i = 0; i < frame->count; ++i) {
    if (frame->bindings[i].name != name) continue;
    frame->bindings[i].value = value;
    return;
  }
  if (frame->count == frame->capacity) {
    const uint32_t capacity = frame->capacity == 0 ? 2 : frame->capacity * 2;
    auto* grown = arena_.NewArray<Frame::Binding>(capacity);
    std::copy(frame->bindings, frame->bindings + frame->count, grown);
    frame->bindings = grown;
    frame->capacity = capacity;
  }
  frame->bindings[frame->count++] = {name, value};
}

Value Evaluator::LookUp(uint32_t name, const Frame* frame) {
  if (unit_.bound[name]) {
    for (; frame != nullptr; frame = frame->parent) {
      for (uint32_t i = 0; i < frame->count; ++i) {
        if (frame->bindings[i].name == name) return frame->bindings[i].value;
      }
      if (!frame->tuple.is_object()) continue;
      const Object& tuple = *frame->tuple.object();
      for (uint32_t i = 0; i < tuple.size; ++i) {
        if (tuple.members[i].variable == name) return tuple.members[i].value;
      }
    }
  }
  return LookUpGlobal(name);
}

// A variable that the text does not bind: the input, the host's, or a function of the language.
Value Evaluator::LookUpGlobal(uint32_t name) {
  Value& global = globals_[name];
  if (!global.is_unbound()) return global;
  const std::string& text = unit_.names.text(name);
  if (name == unit_.root_name) {
    global = root_;
  } else if (const Json* bound = lookup_(text); bound != nullptr) {
    global = Value::Of(*bound);
  } else if (const Builtin* builtin = FindBuiltin(text, unit_.library); builtin != nullptr) {
    global = Value::Of(
        arena_.New<Function>(Function{.kind = Function::Kind::kBuiltin, .builtin = builtin}));
  } else {
    global = Value();
  }
  return global;
}

}  // namespace segue::language::jsonata
