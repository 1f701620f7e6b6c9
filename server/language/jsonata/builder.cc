#include "server/language/jsonata/builder.h"

#include <algorithm>
#include <utility>

#include "server/language/jsonata/ancestry.h"
#include "server/language/jsonata/lexer.h"
#include "server/language/jsonata/parser.h"

namespace segue::language::jsonata {
namespace {

class Builder {
 public:
  explicit Builder(Unit* unit) : unit_(*unit), ancestry_(unit) {}

  std::optional<SyntaxFault> Run() {
    unit_.root_name = unit_.names.Number("$");
    Node* root = Process(unit_.root);
    if (!failed() && (root->kind == Kind::kParent || !root->seeking.empty())) {
      Fail("S0217", *root, KindName(*root));
    }
    unit_.root = root;
    return std::move(fault_);
  }

 private:
  bool failed() const { return fault_.has_value(); }

  Node* Fail(std::string code, const Node& node, std::optional<std::string_view> token) {
    if (failed()) return nullptr;
    fault_ =
        SyntaxFault{.code = std::move(code), .position = node.position, .value = Quoted(node.text)};
    if (token) {
      fault_->token = Quoted(*token);
      fault_->plain_token = std::string(*token);
    }
    return nullptr;
  }

  // Takes over a fault of the search for parents.
  void CheckAncestry() {
    if (auto fault = ancestry_.TakeFault(); fault && !failed()) fault_ = std::move(fault);
  }

  Node* Copy(const Node& from) {
    Node* node = unit_.NewNode(from.kind, from.position);
    node->op = from.op;
    node->text = from.text;
    node->signature = from.signature;
    return node;
  }

  Node* Process(Node* node) {
    Node* result = ProcessKind(node);
    if (failed() || result == nullptr) return nullptr;
    if (node->keep_array) result->keep_array = true;
    return result;
  }

  // A child of `above`, which passes on the parents it wants.
  Node* ProcessPart(Node* above, Node* part) {
    Node* result = Process(part);
    if (result != nullptr) Ancestry::Push(above, result);
    return result;
  }

  Node* ProcessKind(Node* node) {
    switch (node->kind) {
      case Kind::kBinary:
        return ProcessBinary(node);
      case Kind::kNegation:
        return ProcessNegation(node);
      case Kind::kArray:
      case Kind::kObject:
        return ProcessConstructor(node);
      case Kind::kFunction:
      case Kind::kPartial:
        return ProcessCall(node);
      case Kind::kLambda:
        return ProcessLambda(node);
      case Kind::kCondition:
        return ProcessCondition(node);
      case Kind::kTransform:
        return ProcessTransform(node);
      case Kind::kBlock:
        return ProcessBlock(node);
      case Kind::kName:
        return PathOf(node);
      case Kind::kParent:
        node->slot = ancestry_.NewSlot();
        return node;
      case Kind::kOperator:
        if (node->text == "?") return node;
        node->kind = Kind::kName;
        return PathOf(node);
      case Kind::kEnd:
        return Fail("S0207", *node, node->text);
      default:
        return node;
    }
  }

  Node* PathOf(Node* step) {
    Node* path = unit_.NewNode(Kind::kPath, step->position);
    path->items.push_back(step);
    path->keep_singleton_array = step->keep_array && step->kind == Kind::kName;
    return path;
  }

  Node* ProcessBinary(Node* node) {
    switch (node->op) {
      case Operator::kMap:
        return ProcessMap(node);
      case Operator::kFilter:
        return ProcessFilter(node);
      case Operator::kGroup:
        return ProcessGroup(node);
      case Operator::kOrderBy:
        return ProcessOrderBy(node);
      case Operator::kAssign:
        return ProcessAssign(node);
      case Operator::kFocus:
        return ProcessFocus(node);
      case Operator::kIndex:
        return ProcessIndex(node);
      case Operator::kChain: {
        Node* result = Copy(*node);
        result->kind = Kind::kApply;
        result->first = Process(node->first);
        result->second = failed() ? nullptr : Process(node->second);
        if (failed()) return nullptr;
        result->keep_array = result->first->keep_array || result->second->keep_array;
        return result;
      }
      default: {
        Node* result = Copy(*node);
        result->first = ProcessPart(result, node->first);
        result->second = failed() ? nullptr : ProcessPart(result, node->second);
        return result;
      }
    }
  }

  Node* ProcessMap(Node* node) {
    Node* left = Process(node->first);
    if (failed()) return nullptr;
    Node* path = left;
    if (left->kind != Kind::kPath) {
      path = unit_.NewNode(Kind::kPath, left->position);
      path->items.push_back(left);
    }
    if (left->kind == Kind::kParent) path->seeking = {left->slot};
    Node* rest = Process(node->second);
    if (failed()) return nullptr;
    if (rest->kind == Kind::kPath) {
      path->items.insert(path->items.end(), rest->items.begin(), rest->items.end());
    } else {
      rest->stages = std::exchange(rest->predicates, {});
      path->items.push_back(rest);
    }
    for (Node* step : path->items) {
      if (step->kind == Kind::kNumber || step->kind == Kind::kConstant) {
        Fail("S0213", *step, std::nullopt);
        fault_->value = step->text;
        return nullptr;
      }
      if (step->kind == Kind::kString) step->kind = Kind::kName;
      path->keep_singleton_array |= step->keep_array;
    }
    for (Node* end : {path->items.front(), path->items.back()}) {
      if (end->kind == Kind::kArray) end->cons_array = true;
    }
    ancestry_.Resolve(path);
    CheckAncestry();
    return path;
  }

  // The node that a bracket after `result` belongs to.
  static Node* LastStep(Node* result) {
    return result->kind == Kind::kPath ? result->items.back() : result;
  }

  Node* ProcessFilter(Node* node) {
    Node* result = Process(node->first);
    if (failed()) return nullptr;
    Node* step = LastStep(result);
    if (step->group != nullptr) return Fail("S0209", *node, std::nullopt);
    Node* filter = Process(node->second);
    if (failed()) return nullptr;
    for (ParentSlot* slot : filter->seeking) {
      if (slot->level == 1) {
        ancestry_.Seek(step, slot);
      } else {
        --slot->level;
      }
    }
    CheckAncestry();
    if (!filter->seeking.empty()) Ancestry::Push(step, filter);
    (result->kind == Kind::kPath ? step->stages : step->predicates).push_back({.filter = filter});
    return result;
  }

  Node* ProcessGroup(Node* node) {
    Node* result = Process(node->first);
    if (failed()) return nullptr;
    if (result->group != nullptr) return Fail("S0210", *node, std::nullopt);
    Node* group = unit_.NewNode(Kind::kObject, node->position);
    group->text = node->text;
    for (const auto& [name, value] : node->pairs) {
      Node* key = Process(name);
      Node* member = failed() ? nullptr : Process(value);
      if (failed()) return nullptr;
      group->pairs.emplace_back(key, member);
    }
    result->group = group;
    return result;
  }

  Node* ProcessOrderBy(Node* node) {
    Node* result = Process(node->first);
    if (failed()) return nullptr;
    if (result->kind != Kind::kPath) {
      Node* path = unit_.NewNode(Kind::kPath, result->position);
      path->items.push_back(result);
      result = path;
    }
    Node* sort = unit_.NewNode(Kind::kSort, node->position);
    for (const SortTerm& term : node->terms) {
      sort->terms.push_back(
          {.expression = ProcessPart(sort, term.expression), .order = term.order});
      if (failed()) return nullptr;
    }
    result->items.push_back(sort);
    ancestry_.Resolve(result);
    CheckAncestry();
    return result;
  }

  Node* ProcessAssign(Node* node) {
    Node* result = unit_.NewNode(Kind::kBind, node->position);
    result->text = node->text;
    result->variable = node->first->variable;
    unit_.Bind(result->variable);
    if (!scopes_.empty()) *scopes_.back() = true;
    result->first = ProcessPart(result, node->second);
    return result;
  }

  Node* ProcessFocus(Node* node) {
    Node* result = Process(node->first);
    if (failed()) return nullptr;
    Node* step = LastStep(result);
    if (!step->stages.empty() || !step->predicates.empty())
      return Fail("S0215", *node, std::nullopt);
    if (step->kind == Kind::kSort) return Fail("S0216", *node, std::nullopt);
    if (node->keep_array) step->keep_array = true;
    step->focus = node->second->variable;
    step->tuple = true;
    unit_.Bind(step->focus);
    return result;
  }

  Node* ProcessIndex(Node* node) {
    Node* result = Process(node->first);
    if (failed()) return nullptr;
    Node* step = LastStep(result);
    if (result->kind != Kind::kPath) {
      Node* path = unit_.NewNode(Kind::kPath, result->position);
      path->items.push_back(result);
      result = path;
      step->stages = std::exchange(step->predicates, {});
    }
    const uint32_t name = node->second->variable;
    unit_.Bind(name);
    if (step->stages.empty()) {
      step->index = name;
    } else {
      step->stages.push_back({.index = name});
    }
    step->tuple = true;
    return result;
  }

  Node* ProcessNegation(Node* node) {
    Node* result = Copy(*node);
    Node* operand = Process(node->first);
    if (failed()) return nullptr;
    if (operand->kind == Kind::kNumber) {
      operand->constant = Value::Number(-operand->constant.number());
      return operand;
    }
    result->first = operand;
    Ancestry::Push(result, operand);
    return result;
  }

  Node* ProcessConstructor(Node* node) {
    Node* result = Copy(*node);
    for (Node* item : node->items) {
      result->items.push_back(ProcessPart(result, item));
      if (failed()) return nullptr;
    }
    for (const auto& [name, value] : node->pairs) {
      Node* key = ProcessPart(result, name);
      Node* member = failed() ? nullptr : ProcessPart(result, value);
      if (failed()) return nullptr;
      result->pairs.emplace_back(key, member);
    }
    return result;
  }

  Node* ProcessCall(Node* node) {
    Node* result = Copy(*node);
    for (Node* argument : node->items) {
      result->items.push_back(ProcessPart(result, argument));
      if (failed()) return nullptr;
    }
    result->first = Process(node->first);
    if (failed()) return nullptr;
    result->text = NameOfCalled(*result->first);
    return result;
  }

  // What is called, as faults name it: as the reference does, which has no word for some nodes.
  static std::string NameOfCalled(const Node& called) {
    switch (called.kind) {
      case Kind::kPath:
        return called.items[0]->text;
      case Kind::kLambda:
      case Kind::kBlock:
      case Kind::kCondition:
      case Kind::kTransform:
      case Kind::kParent:
        return {};
      default:
        return called.text;
    }
  }

  Node* ProcessLambda(Node* node) {
    Node* result = Copy(*node);
    result->items = node->items;
    for (const Node* parameter : node->items) unit_.Bind(parameter->variable);
    bool binds = false;
    scopes_.push_back(&binds);
    Node* body = Process(node->first);
    scopes_.pop_back();
    if (failed()) return nullptr;
    result->first = InTailPosition(body);
    return result;
  }

  Node* ProcessCondition(Node* node) {
    Node* result = Copy(*node);
    result->first = ProcessPart(result, node->first);
    result->second = failed() ? nullptr : ProcessPart(result, node->second);
    if (!failed() && node->third != nullptr) result->third = ProcessPart(result, node->third);
    return result;
  }

  Node* ProcessTransform(Node* node) {
    Node* result = Copy(*node);
    result->first = Process(node->first);
    result->second = failed() ? nullptr : Process(node->second);
    if (!failed() && node->third != nullptr) result->third = Process(node->third);
    return result;
  }

  Node* ProcessBlock(Node* node) {
    Node* result = Copy(*node);
    bool binds = false;
    scopes_.push_back(&binds);
    for (Node* item : node->items) {
      Node* part = ProcessPart(result, item);
      if (failed()) break;
      if (part->cons_array || (part->kind == Kind::kPath && part->items[0]->cons_array)) {
        result->cons_array = true;
      }
      result->items.push_back(part);
    }
    scopes_.pop_back();
    result->needs_frame = binds;
    return result;
  }

  // A function's last call replaces the function: its caller makes it.
  Node* InTailPosition(Node* node) {
    if (node->kind == Kind::kFunction && node->predicates.empty()) {
      Node* thunk = unit_.NewNode(Kind::kThunk, node->position);
      thunk->first = node;
      return thunk;
    }
    if (node->kind == Kind::kCondition) {
      node->second = InTailPosition(node->second);
      if (node->third != nullptr) node->third = InTailPosition(node->third);
    } else if (node->kind == Kind::kBlock && !node->items.empty()) {
      node->items.back() = InTailPosition(node->items.back());
    }
    return node;
  }

  Unit& unit_;
  Ancestry ancestry_;
  std::optional<SyntaxFault> fault_;
  std::vector<bool*> scopes_;  // of the blocks and functions around: whether they bind
};

// Notes what the evaluator can know before it begins.
void Finish(Node* node) {
  node->finishes = !node->predicates.empty() || node->keep_array ||
                   (node->kind != Kind::kPath && node->group != nullptr);
  if (node->kind != Kind::kPath) return;
  node->plain_path = !node->keep_singleton_array && node->group == nullptr;
  for (size_t i = 0; i < node->items.size(); ++i) {
    const Node& step = *node->items[i];
    const bool plain = step.kind == Kind::kName || (i == 0 && step.kind == Kind::kVariable);
    if (!plain || step.tuple || step.keep_array || !step.stages.empty() ||
        !step.predicates.empty() || step.group != nullptr || step.focus != 0 || step.index != 0) {
      node->plain_path = false;
    }
  }
}

}  // namespace

std::optional<SyntaxFault> Build(Unit* unit) {
  if (auto fault = Builder(unit).Run()) return fault;
  for (Node& node : unit->nodes) Finish(&node);
  unit->bound.resize(unit->names.size());
  CollectReferences(unit);
  return std::nullopt;
}

}  // namespace segue::language::jsonata
