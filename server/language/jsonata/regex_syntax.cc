#include "server/language/jsonata/regex_syntax.h"

#include <algorithm>
#include <cctype>

namespace segue::language::jsonata {
namespace {

// ECMAScript's white space and line ends, for use inside a class.
constexpr std::string_view kBlank =
    "\\t\\n\\x0b\\f\\r \\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}"
    "\\x{3000}\\x{feff}";

bool IsHex(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return false;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at),
                     text.begin() + static_cast<std::ptrdiff_t>(at + count),
                     [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

class Translator {
 public:
  explicit Translator(std::string_view pattern)
      : pattern_(pattern), named_(pattern.find("(?<") != std::string_view::npos) {}

  std::variant<std::string, PatternFault> Run() {
    while (at_ < pattern_.size() && fault_.why.empty()) Step();
    if (fault_.why.empty()) return std::move(out_);
    return std::move(fault_);
  }

 private:
  char Peek(size_t ahead) const {
    return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0';
  }

  void Step() {
    const char c = pattern_[at_];
    if (c == '\\') {
      Escape();
    } else if (in_class_) {
      ClassCharacter(c);
    } else if (c == '[') {
      in_class_ = true;
      out_.push_back(c);
      ++at_;
    } else if (c == '(') {
      Group();
    } else if (c == '+' && IsPossessive()) {
      fault_.why = "Nothing to repeat";
    } else {
      // `.` leaves out two line ends more than PCRE2's.
      out_ += c == '.' ? "[^\\n\\r\\x{2028}\\x{2029}]" : std::string(1, c);
      ++at_;
    }
  }

  // A `+` behind a quantifier, which JavaScript has not.
  bool IsPossessive() const {
    if (at_ == 0) return false;
    const char before = pattern_[at_ - 1];
    const bool escaped = at_ >= 2 && pattern_[at_ - 2] == '\\';
    return !escaped && (before == '+' || before == '*' || before == '?');
  }

  void ClassCharacter(char c) {
    if (c == ']') in_class_ = false;
    // `[:alpha:]` and the like mean nothing in JavaScript.
    if (c == '[') out_.push_back('\\');
    out_.push_back(c);
    ++at_;
  }

  void Group() {
    if (Peek(1) == '*') {
      fault_.why = "Nothing to repeat";
      return;
    }
    if (Peek(1) == '?') {
      const char kind = Peek(2);
      const bool named = kind == '<' && Peek(3) != '=' && Peek(3) != '!';
      const bool known = kind == ':' || kind == '=' || kind == '!' || kind == '<';
      if (!known ||
          (named && std::isalpha(static_cast<unsigned char>(Peek(3))) == 0 && Peek(3) != '_')) {
        fault_.why = "Invalid group";
        return;
      }
    }
    out_.push_back('(');
    ++at_;
  }

  void Escape() {
    const char c = Peek(1);
    at_ += 2;
    if (c == '\0') {
      fault_.why = "\\ at end of pattern";
    } else if (c == 's') {
      out_ += in_class_ ? std::string(kBlank) : "[" + std::string(kBlank) + "]";
    } else if (c == 'S' && !in_class_) {
      out_ += "[^" + std::string(kBlank) + "]";
    } else if (c == 'u' || c == 'x') {
      Hexadecimal(c == 'u' ? 4 : 2);
    } else if (c == 'v') {
      out_ += "\\x0b";
    } else if (c == 'b' && in_class_) {
      out_ += "\\x08";
    } else if (c == '0' && std::isdigit(static_cast<unsigned char>(Peek(0))) == 0) {
      out_ += "\\x00";
    } else if (c == 'k' && named_) {
      out_ += "\\k";
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0 &&
               std::string_view("bBdDwWSfnrtc").find(c) == std::string_view::npos) {
      out_.push_back(c);  // any other letter is itself
    } else {
      out_.push_back('\\');
      out_.push_back(c);
    }
  }

  // \uXXXX and \xXX; two halves of a pair are one character. Without digits, the letter itself.
  void Hexadecimal(size_t digits) {
    if (!IsHex(pattern_, at_, digits)) {
      out_.push_back(digits == 4 ? 'u' : 'x');
      return;
    }
    unsigned long code = std::stoul(std::string(pattern_.substr(at_, digits)), nullptr, 16);
    at_ += digits;
    if (code >= 0xD800 && code <= 0xDBFF && Peek(0) == '\\' && Peek(1) == 'u' &&
        IsHex(pattern_, at_ + 2, 4)) {
      const unsigned long low = std::stoul(std::string(pattern_.substr(at_ + 2, 4)), nullptr, 16);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at_ += 6;
      }
    }
    if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;  // a half alone matches nothing of ours
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (; code > 0 || hex.empty(); code /= 16) hex.insert(hex.begin(), kDigits[code % 16]);
    out_ += "\\x{" + hex + "}";
  }

  const std::string_view pattern_;
  const bool named_;
  size_t at_ = 0;
  bool in_class_ = false;
  std::string out_;
  PatternFault fault_;
};

}  // namespace

std::variant<std::string, PatternFault> ToPcre(std::string_view pattern) {
  return Translator(pattern).Run();
}

}  // namespace segue::language::jsonata
