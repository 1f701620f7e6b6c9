#include <algorithm>

#include "server/language/jsonata/evaluator.h"

namespace segue::language::jsonata {

bool Evaluator::EvalArguments(const std::vector<Node*>& nodes, Value input, Frame* frame,
                              Arguments* arguments) {
  for (const Node* node : nodes) {
    const Value value = Eval(*node, input, frame);
    if (value.failed()) return false;
    arguments->push_back(value.is_function() ? value.With(Value::kBorrowed) : value);
  }
  return true;
}

// A name that is called: where a function has that name, `$` was forgotten.
Value Evaluator::UnboundCall(const Node& node, std::string_view code, const Frame* frame) {
  if (node.first->kind != Kind::kPath || node.first->items[0]->kind != Kind::kName) return Value();
  const uint32_t name = [&] {
    for (uint32_t i = 1; i < unit_.names.size(); ++i) {
      if (unit_.names.text(i) == node.text) return i;
    }
    return uint32_t{0};
  }();
  const bool known =
      name != 0 ? IsTruthy(LookUp(name, frame))
                : lookup_(node.text) != nullptr || FindBuiltin(node.text, unit_.library) != nullptr;
  if (!known) return Value();
  return Fail({.code = code, .position = node.position, .token = node.text});
}

Value Evaluator::EvalFunction(const Node& node, Value input, Frame* frame,
                              const Value* applied_to) {
  const Value function = Eval(*node.first, input, frame);
  if (function.failed()) return function;
  if (function.is_undefined()) {
    if (UnboundCall(node, "T1005", frame).failed()) return Value::Failed();
  }
  Arguments arguments;
  if (applied_to != nullptr) arguments.push_back(*applied_to);
  if (!EvalArguments(node.items, input, frame, &arguments)) return Value::Failed();
  NoteCall(function, node.text, node.position);
  const Value result = Apply(function, arguments, input);
  if (result.failed()) {
    if (!failure_.position) failure_.position = node.position;
    if (!failure_.token && !node.text.empty()) failure_.token = node.text;
  }
  return result;
}

void Evaluator::NoteCall(Value value, std::string_view name, size_t position) {
  if (!value.is_function() || value.Has(Value::kBorrowed)) return;
  value.function()->called_as = name;
  value.function()->called_at = position;
}

// Calls `function`, and then what its tail calls stand for, one after the other.
Value Evaluator::Apply(Value function, std::span<const Value> arguments, Value input) {
  Value result = ApplyOnce(function, arguments, input);
  while (result.is_tail_call()) {
    const auto [call, context, frame] = tail_;
    const Value next = Eval(*call->first, context, frame);
    if (next.failed()) return next;
    Arguments evaluated;
    for (const Node* argument : call->items) {
      evaluated.push_back(Eval(*argument, context, frame));
      if (evaluated.back().failed()) return Value::Failed();
    }
    const bool named = call->first->kind == Kind::kVariable;
    if (named) NoteCall(next, call->text, call->first->position);
    result = ApplyOnce(next, evaluated, input);
  }
  return result;
}

Value Evaluator::ApplyOnce(Value function, std::span<const Value> arguments, Value input) {
  if (!function.is_function()) return Fail("T1006");
  if (!Spend(1) || !StackHasRoom()) return Value::Failed();
  const bool borrowed = function.Has(Value::kBorrowed);
  const Value result = ApplyKind(*function.function(), arguments, borrowed ? Value::Null() : input);
  if (result.failed()) {
    const Function& called = *function.function();
    if (!failure_.token && !called.called_as.empty()) {
      failure_.token = std::string(called.called_as);
    }
    if (called.called_at != 0) failure_.position = called.called_at;
  }
  return result;
}

Value Evaluator::ApplyKind(const Function& function, std::span<const Value> arguments,
                           Value input) {
  const Signature* signature =
      function.kind == Function::Kind::kBuiltin ? function.builtin->signature : function.signature;
  if (signature == nullptr) return ApplyValidated(function, arguments);
  Arguments validated;
  const Signature::Mismatch mismatch = signature->Validate(arguments, input, &arena_, &validated);
  if (mismatch.found()) {
    return Fail({.code = mismatch.code,
                 .value = mismatch.value,
                 .index = mismatch.index,
                 .text = std::string(mismatch.type)});
  }
  return ApplyValidated(function, validated);
}

Value Evaluator::ApplyValidated(const Function& function, std::span<const Value> arguments) {
  switch (function.kind) {
    case Function::Kind::kBuiltin:
      return function.builtin->native(*this, arguments);
    case Function::Kind::kLambda:
      return ApplyLambda(function, arguments);
    case Function::Kind::kPartial:
      return ApplyPartial(function, arguments);
    case Function::Kind::kRegex:
      return ApplyRegex(*function.node, arguments.empty() ? Value() : arguments[0], 0);
    case Function::Kind::kNextMatch:
      return ApplyNextMatch(function);
    case Function::Kind::kTransform:
      return ApplyTransform(function, arguments.empty() ? Value() : arguments[0]);
    case Function::Kind::kChain: {
      const Value between =
          Apply(function.values[0], arguments.first(std::min<size_t>(arguments.size(), 1)),
                Value::Null());
      if (between.failed()) return between;
      return Apply(function.values[1], std::span(&between, 1), Value::Null());
    }
  }
  return Value();
}

Value Evaluator::ApplyLambda(const Function& function, std::span<const Value> arguments) {
  const size_t count = function.parameters.size();
  Frame* frame = arena_.New<Frame>(Frame{.parent = function.frame});
  if (count > 0) {
    frame->bindings = arena_.NewArray<Frame::Binding>(count);
    frame->capacity = static_cast<uint32_t>(count);
  }
  for (size_t i = 0; i < count; ++i) {
    Bind(frame, function.parameters[i]->variable, i < arguments.size() ? arguments[i] : Value());
  }
  return Eval(*function.node->first, function.input, frame);
}

Value Evaluator::ApplyPartial(const Function& function, std::span<const Value> arguments) {
  Arguments all;
  size_t next = 0;
  for (const Value& given : function.values) {
    if (!given.is_hole()) {
      all.push_back(given);
    } else {
      all.push_back(next < arguments.size() ? arguments[next] : Value());
      ++next;
    }
  }
  return ApplyKind(*function.values.back().function(), std::span(all).first(all.size() - 1),
                   Value::Null());
}

Value Evaluator::Call(Value function, std::span<const Value> arguments) {
  return Apply(function, arguments, Value::Null());
}

size_t Evaluator::Arity(Value value) {
  const Function& function = *value.function();
  switch (function.kind) {
    case Function::Kind::kBuiltin:
      return static_cast<size_t>(function.builtin->arity);
    case Function::Kind::kLambda:
      return function.parameters.size();
    case Function::Kind::kPartial:
      return static_cast<size_t>(std::count_if(function.values.begin(), function.values.end(),
                                               [](Value given) { return given.is_hole(); }));
    case Function::Kind::kRegex:
      return 2;
    case Function::Kind::kNextMatch:
      return 0;
    case Function::Kind::kTransform:
    case Function::Kind::kChain:
      return 1;
  }
  return 0;
}

Value Evaluator::MakeLambda(const Node& node, Value input, Frame* frame) {
  return Value::Of(arena_.New<Function>(Function{.kind = Function::Kind::kLambda,
                                                 .node = &node,
                                                 .signature = node.signature,
                                                 .input = input,
                                                 .frame = frame,
                                                 .parameters = node.items}));
}

Value Evaluator::EvalPartial(const Node& node, Value input, Frame* frame) {
  Arguments given;
  for (const Node* argument : node.items) {
    given.push_back(argument->kind == Kind::kOperator ? Value::Hole()
                                                      : Eval(*argument, input, frame));
    if (given.back().failed()) return Value::Failed();
  }
  const Value function = Eval(*node.first, input, frame);
  if (function.failed()) return function;
  if (!function.is_function()) {
    if (function.is_undefined() && UnboundCall(node, "T1007", frame).failed()) {
      return Value::Failed();
    }
    Failure failure{.code = "T1008", .position = node.position};
    if (!node.text.empty()) failure.token = node.text;
    return Fail(std::move(failure));
  }
  const Function& target = *function.function();
  if (target.kind == Function::Kind::kLambda && !function.Has(Value::kBorrowed)) {
    Frame* bound = arena_.New<Frame>(Frame{.parent = target.frame});
    Node** missing = arena_.NewArray<Node*>(target.parameters.size());
    size_t count = 0;
    for (size_t i = 0; i < target.parameters.size(); ++i) {
      const Value value = i < given.size() ? given[i] : Value();
      if (value.is_hole()) {
        missing[count++] = target.parameters[i];
      } else {
        Bind(bound, target.parameters[i]->variable, value);
      }
    }
    Function partial = target;
    partial.signature = nullptr;
    partial.frame = bound;
    partial.parameters = std::span<Node* const>(missing, count);
    return Value::Of(arena_.New<Function>(partial));
  }
  Value* values = arena_.NewArray<Value>(given.size() + 1);
  std::copy(given.begin(), given.end(), values);
  values[given.size()] = function;
  return Value::Of(arena_.New<Function>(
      Function{.kind = Function::Kind::kPartial, .values = std::span(values, given.size() + 1)}));
}

Value Evaluator::EvalApply(const Node& node, Value input, Frame* frame) {
  const Value left = Eval(*node.first, input, frame);
  if (left.failed()) return left;
  if (node.second->kind == Kind::kFunction) {
    return EvalFunction(*node.second, input, frame, &left);
  }
  const Value right = Eval(*node.second, input, frame);
  if (right.failed()) return right;
  if (!right.is_function()) {
    return Fail({.code = "T2006", .position = node.position, .value = right});
  }
  if (!left.is_function()) return Apply(right, std::span(&left, 1), Value::Null());
  Value* both = arena_.NewArray<Value>(2);
  both[0] = left;
  both[1] = right;
  return Value::Of(arena_.New<Function>(
      Function{.kind = Function::Kind::kChain, .values = std::span<const Value>(both, 2)}));
}

}  // namespace segue::language::jsonata
