#include <utility>
#include <variant>
#include <vector>

#include "server/language/compile.h"
#include "server/language/text.h"

// States Language, "Payload Template".

namespace segue::language {
namespace {

constexpr std::string_view kSuffix = ".$";

bool IsComputed(std::string_view name) {
  return name.size() >= kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix;
}

// A container some of whose elements are computed. All else, with the names, stands in `prototype`,
// which each evaluation copies: a literal below it costs one reference.
struct TemplateNode {
  struct Hole {
    size_t position = 0;
    std::variant<ExpressionPtr, std::shared_ptr<const TemplateNode>> content;
  };
  Json prototype;
  std::vector<Hole> holes;
};
using NodePtr = std::shared_ptr<const TemplateNode>;

Outcome<Json> Fill(const TemplateNode& node, const Scope& scope);

Outcome<Json> FillHole(const TemplateNode::Hole& hole, const Scope& scope) {
  if (const auto* expression = std::get_if<ExpressionPtr>(&hole.content)) {
    return (*expression)->Evaluate(scope);
  }
  return Fill(*std::get<NodePtr>(hole.content), scope);
}

Outcome<Json> Fill(const TemplateNode& node, const Scope& scope) {
  if (node.prototype.is_array()) {
    Json::Array values = node.prototype.array();
    for (const auto& hole : node.holes) {
      SEGUE_TRY(value, FillHole(hole, scope));
      values[hole.position] = std::move(value);
    }
    return Json(std::move(values));
  }
  Json::Object members = node.prototype.object();
  for (const auto& hole : node.holes) {
    SEGUE_TRY(value, FillHole(hole, scope));
    members.SetAt(hole.position, std::move(value));
  }
  return Json(std::move(members));
}

class TemplateExpression : public Expression {
 public:
  explicit TemplateExpression(NodePtr root) : root_(std::move(root)) {}
  Outcome<Json> Evaluate(const Scope& scope) const override { return Fill(*root_, scope); }

 private:
  NodePtr root_;
};

class TemplateCompiler {
 public:
  // Null where nothing below `value` is computed, or after a fault.
  NodePtr Compile(const Json& value) {
    if (value.is_array()) return CompileArray(value.array());
    if (value.is_object()) return CompileObject(value.object());
    return nullptr;
  }

  const absl::Status& fault() const { return fault_; }
  const std::string& pointer() const { return pointer_; }

 private:
  NodePtr CompileArray(const Json::Array& values) {
    auto node = std::make_shared<TemplateNode>();
    for (size_t i = 0; i < values.size() && fault_.ok(); ++i) {
      const size_t length = Enter(std::to_string(i));
      if (NodePtr child = Compile(values[i])) node->holes.push_back({i, std::move(child)});
      Leave(length);
    }
    if (node->holes.empty() || !fault_.ok()) return nullptr;
    node->prototype = Json(values);
    return node;
  }

  NodePtr CompileObject(const Json::Object& object) {
    auto node = std::make_shared<TemplateNode>();
    Json::Object prototype;
    for (const auto& [name, value] : object) {
      const size_t length = Enter(name);
      const bool computed = IsComputed(name);
      const std::string bare = computed ? name.substr(0, name.size() - kSuffix.size()) : name;
      if (prototype.Find(bare) != nullptr) Fault(Concat("two fields set '", bare, "'"));
      if (computed) {
        if (auto expression = CompileComputed(name, value)) {
          node->holes.push_back({prototype.size(), std::move(expression)});
        }
        prototype.Set(bare, Json());
      } else {
        NodePtr child = Compile(value);
        prototype.Set(bare, child == nullptr ? value : Json());
        if (child != nullptr) node->holes.push_back({prototype.size() - 1, std::move(child)});
      }
      if (!fault_.ok()) return nullptr;
      Leave(length);
    }
    if (node->holes.empty()) return nullptr;
    node->prototype = Json(std::move(prototype));
    return node;
  }

  ExpressionPtr CompileComputed(const std::string& name, const Json& value) {
    PathOptions options;
    options.missing = PathOptions::Missing::kTemplateField;
    options.field = name;
    if (!value.is_string()) {
      Fault(Concat("the value of '", name, "' must be a path or an intrinsic function call"));
      return nullptr;
    }
    auto expression = CompilePathOrIntrinsic(value.string(), options);
    if (expression.ok()) return *std::move(expression);
    Fault(std::string(expression.status().message()));
    return nullptr;
  }

  // The pointer stays where the first fault was.
  size_t Enter(std::string_view name) {
    const size_t length = pointer_.size();
    pointer_.push_back('/');
    for (const char c : name) {
      if (c == '~') {
        pointer_ += "~0";
      } else if (c == '/') {
        pointer_ += "~1";
      } else {
        pointer_.push_back(c);
      }
    }
    return length;
  }
  void Leave(size_t length) {
    if (fault_.ok()) pointer_.resize(length);
  }
  void Fault(std::string what) {
    if (fault_.ok()) fault_ = absl::InvalidArgumentError(what);
  }

  absl::Status fault_;
  std::string pointer_;
};

}  // namespace

absl::StatusOr<ExpressionPtr> CompilePayloadTemplate(const Json& value,
                                                     std::string* fault_pointer) {
  TemplateCompiler compiler;
  NodePtr root = compiler.Compile(value);
  if (!compiler.fault().ok()) {
    if (fault_pointer != nullptr) *fault_pointer = compiler.pointer();
    return compiler.fault();
  }
  if (root == nullptr) return Literal(value);
  return ExpressionPtr(std::make_shared<TemplateExpression>(std::move(root)));
}

}  // namespace segue::language
