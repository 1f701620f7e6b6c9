#include "server/api/states/definition_warnings.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "server/language/compile.h"
#include "server/language/document.h"
#include "server/language/text.h"

namespace segue::api::states {
namespace {

using language::Concat;
using language::Fault;
using language::Node;

// Fields that are payload templates: their members are paths where the name ends in `.$`.
constexpr std::array<std::string_view, 6> kTemplates = {
    "Parameters", "ResultSelector", "ItemSelector", "BatchInput", "Assign", "Credentials"};

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether a literal reads like a path or a call of an intrinsic function.
bool LooksLikePath(const Node& node) {
  if (!node.is_string()) return false;
  const std::string_view text = node.string();
  const bool begins = text.starts_with("$.") || text.starts_with("$[") || text.starts_with("$$.") ||
                      text == "$" || text == "$$" ||
                      (text.starts_with("States.") && EndsWith(text, ")"));
  return begins && language::CompilePathOrIntrinsic(node.string()).ok();
}

class Search {
 public:
  // A block of states: the machine, a branch, a Map's processor.
  void Block(const Node& block, std::string_view query_language) {
    const Node* states = block.Find("States");
    if (states == nullptr || !states->is_object()) return;
    for (const Node* state : states->children()) {
      if (state->is_object()) State(*state, query_language);
    }
  }

  std::vector<Fault> Take() { return std::move(warnings_); }

 private:
  static std::string_view TextOf(const Node& object, std::string_view name) {
    const Node* member = object.Find(name);
    return member != nullptr && member->is_string() ? std::string_view(member->string())
                                                    : std::string_view();
  }

  void State(const Node& state, std::string_view inherited) {
    const std::string_view own = TextOf(state, "QueryLanguage");
    if ((own.empty() ? inherited : own) != "JSONata") {
      if (TextOf(state, "Type") == "Pass") {
        if (const Node* result = state.Find("Result")) StaticResult(*result);
      }
      for (const Node* field : state.children()) Field(*field);
    }
    for (const char* name : {"Iterator", "ItemProcessor"}) {
      if (const Node* block = state.Find(name)) Block(*block, inherited);
    }
    const Node* branches = state.Find("Branches");
    if (branches == nullptr || !branches->is_array()) return;
    for (const Node* branch : branches->children()) Block(*branch, inherited);
  }

  // A field of a state, of a Choice rule, of a Catcher.
  void Field(const Node& field) {
    constexpr std::array<std::string_view, 7> kOwn = {
        "Result", "Branches", "Iterator", "Comment", "ItemProcessor", "Retry", "Resource"};
    const std::string& name = field.name();
    if (std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end()) return;
    if (std::find(kTemplates.begin(), kTemplates.end(), name) != kTemplates.end()) {
      return Template(field);
    }
    if (field.is_object() || field.is_array()) {
      for (const Node* child : field.children()) Field(*child);
      return;
    }
    if (EndsWith(name, "Path") || name == "Variable" || name == "Next" || name == "Default") return;
    if (!LooksLikePath(field)) return;
    Warn(field, "NO_PATH",
         Concat("The value of the field '", name,
                "' looks like a path, but the field's name does not end in 'Path'"));
  }

  void Template(const Node& node) {
    for (const Node* child : node.children()) Template(*child);
    if (EndsWith(node.name(), ".$") || !LooksLikePath(node)) return;
    Warn(node, "NO_DOLLAR",
         Concat("The value of the field '", node.name(),
                "' looks like a path or an intrinsic function, but the field's name does not end "
                "in '.$'"));
  }

  void StaticResult(const Node& node) {
    for (const Node* child : node.children()) StaticResult(*child);
    if (!EndsWith(node.name(), ".$") && !LooksLikePath(node)) return;
    Warn(node, "PASS_RESULT_IS_STATIC",
         "The Result of a Pass state is taken as it is: paths and intrinsic functions belong in "
         "Parameters");
  }

  void Warn(const Node& node, std::string code, std::string message) {
    warnings_.push_back({node.position(), std::move(code), std::move(message)});
  }

  std::vector<Fault> warnings_;
};

}  // namespace

std::vector<Fault> DefinitionWarnings(std::string_view definition) {
  language::Document::Result read =
      language::Document::Parse(definition, language::Format::kJson, {});
  if (read.document == nullptr || !read.document->root().is_object()) return {};
  const Node& root = read.document->root();
  Search search;
  const Node* language = root.Find("QueryLanguage");
  search.Block(root, language != nullptr && language->is_string() ? language->string() : "");
  return search.Take();
}

}  // namespace segue::api::states
