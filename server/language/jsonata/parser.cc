#include "server/language/jsonata/parser.h"

#include <algorithm>
#include <utility>

#include "server/language/jsonata/lexer.h"
#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/regex.h"
#include "server/language/jsonata/signature.h"

// A Pratt parser: each operator knows how strongly it binds to its left.

namespace segue::language::jsonata {
namespace {

// Trees deeper than this are refused, so that walking one cannot exhaust the stack.
constexpr uint32_t kDepthMax = 800;
constexpr int kNestingMax = 200;

struct Infix {
  std::string_view text;
  int power;
  Operator op;
};
constexpr Infix kInfixes[] = {
    {".", 75, Operator::kMap},         {"[", 80, Operator::kFilter},
    {"{", 70, Operator::kGroup},       {"(", 80, Operator::kNone},
    {"@", 80, Operator::kFocus},       {"#", 80, Operator::kIndex},
    {"?", 20, Operator::kNone},        {"+", 50, Operator::kAdd},
    {"-", 50, Operator::kSubtract},    {"*", 60, Operator::kMultiply},
    {"/", 60, Operator::kDivide},      {"%", 60, Operator::kModulo},
    {"=", 40, Operator::kEqual},       {"<", 40, Operator::kLess},
    {">", 40, Operator::kGreater},     {"^", 40, Operator::kOrderBy},
    {":=", 10, Operator::kAssign},     {"!=", 40, Operator::kNotEqual},
    {"<=", 40, Operator::kLessEqual},  {">=", 40, Operator::kGreaterEqual},
    {"~>", 40, Operator::kChain},      {"and", 30, Operator::kAnd},
    {"or", 25, Operator::kOr},         {"in", 40, Operator::kIn},
    {"&", 50, Operator::kConcatenate},
};

class Parser {
 public:
  explicit Parser(Unit* unit) : unit_(*unit), lexer_(unit->text) {}

  std::optional<SyntaxFault> Run() {
    Advance(Lexer::Slash::kRegex);
    unit_.root = Expression(0);
    if (!fault_ && token_.kind != Token::Kind::kEnd) FailAt("S0201", token_);
    return std::move(fault_);
  }

 private:
  // --- Tokens

  bool failed() const { return fault_.has_value(); }

  bool Is(std::string_view op) const {
    return token_.kind == Token::Kind::kOperator && token_.text == op;
  }

  void Advance(Lexer::Slash slash = Lexer::Slash::kRegex) {
    if (failed()) return;
    auto next = lexer_.Next(slash);
    if (auto* fault = std::get_if<SyntaxFault>(&next)) {
      Fail(std::move(*fault));
      return;
    }
    token_ = std::move(std::get<Token>(next));
    if (Is("!") || Is("~")) FailAt("S0204", token_);
  }

  // Over the token `op`, which must be here.
  void Expect(std::string_view op, Lexer::Slash slash = Lexer::Slash::kRegex) {
    if (failed()) return;
    if (!Is(op)) {
      FailAt(token_.kind == Token::Kind::kEnd ? "S0203" : "S0202", token_);
      fault_->value = Quoted(op);
      return;
    }
    Advance(slash);
  }

  const Infix* InfixHere() const {
    if (token_.kind != Token::Kind::kOperator) return nullptr;
    const auto* found =
        std::find_if(std::begin(kInfixes), std::end(kInfixes),
                     [this](const Infix& infix) { return infix.text == token_.text; });
    return found == std::end(kInfixes) ? nullptr : found;
  }

  // --- Faults

  Node* Fail(SyntaxFault fault) {
    if (!failed()) fault_ = std::move(fault);
    // What the caller goes on with is thrown away.
    token_ = Token();
    return nullptr;
  }

  Node* FailAt(std::string code, const Token& token) {
    SyntaxFault fault{.code = std::move(code), .position = token.position};
    fault.plain_token = token.text;
    const bool bare = token.kind == Token::Kind::kNumber || token.kind == Token::Kind::kValue;
    fault.token = bare ? token.text : Quoted(token.text);
    return Fail(std::move(fault));
  }

  Node* FailAt(std::string code, const Node& node) {
    const bool bare = node.kind == Kind::kNumber || node.kind == Kind::kConstant;
    return Fail({.code = std::move(code),
                 .position = node.position,
                 .token = bare ? node.text : Quoted(node.text),
                 .plain_token = node.text});
  }

  // --- Nodes

  Node* Make(Kind kind, const Token& token) {
    Node* node = unit_.NewNode(kind, token.position);
    node->text = token.text;
    return node;
  }

  // Notes that `child` is below `node`.
  Node* Hang(Node* node, Node* child) {
    if (failed() || child == nullptr) return nullptr;
    node->depth = std::max(node->depth, child->depth + 1);
    if (node->depth > kDepthMax) TooDeep(*node);
    return child;
  }

  void TooDeep(const Node& node) {
    Fail({.code = "U1001",
          .position = node.position,
          .message = "The expression is nested too deeply"});
  }

  Node* Expression(int power) {
    Token token = std::move(token_);
    if (++nesting_ > kNestingMax) {
      Fail({.code = "U1001",
            .position = token.position,
            .message = "The expression is nested too deeply"});
    }
    Advance(Lexer::Slash::kDivision);
    Node* left = failed() ? nullptr : Prefix(token);
    for (const Infix* infix = InfixHere(); !failed() && infix != nullptr && power < infix->power;
         infix = InfixHere()) {
      token = std::move(token_);
      Advance();
      if (!failed()) left = Suffix(*infix, token, left);
    }
    --nesting_;
    return failed() ? nullptr : left;
  }

  // What begins with `token`.
  Node* Prefix(const Token& token) {
    switch (token.kind) {
      case Token::Kind::kEnd:
        return Make(Kind::kEnd, token);
      case Token::Kind::kName:
        return Make(Kind::kName, token);
      case Token::Kind::kVariable:
        return Variable(token);
      case Token::Kind::kString: {
        Node* node = Make(Kind::kString, token);
        node->constant = Value::Text(node->text);
        return node;
      }
      case Token::Kind::kNumber:
      case Token::Kind::kValue: {
        Node* node =
            Make(token.kind == Token::Kind::kNumber ? Kind::kNumber : Kind::kConstant, token);
        node->constant = token.value;
        return node;
      }
      case Token::Kind::kRegex:
        return RegexLiteral(token);
      case Token::Kind::kOperator:
        break;
    }
    return PrefixOperator(token);
  }

  Node* Variable(const Token& token) {
    Node* node = Make(Kind::kVariable, token);
    node->variable = unit_.names.Number(token.text);
    return node;
  }

  Node* RegexLiteral(const Token& token) {
    auto compiled = Regex::Compile(token.text, token.flags);
    if (auto* why = std::get_if<std::string>(&compiled)) {
      return Fail({.code = "S0303", .position = token.position, .message = std::move(*why)});
    }
    Node* node = Make(Kind::kRegex, token);
    auto& regex = std::get<std::unique_ptr<const Regex>>(compiled);
    node->regex = regex.get();
    unit_.regexes.push_back(std::move(regex));
    return node;
  }

  Node* PrefixOperator(const Token& token) {
    const std::string_view op = token.text;
    if (op == "and" || op == "or" || op == "in") return Make(Kind::kOperator, token);
    if (op == "*") return Make(Kind::kWildcard, token);
    if (op == "**") return Make(Kind::kDescendant, token);
    if (op == "%") return Make(Kind::kParent, token);
    if (op == "-") {
      Node* node = Make(Kind::kNegation, token);
      node->first = Hang(node, Expression(70));
      return node;
    }
    if (op == "(") return Block(token);
    if (op == "[") return ArrayConstructor(token);
    if (op == "{") {
      Node* node = Make(Kind::kObject, token);
      Pairs(node);
      return node;
    }
    if (op == "|") return Transform(token);
    return FailAt("S0211", token);
  }

  Node* Block(const Token& token) {
    Node* node = Make(Kind::kBlock, token);
    while (!failed() && !Is(")")) {
      node->items.push_back(Hang(node, Expression(0)));
      if (!Is(";")) break;
      Advance();
    }
    Expect(")", Lexer::Slash::kDivision);
    return node;
  }

  Node* ArrayConstructor(const Token& token) {
    Node* node = Make(Kind::kArray, token);
    while (!failed() && !Is("]")) {
      Node* item = Expression(0);
      if (!failed() && Is("..")) {
        Node* range = Make(Kind::kBinary, token_);
        range->op = Operator::kRange;
        Advance();
        range->first = Hang(range, item);
        range->second = Hang(range, Expression(0));
        item = range;
      }
      node->items.push_back(Hang(node, item));
      if (!Is(",")) break;
      Advance();
      if (Is("]")) FailAt("S0211", token_);
    }
    Expect("]", Lexer::Slash::kDivision);
    return node;
  }

  void Pairs(Node* node) {
    while (!failed() && !Is("}")) {
      Node* name = Hang(node, Expression(0));
      Expect(":");
      Node* value = failed() ? nullptr : Hang(node, Expression(0));
      node->pairs.emplace_back(name, value);
      if (!Is(",")) break;
      Advance();
      if (Is("}")) FailAt("S0211", token_);
    }
    Expect("}", Lexer::Slash::kDivision);
  }

  Node* Transform(const Token& token) {
    Node* node = Make(Kind::kTransform, token);
    node->first = Hang(node, Expression(0));
    Expect("|");
    if (failed()) return nullptr;
    node->second = Hang(node, Expression(0));
    if (Is(",")) {
      Advance();
      node->third = Hang(node, Expression(0));
    }
    Expect("|");
    unit_.clone_name = unit_.names.Number("clone");
    return node;
  }

  // What `infix` makes of what stands left of it.
  Node* Suffix(const Infix& infix, const Token& token, Node* left) {
    if (infix.text == "(") return Call(token, left);
    if (infix.text == "?") return Condition(token, left);
    Node* node = Make(Kind::kBinary, token);
    node->op = infix.op;
    node->first = Hang(node, left);
    if (failed()) return nullptr;
    switch (infix.op) {
      case Operator::kFilter:
        return Filter(node, left);
      case Operator::kGroup:
        Pairs(node);
        return node;
      case Operator::kOrderBy:
        return OrderBy(node);
      case Operator::kAssign:
        if (left->kind != Kind::kVariable) return FailAt("S0212", *left);
        node->second = Hang(node, Expression(infix.power - 1));
        return node;
      case Operator::kFocus:
      case Operator::kIndex:
        node->second = Hang(node, Expression(infix.power));
        if (!failed() && node->second->kind != Kind::kVariable) {
          return Fail({.code = "S0214",
                       .position = node->second->position,
                       .token = Quoted(infix.text),
                       .plain_token = std::string(infix.text)});
        }
        return node;
      default:  // an operator between two values
        node->second = Hang(node, Expression(infix.power));
        return node;
    }
  }

  Node* Filter(Node* node, Node* left) {
    if (Is("]")) {
      Node* step = left;
      while (step->kind == Kind::kBinary && step->op == Operator::kFilter) step = step->first;
      step->keep_array = true;
      Advance();
      return left;
    }
    node->second = Hang(node, Expression(0));
    Expect("]", Lexer::Slash::kDivision);
    return node;
  }

  Node* OrderBy(Node* node) {
    Expect("(");
    while (!failed()) {
      SortTerm term;
      if (Is("<") || Is(">")) {
        if (Is(">")) term.order = SortTerm::Order::kDescending;
        Advance();
      }
      term.expression = Hang(node, Expression(0));
      node->terms.push_back(term);
      if (!Is(",")) break;
      Advance();
    }
    Expect(")");
    return node;
  }

  Node* Condition(const Token& token, Node* left) {
    Node* node = Make(Kind::kCondition, token);
    node->first = Hang(node, left);
    node->second = failed() ? nullptr : Hang(node, Expression(0));
    if (Is(":")) {
      Advance();
      node->third = Hang(node, Expression(0));
    }
    return node;
  }

  Node* Call(const Token& token, Node* left) {
    Node* node = Make(Kind::kFunction, token);
    node->first = Hang(node, left);
    if (!Is(")")) {
      while (!failed()) {
        if (Is("?")) {
          node->kind = Kind::kPartial;
          node->items.push_back(Make(Kind::kOperator, token_));
          Advance();
        } else {
          node->items.push_back(Hang(node, Expression(0)));
        }
        if (!Is(",")) break;
        Advance();
      }
    }
    Expect(")", Lexer::Slash::kDivision);
    if (failed()) return nullptr;
    const bool lambda =
        left->kind == Kind::kName && (left->text == "function" || left->text == "\u03BB");
    return lambda ? Lambda(node) : node;
  }

  Node* Lambda(Node* node) {
    for (size_t i = 0; i < node->items.size(); ++i) {
      const Node& parameter = *node->items[i];
      if (parameter.kind == Kind::kVariable) continue;
      FailAt("S0208", parameter);
      fault_->value = std::to_string(i + 1);
      return nullptr;
    }
    node->kind = Kind::kLambda;
    if (Is("<")) ReadSignature(node);
    Expect("{");
    node->first = failed() ? nullptr : Hang(node, Expression(0));
    Expect("}");
    return node;
  }

  void ReadSignature(Node* node) {
    const uint32_t position = token_.position;
    std::string text = "<";
    for (int depth = 1; depth > 0 && !Is("{") && token_.kind != Token::Kind::kEnd;) {
      Advance();
      if (failed()) return;
      if (Is(">")) --depth;
      if (Is("<")) ++depth;
      text += token_.text;
    }
    Expect(">");
    if (failed()) return;
    auto parsed = Signature::Parse(text);
    if (auto* fault = std::get_if<SyntaxFault>(&parsed)) {
      fault->position += position;
      Fail(std::move(*fault));
      return;
    }
    auto& signature = std::get<std::unique_ptr<const Signature>>(parsed);
    node->signature = signature.get();
    unit_.signatures.push_back(std::move(signature));
  }

  Unit& unit_;
  Lexer lexer_;
  Token token_;
  int nesting_ = 0;
  std::optional<SyntaxFault> fault_;
};

}  // namespace

std::optional<SyntaxFault> Parse(Unit* unit) { return Parser(unit).Run(); }

std::string_view KindName(const Node& node) {
  constexpr std::string_view kNames[] = {
      "(end)",    "name",       "string",    "number",   "value",  "variable",  "regex",
      "wildcard", "descendant", "parent",    "operator", "binary", "unary",     "unary",
      "unary",    "function",   "partial",   "lambda",   "lambda", "condition", "block",
      "bind",     "apply",      "transform", "path",     "sort"};
  return kNames[static_cast<size_t>(node.kind)];
}

}  // namespace segue::language::jsonata
