#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/language/jsonata/arena.h"
#include "server/language/jsonata/functions/table.h"
#include "server/language/jsonata/node.h"
#include "server/language/jsonata/program.h"
#include "server/language/jsonata/regex.h"
#include "server/language/jsonata/signature.h"
#include "server/language/jsonata/value.h"

namespace segue::language::jsonata {

// Variables that are bound together: by a block, a call, a tuple.
struct Frame {
  struct Binding {
    uint32_t name;
    Value value;
  };
  Frame* parent = nullptr;
  Value tuple;  // an object whose members are variables; undefined: none
  Binding* bindings = nullptr;
  uint32_t count = 0;
  uint32_t capacity = 0;
};

// A function as a value.
struct Function {
  enum class Kind : uint8_t {
    kBuiltin,
    kLambda,
    kPartial,    // a builtin with some arguments given
    kRegex,      // a matcher: text -> match
    kNextMatch,  // a match's `next`
    kTransform,
    kChain,  // first ~> second
  };
  Kind kind = Kind::kBuiltin;
  const Builtin* builtin = nullptr;
  const Node* node = nullptr;  // of a lambda, a transform, a regular expression
  const Signature* signature = nullptr;
  // What a lambda or a transform sees.
  Value input;
  Frame* frame = nullptr;
  std::span<Node* const> parameters;
  // A partial application's arguments, holes where they are missing; a chain's two functions; the
  // text of a match.
  std::span<const Value> values;
  size_t offset = 0;  // in the text, of the next match
  // Where it was called last, and as what: faults name it. The reference notes this with the
  // function, so that of nested calls of one function the innermost is named.
  mutable std::string_view called_as;
  mutable size_t called_at = 0;
};

// Why an evaluation failed. Texts and values go into the code's message.
struct Failure {
  std::string_view code;
  std::optional<size_t> position = std::nullopt;  // in bytes
  std::optional<std::string> token = std::nullopt;
  Value value = {};
  Value value2 = {};
  std::optional<double> index = std::nullopt;
  std::string text = {};  // what {{type}}, {{{message}}} or {{{functionName}}} stands for
};

// The message of a code, filled in. See messages.cc.
std::string MessageOf(const Failure& failure);
std::string MessageOf(const SyntaxFault& fault);

// One evaluation of a compiled text. Lives for one call of Program::Evaluate.
//
// A function that gives Value::Failed() has failed, and why is kept here; so has every function
// that called it.
class Evaluator {
 public:
  Evaluator(const Unit& unit, const Environment& environment, Program::Lookup lookup);
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  Answer Run(const Json* input);

  // --- For the functions

  Arena& arena() { return arena_; }
  const Environment& environment() const { return environment_; }

  // Notes why, and gives Value::Failed().
  Value Fail(Failure failure);
  Value Fail(std::string_view code) { return Fail(Failure{.code = code}); }
  Value FailLimit(std::string_view what);

  // Counts work that no node stands for. False after a fault: the evaluation has had its share.
  bool Spend(size_t steps);
  // Whether `bytes` more may be had; else a fault.
  bool Afford(size_t bytes);
  // The same, and counts them: for what is made outside of the arena.
  bool Pay(size_t bytes);
  // Whether the stack can take more; else a fault. For what recurses over values.
  bool StackHasRoom();

  // Calls a function, as $map does.
  Value Call(Value function, std::span<const Value> arguments);
  // What a function declares: see Builtin::arity.
  static size_t Arity(Value function);

  // What a match is to an expression: {match, start, end, groups, next}.
  Value MatchObject(const Node& regex, Value text, const Regex::Match& match);

  // A text that stays until the end of the evaluation.
  Value Keep(std::string_view text);
  Value Keep(std::string&& text) { return Keep(std::string_view(text)); }

  // Gathers the elements of an array. Gatherers are nested as calls are.
  class Gatherer {
   public:
    explicit Gatherer(Evaluator* evaluator)
        : evaluator_(*evaluator), base_(evaluator->gathered_.size()) {}
    ~Gatherer() { evaluator_.gathered_.resize(base_); }
    Gatherer(const Gatherer&) = delete;
    Gatherer& operator=(const Gatherer&) = delete;

    void Add(Value value) { evaluator_.gathered_.push_back(value); }
    void AddAll(Value array);
    size_t size() const { return evaluator_.gathered_.size() - base_; }
    Value At(size_t index) const { return evaluator_.gathered_[base_ + index]; }
    // The array; or a fault, where it is too large.
    Value Finish(uint8_t flags);

   private:
    Evaluator& evaluator_;
    const size_t base_;
  };

  // A merge sort that calls `comes_after(a, b)`: nothing after a fault.
  template <typename F>
  bool Sort(std::span<Value> values, F comes_after);

 private:
  friend class Gatherer;
  class Nesting;

  Answer AnswerTo(const Json* input);

  // --- Nodes
  Value Eval(const Node& node, Value input, Frame* frame);
  Value EvalKind(const Node& node, Value input, Frame* frame);
  Value FinishNode(const Node& node, Value result, Frame* frame);
  Value EvalVariable(const Node& node, Value input, const Frame* frame);
  Value EvalNegation(const Node& node, Value input, Frame* frame);
  Value EvalArray(const Node& node, Value input, Frame* frame);
  Value EvalWildcard(Value input);
  Value EvalDescendants(Value input);
  Value EvalCondition(const Node& node, Value input, Frame* frame);
  Value EvalBlock(const Node& node, Value input, Frame* frame);
  Value EvalBind(const Node& node, Value input, Frame* frame);
  Value EvalRange(Value left, Value right);

  // --- Operators
  Value EvalBinary(const Node& node, Value input, Frame* frame);
  Value EvalLogic(const Node& node, Value input, Frame* frame);
  Value Operate(const Node& node, Value left, Value right);
  Value Calculate(Operator op, Value left, Value right);
  Value Compare(Operator op, Value left, Value right);
  Value Concatenate(Value left, Value right);

  // --- Paths
  Value EvalPath(const Node& node, Value input, Frame* frame);
  Value EvalPlainPath(const Node& node, Value input, Frame* frame);
  Value NamesOf(Value array, std::string_view name,
                bool last_step);  // lint: allow(bool): of the path
  Value EvalStep(const Node& step, Value input, Frame* frame,
                 bool last_step);  // lint: allow(bool): of the path
  Value EvalTupleStep(const Node& step, Value input, Value tuples, Frame* frame);
  Value SortedTuples(const Node& step, Value input, Value tuples, Frame* frame);
  bool AddTuples(const Node& step, Value tuple, Value result, Gatherer* tuples);
  Value EvalStages(const Node& step, Value input, Frame* frame);
  Value IndexTuples(uint32_t name, Value tuples);
  Value EvalFilter(const Node& predicate, Value input, Frame* frame);
  Value Pick(Value input, double index, uint8_t flags);
  bool Selects(Value result, size_t index, size_t size, bool* selected);
  Value EvalSort(const Node& step, Value input, Frame* frame);
  int CompareTerms(const Node& step, Value a, Value b);
  Frame* FrameOf(Value tuple, Frame* parent);
  Object* CopyOfTuple(Value tuple);
  void SetInTuple(Object* tuple, uint32_t name, Value value);

  // --- Groups
  struct Groups;
  Value EvalGroup(const Node& node, Value input, Frame* frame);
  Value EvalSingleObject(const Node& node, Value item, Frame* frame);
  bool GroupItem(const Node& node, Value item, Frame* frame, Groups* groups);
  Value MergeTuples(Value tuples);

  // --- Calls
  Value EvalFunction(const Node& node, Value input, Frame* frame, const Value* applied_to);
  Value EvalPartial(const Node& node, Value input, Frame* frame);
  Value EvalApply(const Node& node, Value input, Frame* frame);
  Value MakeLambda(const Node& node, Value input, Frame* frame);
  Value MakeTransform(const Node& node, Frame* frame);
  static void NoteCall(Value function, std::string_view name, size_t position);
  Value Apply(Value function, std::span<const Value> arguments, Value input);
  Value ApplyOnce(Value function, std::span<const Value> arguments, Value input);
  Value ApplyKind(const Function& function, std::span<const Value> arguments, Value input);
  Value ApplyValidated(const Function& function, std::span<const Value> arguments);
  Value ApplyLambda(const Function& function, std::span<const Value> arguments);
  Value ApplyPartial(const Function& function, std::span<const Value> arguments);
  Value ApplyRegex(const Node& regex, Value text, size_t position);
  Value ApplyNextMatch(const Function& match);
  Value ApplyTransform(const Function& transform, Value input);
  bool UpdateMatch(const Node& node, Value match, Frame* frame);
  bool DeleteFromMatch(const Node& node, Value match, Frame* frame);
  bool EvalArguments(const std::vector<Node*>& nodes, Value input, Frame* frame,
                     Arguments* arguments);
  Value UnboundCall(const Node& node, std::string_view code, const Frame* frame);

  // --- Variables
  Value LookUp(uint32_t name, const Frame* frame);
  Value LookUpGlobal(uint32_t name);
  void Bind(Frame* frame, uint32_t name, Value value);

  Fault FaultOf(const Failure& failure) const;

  const Unit& unit_;
  const Environment& environment_;
  const Program::Lookup lookup_;
  Arena arena_;
  uintptr_t stack_floor_;
  int depth_ = 0;
  uint64_t steps_left_;
  Value root_;
  Value* globals_;  // by name number; unbound until first read
  std::vector<Value> gathered_;
  Failure failure_;
  // The call that a function's tail call stands for.
  struct {
    const Node* call = nullptr;
    Value input;
    Frame* frame = nullptr;
  } tail_;
};

// --- Shared by evaluator and functions

// `value` as $boolean sees it; undefined counts as false. False after a fault too.
bool IsTruthy(Value value);
// Whether a number is one that JSON has; a fault (D1001) is noted where it is infinite.
bool IsNumeric(Evaluator* evaluator, Value value);
bool DeepEqual(Evaluator* evaluator, Value a, Value b);
// The member `name` of an object, or those of an array's elements.
Value LookUpMember(Evaluator* evaluator, Value input, std::string_view name);
// $append.
Value AppendValues(Evaluator* evaluator, Value a, Value b);
// As JSON text; false after a fault.
enum class Layout : uint8_t { kCompact, kPretty };
bool Stringify(Evaluator* evaluator, Value value, Layout layout, std::string* out);
// $string.
Value StringOf(Evaluator* evaluator, Value value, Layout layout);
// A value of the host. Nothing where a function is in it, or after a fault.
std::optional<Json> ToJson(Evaluator* evaluator, Value value);
// The value of a host's text that was parsed.
void AppendQuoted(std::string_view text, std::string* out);

// --- Templates

template <typename F>
bool Evaluator::Sort(std::span<Value> values, F comes_after) {
  if (values.size() <= 1) return true;
  const size_t middle = values.size() / 2;
  const std::span<Value> left = values.first(middle);
  const std::span<Value> right = values.subspan(middle);
  if (!Sort(left, comes_after) || !Sort(right, comes_after)) return false;
  std::vector<Value> merged;
  merged.reserve(values.size());
  size_t l = 0;
  size_t r = 0;
  while (l < left.size() && r < right.size()) {
    const std::optional<bool> after = comes_after(left[l], right[r]);
    if (!after) return false;
    merged.push_back(*after ? right[r++] : left[l++]);
  }
  merged.insert(merged.end(), left.begin() + static_cast<std::ptrdiff_t>(l), left.end());
  merged.insert(merged.end(), right.begin() + static_cast<std::ptrdiff_t>(r), right.end());
  std::copy(merged.begin(), merged.end(), values.begin());
  return true;
}

}  // namespace segue::language::jsonata
