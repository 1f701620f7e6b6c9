#include <cmath>

#include "server/language/jsonata/evaluator.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata {
namespace {

constexpr std::string_view kItem = "@";  // a tuple's own value

Value ItemOf(Value tuple) { return tuple.is_object() ? tuple.Find(kItem) : Value(); }

// The results of one step, gathered as the reference does: arrays become their elements, but one
// array alone is the last step's result itself.
class StepResults {
 public:
  StepResults(Evaluator* evaluator, bool last_step)  // lint: allow(bool): of the path
      : evaluator_(*evaluator), gathered_(evaluator), last_step_(last_step) {}

  // False after a fault.
  bool Add(Value result) {
    if (result.is_undefined()) return true;
    if (++count_ == 1) {
      only_ = result;
      return true;
    }
    if (count_ == 2 && !Flatten(only_)) return false;
    return Flatten(result);
  }

  Value Finish() {
    if (count_ == 1) {
      if (last_step_ && only_.is_array() && !only_.is_sequence()) return only_;
      // An array's elements are the sequence: it is looked at, not copied.
      if (only_.is_array() && !only_.Has(Value::kCons)) return only_.WithFlags(Value::kSequence);
      gathered_.Add(only_);
    }
    return gathered_.Finish(Value::kSequence);
  }

 private:
  bool Flatten(Value result) {
    if (!result.is_array() || result.Has(Value::kCons)) {
      gathered_.Add(result);
      return true;
    }
    if (!evaluator_.Spend(result.size())) return false;
    gathered_.AddAll(result);
    return true;
  }

  Evaluator& evaluator_;
  Evaluator::Gatherer gathered_;
  const bool last_step_;
  size_t count_ = 0;
  Value only_;
};

// What Eval makes of a sequence of none or one.
Value Unwrapped(Value value) {
  if (!value.is_sequence() || value.Has(Value::kTupleStream)) return value;
  if (value.size() == 0) return Value();
  return value.size() == 1 && !value.Has(Value::kKeepSingleton) ? value.At(0) : value;
}

}  // namespace

// Names after names, from an object to what it holds: nothing is made on the way.
Value Evaluator::EvalPlainPath(const Node& node, Value input, Frame* frame) {
  const size_t count = node.items.size();
  size_t i = 0;
  Value current = input;
  if (node.items[0]->kind == Kind::kVariable) {
    current = Unwrapped(EvalVariable(*node.items[0], input, frame));
    i = 1;
  }
  for (; i < count; ++i) {
    if (current.is_object()) {
      current = current.Find(node.items[i]->text);
    } else if (current.is_array()) {
      current = NamesOf(current, node.items[i]->text, i + 1 == count);
      if (current.failed() || current.size() == 0) return current;
    } else {
      return Value();
    }
  }
  return current;
}

// The step `name` of each element.
Value Evaluator::NamesOf(Value array, std::string_view name,
                         bool last_step) {  // lint: allow(bool): of the path
  if (!Spend(array.size())) return Value::Failed();
  StepResults results(this, last_step);
  for (size_t i = 0; i < array.size(); ++i) {
    const Value item = array.At(i);
    const Value result =
        item.is_object() ? item.Find(name) : Unwrapped(LookUpMember(this, item, name));
    if (result.failed() || !results.Add(result)) return Value::Failed();
  }
  return results.Finish();
}

Value Evaluator::EvalPath(const Node& node, Value input, Frame* frame) {
  const std::vector<Node*>& steps = node.items;
  Value current = input;
  if (!input.is_array() || steps[0]->kind == Kind::kVariable) {
    current = ListOf(&arena_, &input, 1, Value::kSequence);
  }
  Value result;
  Value tuples;
  bool in_tuples = false;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Node& step = *steps[i];
    in_tuples = in_tuples || step.tuple;
    if (i == 0 && step.cons_array) {
      result = Eval(step, current, frame);
    } else if (in_tuples) {
      tuples = EvalTupleStep(step, current, tuples, frame);
      if (tuples.failed()) return tuples;
    } else {
      result = EvalStep(step, current, frame, i + 1 == steps.size());
    }
    if (result.failed()) return result;
    if (!in_tuples && (result.is_undefined() || (result.is_array() && result.size() == 0))) break;
    if (step.focus == 0) {
      current = result.is_array() ? result : ListOf(&arena_, &result, 1, Value::kSequence);
    }
  }
  if (in_tuples && node.tuple) {
    result = tuples;
  } else if (in_tuples) {
    Gatherer items(this);
    for (size_t i = 0; i < tuples.size(); ++i) items.Add(ItemOf(tuples.At(i)));
    result = items.Finish(Value::kSequence);
  }
  if (node.keep_singleton_array && result.is_array()) {
    if (result.Has(Value::kCons) && !result.Has(Value::kSequence)) {
      result = ListOf(&arena_, &result, 1, Value::kSequence);
    }
    result = result.With(Value::kKeepSingleton);
  }
  if (node.group == nullptr || result.failed()) return result;
  return EvalGroup(*node.group, in_tuples ? tuples : result, frame);
}

Value Evaluator::EvalStep(const Node& step, Value input, Frame* frame,
                          bool last_step) {  // lint: allow(bool): of the path
  if (step.kind == Kind::kSort) {
    const Value sorted = EvalSort(step, input, frame);
    return sorted.failed() ? sorted : EvalStages(step, sorted, frame);
  }
  if (step.kind == Kind::kName && step.stages.empty() && !step.finishes) {
    return NamesOf(input, step.text, last_step);
  }
  StepResults results(this, last_step);
  for (size_t i = 0; i < input.size(); ++i) {
    Value result = Eval(step, input.At(i), frame);
    for (const Stage& stage : step.stages) {
      if (result.failed()) return result;
      if (stage.filter != nullptr) result = EvalFilter(*stage.filter, result, frame);
    }
    if (result.failed() || !results.Add(result)) return Value::Failed();
  }
  return results.Finish();
}

Value Evaluator::EvalStages(const Node& step, Value input, Frame* frame) {
  Value result = input;
  for (const Stage& stage : step.stages) {
    if (result.failed()) return result;
    result = stage.filter != nullptr ? EvalFilter(*stage.filter, result, frame)
                                     : IndexTuples(stage.index, result);
  }
  return result;
}

// --- Tuples: a value ("@") and the variables that were bound on the way to it

Frame* Evaluator::FrameOf(Value tuple, Frame* parent) {
  return arena_.New<Frame>(Frame{.parent = parent, .tuple = tuple});
}

Object* Evaluator::CopyOfTuple(Value tuple) {
  const Object& from = *tuple.object();
  Object* copy = NewObject(&arena_, from.size + 2);
  std::copy(from.members, from.members + from.size, copy->members);
  copy->size = from.size;
  return copy;
}

void Evaluator::SetInTuple(Object* tuple, uint32_t name, Value value) {
  const std::string_view text = unit_.names.text(name);
  tuple->Set(text, value, &arena_);
  tuple->Find(text)->variable = name;
}

Value Evaluator::IndexTuples(uint32_t name, Value tuples) {
  if (!tuples.is_array()) return tuples;
  for (size_t i = 0; i < tuples.size(); ++i) {
    const Value tuple = tuples.At(i);
    if (tuple.is_object() && tuple.form() == Value::Form::kOwn) {
      SetInTuple(tuple.object(), name, Value::Number(static_cast<double>(i)));
    }
  }
  return tuples;
}

Value Evaluator::EvalTupleStep(const Node& step, Value input, Value tuples, Frame* frame) {
  if (step.kind == Kind::kSort) {
    const Value sorted = SortedTuples(step, input, tuples, frame);
    return sorted.failed() ? sorted : EvalStages(step, sorted, frame);
  }
  const bool first = tuples.is_undefined();
  const Value from = first ? input : tuples;
  Gatherer made(this);
  for (size_t i = 0; i < from.size(); ++i) {
    Value tuple = from.At(i);
    if (first) {
      Object* wrapped = NewObject(&arena_, 2);
      wrapped->Add(kItem, tuple, &arena_);
      tuple = Value::Of(wrapped);
    }
    const Value result = Eval(step, ItemOf(tuple), FrameOf(tuple, frame));
    if (result.failed() || !AddTuples(step, tuple, result, &made)) return Value::Failed();
  }
  const Value stream = made.Finish(Value::kSequence | Value::kTupleStream);
  return stream.failed() ? stream : EvalStages(step, stream, frame);
}

// A tuple for each of the results that `step` has for `tuple`.
bool Evaluator::AddTuples(const Node& step, Value tuple, Value result, Gatherer* tuples) {
  if (result.is_undefined()) return true;
  const bool stream = result.is_array() && result.Has(Value::kTupleStream);
  const size_t count = result.is_array() ? result.size() : 1;
  if (!Spend(count)) return false;
  for (size_t i = 0; i < count; ++i) {
    const Value item = result.is_array() ? result.At(i) : result;
    Object* made = CopyOfTuple(tuple);
    if (stream) {
      const Object& inner = *item.object();
      for (uint32_t m = 0; m < inner.size; ++m) {
        made->Set(inner.members[m].name, inner.members[m].value, &arena_);
        made->Find(inner.members[m].name)->variable = inner.members[m].variable;
      }
    } else {
      if (step.focus != 0) {
        SetInTuple(made, step.focus, item);
      } else {
        made->Set(kItem, item, &arena_);
      }
      if (step.index != 0) SetInTuple(made, step.index, Value::Number(static_cast<double>(i)));
      if (step.ancestor != nullptr) SetInTuple(made, step.ancestor->label, ItemOf(tuple));
    }
    tuples->Add(Value::Of(made));
  }
  return true;
}

Value Evaluator::SortedTuples(const Node& step, Value input, Value tuples, Frame* frame) {
  if (!tuples.is_undefined()) return EvalSort(step, tuples, frame);
  const Value sorted = EvalSort(step, input, frame);
  if (sorted.failed()) return sorted;
  Gatherer made(this);
  for (size_t i = 0; i < sorted.size(); ++i) {
    Object* tuple = NewObject(&arena_, 2);
    tuple->Add(kItem, sorted.At(i), &arena_);
    if (step.index != 0) SetInTuple(tuple, step.index, Value::Number(static_cast<double>(i)));
    made.Add(Value::Of(tuple));
  }
  return made.Finish(Value::kSequence | Value::kTupleStream);
}

// --- Filters

Value Evaluator::Pick(Value input, double index, uint8_t flags) {
  index = std::floor(index);
  if (index < 0) index += static_cast<double>(input.size());
  if (!(index >= 0 && index < static_cast<double>(input.size()))) {
    return ListOf(&arena_, nullptr, 0, flags);
  }
  const Value item = input.At(static_cast<size_t>(index));
  if (item.is_undefined()) return ListOf(&arena_, nullptr, 0, flags);
  return item.is_array() ? item : ListOf(&arena_, &item, 1, flags);
}

// Whether the predicate's `result` for the element number `index` takes it. False after a fault.
bool Evaluator::Selects(Value result, size_t index, size_t size, bool* selected) {
  const auto is_this = [&](double number) {
    number = std::floor(number);
    return (number < 0 ? number + static_cast<double>(size) : number) == static_cast<double>(index);
  };
  *selected = false;
  if (result.is_number()) {
    if (IsNumeric(this, result)) {
      *selected = is_this(result.number());
    }
    return failure_.code.empty();
  }
  if (!result.is_array()) {
    *selected = IsTruthy(result);
    return true;
  }
  if (!Spend(result.size())) return false;
  for (size_t i = 0; i < result.size(); ++i) {
    if (IsNumeric(this, result.At(i))) continue;
    *selected = IsTruthy(result);
    return failure_.code.empty();
  }
  for (size_t i = 0; i < result.size(); ++i) {
    *selected = *selected || is_this(result.At(i).number());
  }
  return true;
}

Value Evaluator::EvalFilter(const Node& predicate, Value input, Frame* frame) {
  const bool stream = input.is_array() && input.Has(Value::kTupleStream);
  const uint8_t flags = stream ? Value::kSequence | Value::kTupleStream : Value::kSequence;
  if (!input.is_array()) input = ListOf(&arena_, &input, 1, Value::kSequence);
  if (predicate.kind == Kind::kNumber) return Pick(input, predicate.constant.number(), flags);
  Gatherer results(this);
  const size_t size = input.size();
  for (size_t i = 0; i < size; ++i) {
    const Value item = input.At(i);
    const Value result =
        stream ? Eval(predicate, ItemOf(item), FrameOf(item, frame)) : Eval(predicate, item, frame);
    bool selected = false;
    if (result.failed() || !Selects(result, i, size, &selected)) return Value::Failed();
    if (selected) results.Add(item);
  }
  return results.Finish(flags);
}

// --- Order

// Negative, 0 or positive; fails after a fault (see failure_).
int Evaluator::CompareTerms(const Node& step, Value a, Value b) {
  if (a.is_undefined()) return b.is_undefined() ? 0 : 1;
  if (b.is_undefined()) return -1;
  const auto comparable = [](Value value) { return value.is_string() || value.is_number(); };
  if (!comparable(a) || !comparable(b)) {
    Fail({.code = "T2008", .position = step.position, .value = comparable(a) ? b : a});
    return 0;
  }
  if (a.tag() != b.tag()) {
    Fail({.code = "T2007", .position = step.position, .value = a, .value2 = b});
    return 0;
  }
  if (a.is_string()) return CompareUtf16(a.text(), b.text());
  return a.number() < b.number() ? -1 : a.number() == b.number() ? 0 : 1;
}

Value Evaluator::EvalSort(const Node& step, Value input, Frame* frame) {
  if (!input.is_array() || input.size() <= 1) return input;
  const bool stream = input.Has(Value::kTupleStream);
  const size_t count = step.terms.size();
  // Each term of each element is evaluated once, when it is first compared.
  std::vector<Value> keys(input.size() * count, Value::Unbound());
  const auto key_of = [&](size_t item, size_t term) {
    Value& key = keys[item * count + term];
    if (!key.is_unbound()) return key;
    const Value element = input.At(item);
    const Node& expression = *step.terms[term].expression;
    key = stream ? Eval(expression, ItemOf(element), FrameOf(element, frame))
                 : Eval(expression, element, frame);
    return key;
  };
  const auto comes_after = [&](Value a, Value b) -> std::optional<bool> {
    for (size_t t = 0; t < count; ++t) {
      const Value x = key_of(static_cast<size_t>(a.number()), t);
      const Value y = x.failed() ? x : key_of(static_cast<size_t>(b.number()), t);
      if (y.failed()) return std::nullopt;
      const int compared = CompareTerms(step, x, y);
      if (!failure_.code.empty()) return std::nullopt;
      if (compared == 0) continue;
      // What is undefined comes last, whatever the order.
      const bool turned = step.terms[t].order == SortTerm::Order::kDescending &&
                          !x.is_undefined() && !y.is_undefined();
      return (turned ? -compared : compared) > 0;
    }
    return false;
  };
  std::vector<Value> order;
  for (size_t i = 0; i < input.size(); ++i) {
    order.push_back(Value::Number(static_cast<double>(i)));
  }
  if (!Sort(order, comes_after)) return Value::Failed();
  Gatherer sorted(this);
  for (const Value& index : order) sorted.Add(input.At(static_cast<size_t>(index.number())));
  return sorted.Finish(0);
}

}  // namespace segue::language::jsonata
