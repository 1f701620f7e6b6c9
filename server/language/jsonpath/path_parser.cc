#include "server/language/jsonpath/path_parser.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "server/language/jsonpath/unescape.h"

// Jayway's PathCompiler, token by token. What looks lenient is: behind a token, one last character
// is not read at all.

namespace segue::language::jsonpath {
namespace {

constexpr size_t kStepsMax = 256;
constexpr int kDepthMax = 16;

constexpr std::pair<std::string_view, Function> kFunctions[] = {
    {"min", Function::kMin},       {"max", Function::kMax},     {"avg", Function::kAvg},
    {"stddev", Function::kStddev}, {"sum", Function::kSum},     {"length", Function::kLength},
    {"size", Function::kLength},   {"keys", Function::kKeys},   {"concat", Function::kConcat},
    {"append", Function::kAppend}, {"first", Function::kFirst}, {"last", Function::kLast},
    {"index", Function::kIndex},
};

Function FunctionNamed(std::string_view name) {
  const auto* known = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const auto& entry) { return entry.first == name; });
  return known == std::end(kFunctions) ? Function::kUnknown : known->second;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// All of `text`, as Java's Integer.parseInt.
bool ReadInteger(std::string_view text, int32_t* value) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return fault == std::errc() && end == text.data() + text.size();
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Between its separators; the last piece is what is left.
std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    pieces.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  pieces.push_back(text);
  return pieces;
}

PathPtr ParseNested(const Scanner& scanner, ParseState* state) {
  if (++state->depth > kDepthMax) {
    scanner.Fail("the path is nested too deeply");
    return nullptr;
  }
  PathPtr path = PathParser(scanner, state).Parse();
  --state->depth;
  return path;
}

}  // namespace

PathPtr ParseTrimmedPath(std::string_view text, size_t offset, ParseState* state) {
  Scanner scanner(text, offset, &state->fault);
  scanner.SkipBlanks();
  scanner.TrimEnd();
  if (scanner.At(scanner.end() - 1) == '.') {
    scanner.FailAt(scanner.end() - 1, "a path must not end with '.' or '..'");
  }
  return ParseNested(scanner, state);
}

PathPtr ParseArgumentPath(std::string_view text, size_t offset, ParseState* state) {
  return ParseNested(Scanner(text, offset, &state->fault), state);
}

PathPtr PathParser::Parse() {
  const std::ptrdiff_t start = scanner_.position();
  path_->root = scanner_.Current() == '@' ? Path::Root::kCurrent : Path::Root::kDocument;
  path_->text = std::string(scanner_.Slice(start, scanner_.end()));
  if (!scanner_.AtTail()) {
    scanner_.Advance();
    if (scanner_.Current() != '.' && scanner_.Current() != '[')
      scanner_.Fail("'.' or '[' is expected");
    do {
      if (scanner_.failed() || !ParseToken()) break;
    } while (!scanner_.AtTail());
  }
  if (scanner_.failed()) return nullptr;
  const bool put = PutScanIntoCall();
  FillInDerived(path_.get());
  // What stands behind the call still counts as behind the scan.
  if (put) path_->definite_count = 0;
  return std::move(path_);
}

bool PathParser::ParseToken() {
  if (path_->steps.size() >= kStepsMax) return scanner_.Fail("the path has too many steps");
  switch (scanner_.Current()) {
    case '[':
      return ParseBracket();
    case '.':
      return ParseDot();
    case '*':
      return ParseWildcard();
    default:
      return ParseNameOrCall();
  }
}

bool PathParser::ParseDot() {
  if (scanner_.InBounds(scanner_.position() + 1) && scanner_.At(scanner_.position() + 1) == '.') {
    path_->steps.emplace_back(ScanStep{});
    scanner_.Advance();
  }
  scanner_.Advance();
  if (!scanner_.InBounds()) return scanner_.Fail("a path must not end with '.' or '..'");
  if (scanner_.Current() == '.') return scanner_.Fail("a third '.' is not allowed");
  return ParseToken();
}

bool PathParser::ParseNameOrCall() {
  const std::ptrdiff_t start = scanner_.position();
  std::ptrdiff_t end = start;
  for (; scanner_.InBounds(end); ++end) {
    const char c = scanner_.At(end);
    if (c == ' ') return scanner_.FailAt(end, "a name with blanks must be written ['my name']");
    if (c == '.' || c == '[' || c == '(') break;
  }
  const std::string_view name = scanner_.Slice(start, end);
  if (scanner_.InBounds(end) && scanner_.At(end) == '(') return ParseCall(name, end);
  path_->steps.emplace_back(MemberStep{std::string(name)});
  scanner_.MoveTo(end);
  return true;
}

bool PathParser::ParseCall(std::string_view name, std::ptrdiff_t open) {
  int depth = 1;
  for (std::ptrdiff_t at = open + 1; scanner_.InBounds(at) && depth != 0; ++at) {
    if (scanner_.At(at) == ')') --depth;
    if (scanner_.At(at) == '(') ++depth;
  }
  if (depth != 0) return scanner_.FailAt(open, "the closing ')' is missing");
  FunctionStep step{FunctionNamed(name), std::string(name), {}, nullptr};
  scanner_.MoveTo(open + 1);
  // Without arguments the cursor stays at the `)`: steps that follow are read from there, and find
  // nothing.
  if (scanner_.Current() != ')' && !ParseArguments(&step)) return false;
  path_->steps.emplace_back(std::move(step));
  return true;
}

bool PathParser::ParseBracket() {
  const char next = scanner_.SignificantAfter(scanner_.position());
  if (next == '\'' || next == '"') return ParseNames();
  if (const std::ptrdiff_t end = FindIndicesEnd(); end >= 0) return ParseIndices(end);
  if (next == '*') return ParseWildcard();
  if (next == '?') return ParseFilterToken();
  return scanner_.Fail("a name in quotes, an index, '*' or '?(' is expected");
}

// ['a', 'b']. The first quote decides which quotes delimit names.
bool PathParser::ParseNames() {
  const char quote = scanner_.SignificantAfter(scanner_.position());
  std::vector<std::string> names;
  std::ptrdiff_t name_start = 0;
  std::ptrdiff_t name_end = 0;
  bool in_name = false;
  bool escaped = false;
  bool after_comma = false;
  for (std::ptrdiff_t at = scanner_.position() + 1; scanner_.InBounds(at); ++at) {
    const char c = scanner_.At(at);
    if (escaped) {
      escaped = false;
    } else if (c == '\\') {
      escaped = true;
    } else if (c == ']' && !in_name) {
      if (after_comma) return scanner_.FailAt(at, "a name is expected behind ','");
      break;
    } else if (c == quote && !in_name) {
      name_start = at + 1;
      in_name = true;
      after_comma = false;
    } else if (c == quote) {
      const char next = scanner_.SignificantAfter(at);
      if (next != ']' && next != ',') return scanner_.FailAt(at + 1, "',' or ']' is expected");
      name_end = at;
      in_name = false;
      if (!AddName(scanner_.Slice(name_start, name_end), &names)) return false;
    } else if (c == ',' && !in_name) {
      if (after_comma) return scanner_.FailAt(at, "a name is expected behind ','");
      after_comma = true;
    }
  }
  if (in_name) return scanner_.FailAt(name_start, "the closing quote is missing");
  const std::ptrdiff_t close = scanner_.FindSignificant(name_end, ']');
  if (close < 0 || names.empty()) return scanner_.FailAt(name_end, "']' is expected");
  scanner_.MoveTo(close + 1);
  if (names.size() == 1) {
    path_->steps.emplace_back(MemberStep{std::move(names.front())});
  } else {
    path_->steps.emplace_back(MembersStep{std::move(names)});
  }
  return true;
}

bool PathParser::AddName(std::string_view quoted, std::vector<std::string>* names) {
  std::string& name = names->emplace_back();
  if (state_->dialect == Dialect::kJayway) {
    return Unescape(quoted, &name) || scanner_.Fail("\\u needs four hexadecimal digits");
  }
  for (size_t i = 0; i < quoted.size(); ++i) {
    const bool hides = quoted[i] == '\\' && i + 1 < quoted.size() &&
                       (quoted[i + 1] == '\\' || quoted[i + 1] == '\'' || quoted[i + 1] == '"');
    // The quote that does not delimit this name needs no backslash, so that one is its own.
    const char delimiter = scanner_.SignificantAfter(scanner_.position());
    if (hides && (quoted[i + 1] == '\\' || quoted[i + 1] == delimiter)) ++i;
    name.push_back(quoted[i]);
  }
  return true;
}

// Where the bracket ends that holds numbers and nothing else; -1 where it holds something else.
std::ptrdiff_t PathParser::FindIndicesEnd() const {
  const char first = scanner_.SignificantAfter(scanner_.position());
  if (!IsDigit(first) && first != '-' && first != ':') return -1;
  const std::ptrdiff_t close = scanner_.Find(scanner_.position() + 1, ']');
  if (close < 0) return -1;
  const std::string_view inside = Trim(scanner_.Slice(scanner_.position() + 1, close));
  const bool numbers = inside.find_first_not_of("0123456789,-: ") == std::string_view::npos;
  return numbers ? close : -1;
}

bool PathParser::ParseIndices(std::ptrdiff_t close) {
  const std::string_view expression = Trim(scanner_.Slice(scanner_.position() + 1, close));
  if (expression.find(':') != std::string_view::npos) {
    if (!ParseSlice(expression)) return scanner_.Fail("no slice");
  } else {
    std::vector<int32_t> indices;
    for (const std::string_view piece : Split(expression, ',')) {
      if (!ReadInteger(Trim(piece), &indices.emplace_back())) return scanner_.Fail("no index");
    }
    if (indices.size() == 1) {
      path_->steps.emplace_back(IndexStep{indices.front()});
    } else {
      path_->steps.emplace_back(IndicesStep{std::move(indices)});
    }
  }
  scanner_.MoveTo(close + 1);
  return true;
}

bool PathParser::ParseSlice(std::string_view expression) {
  if (expression.find_first_of(" ,") != std::string_view::npos) return false;
  const std::vector<std::string_view> pieces = Split(expression, ':');
  SliceStep slice;
  if (!pieces[0].empty() && !ReadInteger(pieces[0], &slice.from.emplace())) return false;
  if (!pieces[1].empty() && !ReadInteger(pieces[1], &slice.to.emplace())) return false;
  if (!slice.from && !slice.to) return false;
  path_->steps.emplace_back(slice);
  return true;
}

bool PathParser::ParseWildcard() {
  if (scanner_.Current() == '[') {
    const std::ptrdiff_t star = scanner_.FindSignificant(scanner_.position(), '*');
    const std::ptrdiff_t close = scanner_.FindSignificant(star, ']');
    if (close < 0) return scanner_.FailAt(star + 1, "']' is expected");
    scanner_.MoveTo(close);
  }
  scanner_.Advance();
  path_->steps.emplace_back(WildcardStep{});
  return true;
}

bool PathParser::ParseFilterToken() {
  const std::ptrdiff_t start = scanner_.position();
  const std::ptrdiff_t mark = scanner_.FindSignificant(start, '?');
  const std::ptrdiff_t open = scanner_.FindSignificant(mark, '(');
  if (open < 0) return scanner_.FailAt(mark + 1, "'(' is expected");
  const std::ptrdiff_t close = scanner_.FindClosing(open, ')', Scanner::Regexes::kSkip);
  if (close < 0) return scanner_.FailAt(open, "the closing ')' is missing");
  const std::ptrdiff_t end = scanner_.FindSignificant(close, ']');
  if (end < 0) return scanner_.FailAt(close + 1, "']' is expected");
  FilterStep step{ParseFilter(scanner_.Slice(start, end + 1), scanner_.OffsetOf(start), state_)};
  if (step.filter == nullptr) return false;
  path_->steps.emplace_back(std::move(step));
  scanner_.MoveTo(end + 1);
  return true;
}

}  // namespace segue::language::jsonpath
