#include "server/language/parse.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "server/language/definition/block.h"
#include "server/language/definition/checks.h"
#include "server/language/definition/fields.h"
#include "server/language/document.h"

namespace segue::language {
namespace {

// The fields of the top level (States Language, "Top-level fields").
void CompileMachine(const Node& root, Compilation* compilation) {
  Workflow& workflow = compilation->workflow;
  Fields fields(root, &compilation->faults);
  if (const Node* comment = fields.String("Comment")) workflow.comment = comment->string();
  fields.Enum("Version", {"1.0"});
  if (fields.Enum("QueryLanguage", {"JSONPath", "JSONata"}) == "JSONata") {
    workflow.query_language = QueryLanguage::kJsonata;
  }
  if (const auto seconds = fields.Integer("TimeoutSeconds", {.min = 1, .max = kSecondsMax})) {
    workflow.timeout = absl::Seconds(*seconds);
  }
  workflow.start = CompileBlock(&fields, compilation->options.type, compilation);
  fields.Finish(workflow.query_language);
  CheckMachine(root, &compilation->faults);
}

// In the order of the text; those of one place in the order in which they were found.
std::vector<Fault> InOrder(std::vector<Fault> faults) {
  std::multimap<std::pair<int, int>, Fault> sorted;
  for (Fault& fault : faults) {
    const std::pair place{fault.position.line, fault.position.column};
    sorted.emplace(place, std::move(fault));
  }
  faults.clear();
  for (auto& [place, fault] : sorted) faults.push_back(std::move(fault));
  return faults;
}

bool IsNumber(std::string_view token) {
  return !token.empty() && token.find_first_not_of("0123456789") == token.npos;
}

// Members of a definition that hold arrays: only below them is a number an index, and not a name.
bool HoldsArray(std::string_view name) {
  constexpr std::string_view kArrays[] = {"Branches", "Choices", "Retry",       "Catch",
                                          "And",      "Or",      "ErrorEquals", "CSVHeaders"};
  return std::find(std::begin(kArrays), std::end(kArrays), name) != std::end(kArrays);
}

// A token of a JSON pointer as it was (RFC 6901, section 4).
std::string Unescaped(std::string_view token) {
  std::string text;
  for (size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    text.push_back(!escape ? token[i] : token[++i] == '1' ? '/' : '~');
  }
  return text;
}

}  // namespace

ParseResult ParseWorkflow(std::string_view text, const ParseOptions& options) {
  Document::Limits limits;
  limits.depth_max = options.depth_max;
  limits.text_size_max = options.text_size_max;
  Document::Result read = Document::Parse(text, options.format, limits);
  ParseResult result;
  result.faults = std::move(read.faults);
  if (read.document == nullptr) return result;

  Compilation compilation{options, {}, {}};
  const Node& root = read.document->root();
  if (root.is_object()) {
    CompileMachine(root, &compilation);
  } else {
    compilation.faults.Schema(root, "Definition must be a valid JSON object");
  }
  for (Fault& fault : compilation.faults.Take()) result.faults.push_back(std::move(fault));
  if (result.faults.size() > Faults::kFaultsMax) result.faults.resize(Faults::kFaultsMax);
  result.faults = InOrder(std::move(result.faults));
  if (result.faults.empty()) {
    result.workflow = std::make_shared<const Workflow>(std::move(compilation.workflow));
  }
  return result;
}

std::string AwsLocation(const Position& position) {
  std::string_view rest = position.pointer;
  std::string location;
  bool in_array = false;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the slash
    const std::string_view token = rest.substr(0, rest.find('/'));
    rest.remove_prefix(token.size());
    if (in_array && IsNumber(token)) {
      location.append("[").append(token).append("]");
      in_array = false;
    } else {
      location.append("/").append(Unescaped(token));
      in_array = HoldsArray(token);
    }
  }
  return location.empty() ? "/" : location;
}

}  // namespace segue::language
