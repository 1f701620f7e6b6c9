#include "server/language/jsonpath/parser.h"

#include <algorithm>
#include <utility>

#include "server/language/fault_offset.h"
#include "server/language/jsonpath/path_parser.h"
#include "server/language/text.h"

namespace segue::language::jsonpath {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Variables are named by Unicode identifiers (UAX #31); all that is not ASCII counts as a letter
// here.
bool StartsIdentifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool ContinuesIdentifier(char c) { return StartsIdentifier(c) || (c >= '0' && c <= '9'); }

absl::Status Fault(std::string_view text, std::string_view what, size_t offset) {
  offset = std::min(offset, text.size());
  return FaultAt(
      Concat("invalid path '", text, "': ", what, " at character ", std::to_string(offset + 1)),
      offset);
}

// Length of `$`, `$$` or `$name` at the front of `text`, where there is one.
size_t RootLength(std::string_view text) {
  if (!text.starts_with('$')) return 0;
  if (text.starts_with("$$")) return 2;
  size_t length = 1;
  if (length < text.size() && StartsIdentifier(text[length])) {
    while (length < text.size() && ContinuesIdentifier(text[length])) ++length;
  }
  return length;
}

// An expression of Jayway's alone that names no root: "a.b" or "['a']".
absl::StatusOr<PathPtr> ParseRootless(std::string_view text, ParseState* state) {
  constexpr size_t kPrefix = 2;
  const std::string whole = Concat("$.", text);
  PathPtr path = ParseTrimmedPath(whole, 0, state);
  if (path != nullptr) return path;
  return Fault(text, state->fault.what, std::max(state->fault.offset, kPrefix) - kPrefix);
}

}  // namespace

absl::StatusOr<PathPtr> ParsePath(std::string_view text, Dialect dialect) {
  ParseState state;
  state.dialect = dialect;
  const bool current = dialect == Dialect::kJayway && text.starts_with('@');
  const size_t root = current ? 1 : RootLength(text);
  if (root == 0) {
    if (dialect == Dialect::kJayway && !text.empty()) return ParseRootless(text, &state);
    return Fault(text, "a path begins with '$'", 0);
  }
  // The last character of the root stands for all of it.
  const PathPtr parsed = ParseTrimmedPath(text.substr(root - 1), root - 1, &state);
  if (parsed == nullptr) return Fault(text, state.fault.what, state.fault.offset);
  auto path = std::make_shared<Path>(*parsed);
  path->root = Path::Root::kDocument;
  path->text = std::string(text);
  if (text.starts_with("$$")) {
    path->root = Path::Root::kContext;
  } else if (root > 1) {
    path->root = Path::Root::kVariable;
    path->variable = std::string(text.substr(1, root - 1));
  }
  return PathPtr(std::move(path));
}

size_t PathExtent(std::string_view text) {
  int depth = 0;
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == '\\') ++i;
      if (c == quote) quote = '\0';
    } else if ((c == '\'' || c == '"') && depth > 0) {
      quote = c;
    } else if (c == '[' || c == '(') {
      ++depth;
    } else if (depth == 0 && (c == ')' || c == ',' || IsSpace(c))) {
      return i;
    } else if (c == ']' || c == ')') {
      --depth;
    }
  }
  return text.size();
}

}  // namespace segue::language::jsonpath
