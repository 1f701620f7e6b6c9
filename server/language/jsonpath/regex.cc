#include "server/language/jsonpath/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "server/language/text.h"

namespace segue::language::jsonpath {
namespace {

// Java's names of character classes that POSIX and RE2 know by others.
constexpr std::pair<std::string_view, std::string_view> kClasses[] = {
    {"Lower", "lower"}, {"Upper", "upper"}, {"ASCII", "ascii"},   {"Alpha", "alpha"},
    {"Digit", "digit"}, {"Alnum", "alnum"}, {"Punct", "punct"},   {"Graph", "graph"},
    {"Print", "print"}, {"Blank", "blank"}, {"XDigit", "xdigit"}, {"Space", "space"},
    {"Cntrl", "cntrl"},
};

// Rewrites what Java and RE2 write differently: \u0041, \p{Alpha}, \p{IsLatin}.
class Translator {
 public:
  enum class Blanks { kCount, kIgnore };  // with Java's flag x, neither they nor #comments count
  Translator(std::string_view expression, Blanks blanks) : rest_(expression), blanks_(blanks) {}

  std::string Run() {
    while (!rest_.empty()) {
      if (rest_.size() > 1 && rest_.front() == '\\') {
        TakeEscape();
      } else if (blanks_ == Blanks::kIgnore && IsBlank(rest_.front())) {
        rest_.remove_prefix(1);
      } else if (blanks_ == Blanks::kIgnore && rest_.front() == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else {
        const bool digit = rest_.size() > 1 && rest_[1] >= '0' && rest_[1] <= '9';
        if (rest_.front() == '{' && !in_class_ && !digit) bad_repetition_ = true;
        if (rest_.front() == '[') in_class_ = true;
        if (rest_.front() == ']') in_class_ = false;
        Take(1);
      }
    }
    return std::move(out_);
  }

  // A `{` that begins no repetition, which RE2 would take as it is.
  bool bad_repetition() const { return bad_repetition_; }

 private:
  void Take(size_t count) {
    out_ += rest_.substr(0, count);
    rest_.remove_prefix(count);
  }

  void TakeEscape() {
    if (rest_[1] == 'u' && rest_.size() >= 6) {
      out_ += Concat("\\x{", rest_.substr(2, 4), "}");
      rest_.remove_prefix(6);
    } else if ((rest_[1] != 'p' && rest_[1] != 'P') || !TakeClass()) {
      Take(2);
    }
  }

  bool TakeClass() {
    const size_t close = rest_.find('}');
    if (rest_.size() < 4 || rest_[2] != '{' || close == std::string_view::npos) return false;
    const bool negated = rest_[1] == 'P';
    std::string_view name = rest_.substr(3, close - 3);
    std::string written;
    for (const auto& [java, posix] : kClasses) {
      if (name == java) written = Concat("[:", negated ? "^" : "", posix, ":]");
    }
    if (!written.empty() && !in_class_) written = Concat("[", written, "]");
    if (name.starts_with("Is")) name.remove_prefix(2);
    if (written.empty()) written = Concat(negated ? "\\P{" : "\\p{", name, "}");
    out_ += written;
    rest_.remove_prefix(close + 1);
    return true;
  }

  static bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  std::string_view rest_;
  Blanks blanks_;
  std::string out_;
  bool in_class_ = false;
  bool bad_repetition_ = false;
};

}  // namespace

absl::StatusOr<RegexPtr> CompileRegex(std::string_view expression, std::string_view flags) {
  std::string known;
  auto blanks = Translator::Blanks::kCount;
  for (const char flag : flags) {
    if (flag == 'x') blanks = Translator::Blanks::kIgnore;
    if (std::string_view("ism").find(flag) != std::string_view::npos) known.push_back(flag);
  }
  Translator translator(expression, blanks);
  std::string text = translator.Run();
  if (translator.bad_repetition()) {
    return absl::InvalidArgumentError("a bad regular expression: '{' begins no repetition");
  }
  if (!known.empty()) text = Concat("(?", known, ")", text);
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(1 << 20);
  auto regex = std::make_shared<RE2>(text, options);
  if (!regex->ok()) {
    return absl::InvalidArgumentError(Concat("a bad regular expression: ", regex->error()));
  }
  return RegexPtr(std::move(regex));
}

bool FullyMatches(const re2::RE2& regex, std::string_view text) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), regex);
}

}  // namespace segue::language::jsonpath
