#include "server/api/states/variable_references.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "server/language/jsonata/program.h"

namespace segue::api::states {
namespace {

using Names = std::set<std::string>;

bool IsNamePart(unsigned char c) { return c >= 0x80 || c == '_' || absl::ascii_isalnum(c); }

// `$name` of a path or an intrinsic call: not `$`, not `$$`, and nothing inside quotes.
void FromPath(std::string_view text, Names& names) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '\'') {
      quoted = !quoted;
    } else if (text[i] == '$' && !quoted) {
      size_t end = i + 1;
      if (end < text.size() && text[end] == '$') {
        i = end;
        continue;
      }
      while (end < text.size() && IsNamePart(static_cast<unsigned char>(text[end]))) ++end;
      if (end > i + 1) names.emplace(text.substr(i + 1, end - i - 1));
      i = end - 1;
    }
  }
}

void FromJsonata(std::string_view text, Names& names) {
  if (!text.starts_with("{%") || !text.ends_with("%}") || text.size() < 4) return;
  const auto compiled = language::jsonata::Program::Compile(
      text.substr(2, text.size() - 4), language::jsonata::Library::kStepFunctions);
  const auto* program = std::get_if<language::jsonata::ProgramPtr>(&compiled);
  if (program == nullptr) return;
  for (const std::string& name : (*program)->references().variables) {
    if (name != "states") names.insert(name);
  }
}

bool HoldsPath(std::string_view member) {
  return member.ends_with(".$") || member == "Variable" ||
         (member.ends_with("Path") && member != "ResultPath");
}

// Below these stand states of their own.
bool HoldsStates(std::string_view member) {
  return member == "ItemProcessor" || member == "Iterator" || member == "Branches";
}

enum class Language { kJsonPath, kJsonata };

void FromValue(const Json& value, std::string_view member, Language language, Names& names) {
  if (value.is_string()) {
    if (language == Language::kJsonata) FromJsonata(value.string(), names);
    if (language == Language::kJsonPath && HoldsPath(member)) FromPath(value.string(), names);
  } else if (value.is_array()) {
    for (const Json& element : value.array()) FromValue(element, "", language, names);
  } else if (value.is_object()) {
    for (const auto& [name, below] : value.object()) {
      if (!HoldsStates(name)) FromValue(below, name, language, names);
    }
  }
}

Language LanguageOf(const Json& value, Language otherwise) {
  const std::string* name = value.FindString("QueryLanguage");
  if (name == nullptr) return otherwise;
  return *name == "JSONata" ? Language::kJsonata : Language::kJsonPath;
}

using Found = std::map<std::string, Names>;

// The states of `block` and all below them.
void FromBlock(const Json& block, Language machine, Found& found) {
  const Json* states = block.Find("States");
  if (states == nullptr || !states->is_object()) return;
  for (const auto& [name, state] : states->object()) {
    Names names;
    FromValue(state, "", LanguageOf(state, machine), names);
    if (!names.empty()) found[name] = std::move(names);
    for (const char* member : {"ItemProcessor", "Iterator"}) {
      if (const Json* below = state.Find(member)) FromBlock(*below, machine, found);
    }
    const Json* branches = state.Find("Branches");
    if (branches == nullptr || !branches->is_array()) continue;
    for (const Json& branch : branches->array()) FromBlock(branch, machine, found);
  }
}

}  // namespace

Json VariableReferences(const Json& definition) {
  Found found;
  FromBlock(definition, LanguageOf(definition, Language::kJsonPath), found);
  std::vector<Json::Member> states;
  for (const auto& [state, names] : found) {
    Json::Array list(names.begin(), names.end());
    states.emplace_back(state, std::move(list));
  }
  return Json::Object(std::move(states));
}

}  // namespace segue::api::states
