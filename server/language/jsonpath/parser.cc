#include "server/language/jsonpath/parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/language/jsonpath/parser_internal.h"
#include "server/language/text.h"

namespace segue::language::jsonpath {
namespace {

constexpr size_t kStepsMax = 256;
constexpr int kDepthMax = 16;  // filters and arguments inside each other

constexpr std::pair<std::string_view, Function> kFunctions[] = {
    {"min", Function::kMin},       {"max", Function::kMax},     {"avg", Function::kAvg},
    {"stddev", Function::kStddev}, {"sum", Function::kSum},     {"length", Function::kLength},
    {"size", Function::kLength},   {"keys", Function::kKeys},   {"concat", Function::kConcat},
    {"append", Function::kAppend}, {"first", Function::kFirst}, {"last", Function::kLast},
    {"index", Function::kIndex},
};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Variables are named by Unicode identifiers (UAX #31); all that is not ASCII counts as a letter
// here.
bool StartsIdentifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool ContinuesIdentifier(char c) { return StartsIdentifier(c) || (c >= '0' && c <= '9'); }

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code >> 6)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xE0 | (code >> 12)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

bool IsSimple(const Step& step) {
  return std::holds_alternative<MemberStep>(step) || std::holds_alternative<IndexStep>(step);
}

// Fills in what follows from the steps.
void Finish(Path* path) {
  const auto& steps = path->steps;
  path->simple_count =
      static_cast<size_t>(std::find_if_not(steps.begin(), steps.end(), IsSimple) - steps.begin());
  // Whatever stands before a function, its answer is one value.
  size_t first = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (std::holds_alternative<FunctionStep>(steps[i])) first = i + 1;
  }
  path->definite = true;
  for (size_t i = first; i < steps.size(); ++i) {
    const bool last_members =
        i + 1 == steps.size() && std::holds_alternative<MembersStep>(steps[i]);
    if (!IsSimple(steps[i]) && !last_members) path->definite = false;
  }
}

}  // namespace

absl::StatusOr<PathPtr> ParsePath(std::string_view text) { return Parser(text).ParseWhole(); }

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

absl::StatusOr<PathPtr> Parser::ParseWhole() {
  auto path = std::make_shared<Path>();
  path->text = std::string(text_);
  if (ParseRoot(path.get()) && ParseSteps(Place::kAlone, path.get()) && !AtEnd()) {
    Fail("unexpected character");
  }
  if (!fault_.empty()) return absl::InvalidArgumentError(fault_);
  Finish(path.get());
  return PathPtr(std::move(path));
}

bool Parser::ParseRoot(Path* path) {
  if (!Eat('$')) return Fail("a path begins with '$'");
  if (Eat('$')) {
    path->root = Path::Root::kContext;
  } else if (StartsIdentifier(Peek())) {
    const size_t start = position_;
    while (ContinuesIdentifier(Peek())) ++position_;
    path->root = Path::Root::kVariable;
    path->variable = std::string(text_.substr(start, position_ - start));
  }
  return true;
}

bool Parser::ParseSteps(Place place, Path* path) {
  while (!AtEnd()) {
    if (path->steps.size() >= kStepsMax) return Fail("the path has too many steps");
    if (Peek() == '[') {
      if (!ParseBracket(path)) return false;
    } else if (Peek() == '.') {
      if (!ParseDotted(place, path)) return false;
    } else {
      break;
    }
  }
  return true;
}

bool Parser::ParseDotted(Place place, Path* path) {
  Eat('.');
  if (Eat('.')) path->steps.emplace_back(ScanStep{});
  if (AtEnd()) return Fail("a path must not end with '.' or '..'");
  if (Peek() == '[') return ParseBracket(path);
  if (Eat('*')) {
    path->steps.emplace_back(WildcardStep{});
    return true;
  }
  const std::string_view name = ReadName(place);
  if (name.empty()) return Fail("a name is expected");
  if (Peek() == '(') return ParseFunction(name, path);
  path->steps.emplace_back(MemberStep{std::string(name)});
  return true;
}

std::string_view Parser::ReadName(Place place) {
  std::string_view stops = ".[]() \t\r\n";
  if (place == Place::kInFilter) stops = ".[]() \t\r\n=!<>&|~,";
  if (place == Place::kInArguments) stops = ".[]() \t\r\n,";
  const size_t start = position_;
  while (!AtEnd() && stops.find(Peek()) == std::string_view::npos) ++position_;
  return text_.substr(start, position_ - start);
}

bool Parser::ParseBracket(Path* path) {
  Eat('[');
  SkipSpace();
  const char c = Peek();
  if (c == '\'' || c == '"') {
    if (!ParseNames(path)) return false;
  } else if (Eat('*')) {
    path->steps.emplace_back(WildcardStep{});
  } else if (Eat('?')) {
    FilterStep step;
    if (!ParseOr(&step.filter)) return false;
    path->steps.emplace_back(std::move(step));
  } else if (!ParseIndices(path)) {
    return false;
  }
  SkipSpace();
  return Eat(']') || Fail("']' is expected");
}

bool Parser::ParseNames(Path* path) {
  std::vector<std::string> names;
  do {
    SkipSpace();
    if (Peek() != '\'' && Peek() != '"') return Fail("a quoted name is expected");
    if (!ParseQuoted(Escapes::kQuotesOnly, &names.emplace_back())) return false;
    SkipSpace();
  } while (Eat(','));
  if (names.size() == 1) {
    path->steps.emplace_back(MemberStep{std::move(names.front())});
  } else {
    path->steps.emplace_back(MembersStep{std::move(names)});
  }
  return true;
}

bool Parser::ParseIndices(Path* path) {
  SliceStep slice;
  int64_t index = 0;
  const bool has_first = Peek() != ':';
  if (has_first) {
    if (!ParseInteger(&index)) return false;
    SkipSpace();
  }
  if (Eat(':')) {
    if (has_first) slice.from = index;
    SkipSpace();
    if (Peek() != ']') {
      if (!ParseInteger(&index)) return false;
      slice.to = index;
    }
    path->steps.emplace_back(slice);
    return true;
  }
  std::vector<int64_t> indices = {index};
  while (Eat(',')) {
    SkipSpace();
    if (!ParseInteger(&indices.emplace_back())) return false;
    SkipSpace();
  }
  if (indices.size() == 1) {
    path->steps.emplace_back(IndexStep{index});
  } else {
    path->steps.emplace_back(IndicesStep{std::move(indices)});
  }
  return true;
}

bool Parser::ParseFunction(std::string_view name, Path* path) {
  const auto* known = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const auto& entry) { return entry.first == name; });
  if (known == std::end(kFunctions)) return Fail(Concat("there is no function '", name, "'"));
  Eat('(');
  FunctionStep step;
  step.function = known->second;
  SkipSpace();
  if (!Eat(')')) {
    do {
      if (!ParseArgument(&step.arguments.emplace_back())) return false;
      SkipSpace();
    } while (Eat(','));
    if (!Eat(')')) return Fail("')' is expected");
  }
  path->steps.emplace_back(std::move(step));
  return true;
}

bool Parser::ParseArgument(FunctionArgument* argument) {
  SkipSpace();
  if (Peek() == '$' || Peek() == '@') {
    return ParseNested(Place::kInArguments, &argument->emplace<PathPtr>());
  }
  return ParseLiteral(&argument->emplace<Json>());
}

// A path inside a filter or a function: `$` is the document, whatever the outer path's root.
bool Parser::ParseNested(Place place, PathPtr* path) {
  if (++depth_ > kDepthMax) return Fail("the path is nested too deeply");
  auto nested = std::make_shared<Path>();
  const size_t start = position_;
  nested->root = Peek() == '@' ? Path::Root::kCurrent : Path::Root::kDocument;
  ++position_;
  if (!ParseSteps(place, nested.get())) return false;
  nested->text = std::string(text_.substr(start, position_ - start));
  Finish(nested.get());
  *path = std::move(nested);
  --depth_;
  return true;
}

bool Parser::ParseInteger(int64_t* value) {
  const char* begin = text_.data() + position_;
  const auto [end, fault] = std::from_chars(begin, text_.data() + text_.size(), *value);
  if (fault != std::errc()) return Fail("a name in quotes, an index, '*' or '?' is expected");
  position_ += static_cast<size_t>(end - begin);
  return true;
}

// In names only the quote and the backslash itself are escaped: AWS finds the member `a\"b` by
// $['a\"b'] (recorded).
bool Parser::ParseQuoted(Escapes escapes, std::string* value) {
  const char quote = Peek();
  ++position_;
  while (!AtEnd() && Peek() != quote) {
    const char c = Peek();
    ++position_;
    if (c != '\\') {
      value->push_back(c);
    } else if (escapes == Escapes::kAll) {
      if (!ParseEscape(value)) return false;
    } else if (Peek() == quote || Peek() == '\\') {
      value->push_back(Peek());
      ++position_;
    } else {
      value->push_back(c);
    }
  }
  return Eat(quote) || Fail("the closing quote is missing");
}

bool Parser::ParseEscape(std::string* value) {
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kMeanings = "\b\f\n\r\t";
  const char c = Peek();
  ++position_;
  if (const size_t known = kLetters.find(c); known != std::string_view::npos) {
    value->push_back(kMeanings[known]);
  } else if (c == 'u') {
    const std::string_view digits = text_.substr(std::min(position_, text_.size()), 4);
    uint32_t code = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (result.ptr != digits.data() + 4) return Fail("four hexadecimal digits are expected");
    position_ += 4;
    AppendUtf8(code, value);
  } else {
    value->push_back(c);
  }
  return true;
}

bool Parser::Eat(char c) {
  if (AtEnd() || Peek() != c) return false;
  ++position_;
  return true;
}

bool Parser::EatText(std::string_view expected) {
  if (text_.substr(std::min(position_, text_.size()), expected.size()) != expected) return false;
  position_ += expected.size();
  return true;
}

void Parser::SkipSpace() {
  while (IsSpace(Peek())) ++position_;
}

bool Parser::Fail(std::string_view what) {
  if (fault_.empty()) {
    fault_ = Concat("invalid path '", text_, "': ", what, " at character ",
                    std::to_string(std::min(position_, text_.size()) + 1));
  }
  return false;
}

}  // namespace segue::language::jsonpath
