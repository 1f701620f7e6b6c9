#include "server/language/jsonpath/parser.h"

#include <cstdint>
#include <string>
#include <utility>

#include "server/language/fault_offset.h"
#include "server/language/intrinsics/call.h"
#include "server/language/text.h"

namespace segue::language::intrinsics {
namespace {

constexpr int kNestingMax = 10;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_';
}

// Recursive descent; false means that the first fault has been noted.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<CallPtr> ParseWhole() {
    CallPtr call;
    SkipSpace();
    if (ParseCall(1, &call)) {
      SkipSpace();
      if (position_ < text_.size()) Fail("unexpected text after the call");
    }
    if (!fault_.empty()) return FaultAt(fault_, fault_offset_);
    return call;
  }

 private:
  bool ParseCall(int depth, CallPtr* parsed);
  bool ParseArgument(int depth, Call* call);
  bool ParseString(Call* call);
  bool ParsePath(Call* call);
  bool ParseWord(Call* call);

  char Peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  void SkipSpace() {
    while (IsSpace(Peek())) ++position_;
  }
  bool Eat(char c) {
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  std::string_view ReadName() {
    const size_t start = position_;
    while (IsNameCharacter(Peek())) ++position_;
    return text_.substr(start, position_ - start);
  }
  bool Fail(std::string_view what) {
    if (fault_.empty()) {
      fault_offset_ = position_;
      fault_ = Concat("invalid intrinsic function call '", text_, "': ", what, " at character ",
                      std::to_string(position_ + 1));
    }
    return false;
  }

  std::string_view text_;
  size_t position_ = 0;
  std::string fault_;
  size_t fault_offset_ = 0;
};

bool Parser::ParseCall(int depth, CallPtr* parsed) {
  if (depth > kNestingMax) return Fail("calls are nested more than 10 deep");
  auto call = std::make_shared<Call>();
  const std::string_view name = ReadName();
  call->function = FindFunction(name);
  if (call->function == nullptr) return Fail(Concat("there is no function '", name, "'"));
  SkipSpace();
  if (!Eat('(')) return Fail("'(' is expected");
  SkipSpace();
  if (!Eat(')')) {
    do {
      if (!ParseArgument(depth, call.get())) return false;
      SkipSpace();
    } while (Eat(','));
    if (!Eat(')')) return Fail("',' or ')' is expected");
  }
  const size_t count = call->arguments.size();
  if (count < call->function->arguments_min || count > call->function->arguments_max) {
    return Fail(Concat("'", name, "' does not take ", std::to_string(count), " arguments"));
  }
  *parsed = std::move(call);
  return true;
}

bool Parser::ParseArgument(int depth, Call* call) {
  SkipSpace();
  if (Peek() == '\'') return ParseString(call);
  if (Peek() == '$') return ParsePath(call);
  if (text_.substr(position_, 7) != "States.") return ParseWord(call);
  CallPtr inner;
  if (!ParseCall(depth + 1, &inner)) return false;
  call->arguments.emplace_back(std::move(inner));
  return true;
}

// 'text' with the escapes \' \{ \} \\; an open backslash is an error (AWS guide, Reserved
// characters in intrinsic functions). `{}` unescaped is a place for a value where this is the
// template of States.Format.
bool Parser::ParseString(Call* call) {
  Eat('\'');
  std::string text;
  std::vector<std::string> pieces(1);
  const auto add = [&](char c) {
    text.push_back(c);
    pieces.back().push_back(c);
  };
  while (position_ < text_.size() && Peek() != '\'') {
    const char c = Peek();
    ++position_;
    if (c == '\\') {
      constexpr std::string_view kEscaped = "'{}\\";
      if (position_ >= text_.size() || kEscaped.find(Peek()) == std::string_view::npos) {
        --position_;
        return Fail("a backslash must stand before ', {, } or another one");
      }
      add(Peek());
      ++position_;
    } else if (c == '{' && Peek() == '}') {
      ++position_;
      text += "{}";
      pieces.emplace_back();
    } else {
      add(c);
    }
  }
  if (!Eat('\'')) return Fail("the closing quote is missing");
  if (call->arguments.empty() && call->function->name == "States.Format") {
    call->pieces = std::move(pieces);
  }
  call->arguments.emplace_back(Json(std::move(text)));
  return true;
}

bool Parser::ParsePath(Call* call) {
  const size_t length = jsonpath::PathExtent(text_.substr(position_));
  auto path = jsonpath::ParsePath(text_.substr(position_, length));
  if (!path.ok()) {
    position_ += FaultOffset(path.status()).value_or(0);
    return Fail(std::string(path.status().message()));
  }
  position_ += length;
  call->arguments.emplace_back(*std::move(path));
  return true;
}

// A number, true, false or null.
bool Parser::ParseWord(Call* call) {
  const size_t start = position_;
  while (IsNameCharacter(Peek()) || Peek() == '-' || Peek() == '+') ++position_;
  auto value = Json::Parse(text_.substr(start, position_ - start));
  if (!value.ok()) {
    position_ = start;
    return Fail(
        "a path, a text in single quotes, a number, true, false, null or a call is expected");
  }
  call->arguments.emplace_back(*std::move(value));
  return true;
}

}  // namespace

absl::StatusOr<CallPtr> ParseCall(std::string_view text) { return Parser(text).ParseWhole(); }

}  // namespace segue::language::intrinsics
