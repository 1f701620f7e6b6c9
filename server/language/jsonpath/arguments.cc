#include <algorithm>
#include <utility>

#include "server/language/jsonpath/path_parser.h"
#include "server/language/jsonpath/relaxed_json.h"

// The arguments of functions: Jayway's PathCompiler.parseFunctionParameters. An argument is a path
// or a JSON text that begins with `{`, `"`, `-` or a digit; anything else is skipped.

namespace segue::language::jsonpath {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Cuts the text between the parentheses into arguments, counting brackets and double quotes.
class ArgumentCutter {
 public:
  enum class Seen { kPart, kArgument, kFault };

  // With kArgument, argument(), offset() and is_path() say which.
  Seen Take(char c, size_t offset);
  bool at_end() const { return closed_; }
  bool balanced() const { return parens_ == 0 && brackets_ == 0 && braces_ == 0; }
  const std::string& argument() const { return ended_; }
  size_t offset() const { return offset_; }
  bool is_path() const { return is_path_; }

 private:
  bool Count(char c);
  bool EndsArgument(char c) const {
    if (c != ')' && c != ',') return false;
    const bool outside = quotes_ == 0 && braces_ == 0 && brackets_ == 0;
    return outside && ((parens_ == 0 && c == ')') || parens_ == 1);
  }

  int parens_ = 1;
  int brackets_ = 0;
  int braces_ = 0;
  int quotes_ = 0;
  char before_ = '\0';
  bool known_ = false;  // it begins as a path or a JSON text does
  bool is_path_ = false;
  bool closed_ = false;
  std::string text_;
  std::string ended_;
  size_t offset_ = 0;
};

// False where a bracket closes that was not opened.
bool ArgumentCutter::Count(char c) {
  switch (c) {
    case '"':
      quotes_ += before_ != '\\' && quotes_ > 0 ? -1 : 1;
      return true;
    case '(':
      ++parens_;
      return true;
    case '{':
      ++braces_;
      return true;
    case '[':
      ++brackets_;
      return true;
    case '}':
      return --braces_ >= 0;
    case ']':
      return --brackets_ >= 0;
    case ')':
      --parens_;
      if (parens_ < 0 || before_ == '(') text_.push_back(c);
      return true;
    default:
      return true;
  }
}

ArgumentCutter::Seen ArgumentCutter::Take(char c, size_t offset) {
  if (!known_) {
    if (IsSpace(c)) return Seen::kPart;
    known_ = std::string_view("{\"-0123456789$@").find(c) != std::string_view::npos;
    is_path_ = c == '$' || c == '@';
    offset_ = offset;
  }
  if (!Count(c)) return Seen::kFault;
  Seen seen = Seen::kPart;
  if (EndsArgument(c)) {
    closed_ = parens_ == 0;
    if (known_) seen = Seen::kArgument;
    if (known_) ended_ = std::exchange(text_, {});
    known_ = false;
  }
  const bool separates = c == ',' && braces_ == 0 && brackets_ == 0 && parens_ == 1;
  if (known_ && !separates) text_.push_back(c);
  before_ = c;
  return seen;
}

}  // namespace

bool PathParser::ParseArguments(FunctionStep* step) {
  ArgumentCutter cutter;
  while (scanner_.InBounds() && !cutter.at_end()) {
    const size_t offset = scanner_.OffsetOf(scanner_.position());
    const char c = scanner_.Current();
    scanner_.Advance();
    const ArgumentCutter::Seen seen = cutter.Take(c, offset);
    if (seen == ArgumentCutter::Seen::kFault) return scanner_.Fail("this bracket was not opened");
    if (seen != ArgumentCutter::Seen::kArgument) continue;
    FunctionArgument argument;
    if (!cutter.is_path()) {
      argument.value = ParseRelaxedJson(cutter.argument());
    } else if (!ParsePathArgument(cutter.argument(), cutter.offset(), &argument)) {
      return false;
    }
    step->arguments.push_back(std::move(argument));
  }
  return cutter.balanced() || scanner_.Fail("the arguments are not closed");
}

bool PathParser::ParsePathArgument(std::string_view text, size_t offset,
                                   FunctionArgument* argument) {
  // What a pair of parentheses before it has left there.
  if (!text.starts_with('$') && !text.starts_with('@')) return scanner_.Fail("a path is expected");
  argument->path = ParseArgumentPath(text, offset, state_);
  return argument->path != nullptr;
}

bool PathParser::PutScanIntoCall() {
  std::vector<Step>& steps = path_->steps;
  const auto is_call = [](const Step& step) { return std::holds_alternative<FunctionStep>(step); };
  if (steps.empty() || !is_call(steps.back())) return false;
  if (!std::holds_alternative<ScanStep>(steps.front())) return false;
  const auto call = std::find_if(steps.begin(), steps.end(), is_call);
  auto scan = std::make_shared<Path>();
  scan->root = path_->root;
  scan->text = path_->text;
  scan->steps.assign(std::make_move_iterator(steps.begin()), std::make_move_iterator(call));
  FillInDerived(scan.get());
  auto& function = std::get<FunctionStep>(*call);
  function.arguments = {FunctionArgument{std::move(scan), std::nullopt}};
  steps.erase(steps.begin(), call);
  return true;
}

}  // namespace segue::language::jsonpath
