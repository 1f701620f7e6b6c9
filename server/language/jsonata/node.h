#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/language/jsonata/program.h"
#include "server/language/jsonata/value.h"

namespace segue::language::jsonata {

class Regex;
class Signature;

enum class Kind : uint8_t {
  kEnd,
  // Leaves.
  kName,
  kString,
  kNumber,
  kConstant,  // true, false, null
  kVariable,
  kRegex,
  kWildcard,
  kDescendant,
  kParent,
  kOperator,  // a word operator that stands for a name, or `?` in a partial application
  // Inner nodes.
  kBinary,
  kNegation,
  kArray,
  kObject,
  kFunction,
  kPartial,
  kLambda,
  kThunk,  // a call in tail position
  kCondition,
  kBlock,
  kBind,
  kApply,
  kTransform,
  kPath,
  kSort,
};

enum class Operator : uint8_t {
  kNone,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kConcatenate,
  kRange,
  kIn,
  kAnd,
  kOr,
  // Only while parsing: these become paths, stages, groups, sorts, bindings and applications.
  kMap,
  kFilter,
  kGroup,
  kOrderBy,
  kAssign,
  kFocus,
  kIndex,
  kChain,
};

// Where `%` finds its value: the tuple's entry `label` of the step that is `level` steps up.
struct ParentSlot {
  uint32_t label = 0;
  int level = 1;
};

struct Node;

// What follows a step: a filter, or, without one, `#` naming the position.
struct Stage {
  Node* filter = nullptr;
  uint32_t index = 0;
};

struct SortTerm {
  Node* expression = nullptr;
  enum class Order : uint8_t { kAscending, kDescending } order = Order::kAscending;
};

// One node of an expression, first as it was parsed, then as it is evaluated (see builder.h).
struct Node {
  Kind kind = Kind::kEnd;
  Operator op = Operator::kNone;
  bool keep_array = false;            // `[]` follows
  bool keep_singleton_array = false;  // of a path: a step has `[]`
  bool cons_array = false;            // an array constructor at an end of a path
  bool tuple = false;                 // makes or passes on tuples
  bool needs_frame = false;           // of a block: it binds variables
  bool plain_path = false;            // names only, perhaps after one variable
  bool finishes = false;              // has what happens after its kind's own evaluation
  uint32_t position = 0;              // in bytes, behind its token
  uint32_t variable = 0;              // the number of the name, of a variable
  uint32_t focus = 0;                 // `@$name`
  uint32_t index = 0;                 // `#$name`
  uint32_t depth = 1;                 // of the tree below
  Value constant;                     // of literals
  std::string text;                   // the token: a name, a string, an operator
  Node* first = nullptr;              // left; condition; procedure; body; pattern; operand
  Node* second = nullptr;             // right; then; update
  Node* third = nullptr;              // else; delete
  std::vector<Node*> items;           // steps, elements, arguments, parameters, expressions
  std::vector<std::pair<Node*, Node*>> pairs;  // of an object or a group
  std::vector<SortTerm> terms;
  std::vector<Stage> predicates;     // filters of what is no step
  std::vector<Stage> stages;         // of a step
  Node* group = nullptr;             // an object constructor that groups
  ParentSlot* slot = nullptr;        // of `%`
  ParentSlot* ancestor = nullptr;    // of a step: a `%` refers to what it is applied to
  std::vector<ParentSlot*> seeking;  // parents wanted from further left
  const Signature* signature = nullptr;
  const Regex* regex = nullptr;
};

// The numbers of the variables' names. 0 is no name.
class Names {
 public:
  Names() { texts_.emplace_back(); }

  uint32_t Number(std::string_view name) {
    const auto [entry, added] =
        numbers_.try_emplace(std::string(name), static_cast<uint32_t>(texts_.size()));
    if (added) texts_.emplace_back(name);
    return entry->second;
  }
  const std::string& text(uint32_t number) const { return texts_[number]; }
  size_t size() const { return texts_.size(); }

 private:
  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::deque<std::string> texts_;
};

// All that belongs to one compiled text.
struct Unit {
  std::string text;
  Library library = Library::kReference;
  std::deque<Node> nodes;
  std::deque<ParentSlot> slots;
  std::vector<std::unique_ptr<const Signature>> signatures;
  std::vector<std::unique_ptr<const Regex>> regexes;
  Names names;
  std::vector<bool> bound;  // by name number: whether the text binds it
  Node* root = nullptr;
  uint32_t root_name = 0;   // `$$`
  uint32_t clone_name = 0;  // $clone, which transforms call
  References references;

  Node* NewNode(Kind kind, uint32_t position) {
    Node* node = &nodes.emplace_back();
    node->kind = kind;
    node->position = position;
    return node;
  }
  void Bind(uint32_t name) {
    if (bound.size() <= name) bound.resize(name + 1);
    bound[name] = true;
  }
};

// What is wrong with the text, with its place in bytes.
struct SyntaxFault {
  std::string code;
  size_t position = 0;
  std::string token;  // as JSON text, in the message
  std::string value;  // likewise
  std::optional<std::string> plain_token = std::nullopt;
  std::string message;  // in place of the code's own
};

}  // namespace segue::language::jsonata
