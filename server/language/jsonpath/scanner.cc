#include "server/language/jsonpath/scanner.h"

#include <algorithm>

#include "server/language/text.h"

namespace segue::language::jsonpath {

char Scanner::At(std::ptrdiff_t at) const {
  if (at >= 0 && at < std::ssize(text_)) return text_[static_cast<size_t>(at)];
  FailAt(at, "the path ends too early");
  return '\0';
}

std::string_view Scanner::Slice(std::ptrdiff_t from, std::ptrdiff_t to) const {
  const std::ptrdiff_t size = std::ssize(text_);
  from = std::clamp<std::ptrdiff_t>(from, 0, size);
  to = std::clamp<std::ptrdiff_t>(to, from, size);
  return text_.substr(static_cast<size_t>(from), static_cast<size_t>(to - from));
}

void Scanner::SkipBlanks() {
  while (InBounds() && position_ < end_ - 1 && Current() == ' ') Advance();
}

void Scanner::TrimEnd() {
  while (InBounds() && position_ < end_ - 1 && At(end_ - 1) == ' ') --end_;
}

std::ptrdiff_t Scanner::FindSignificant(std::ptrdiff_t from, char c) const {
  std::ptrdiff_t at = from + 1;
  while (InBounds(at) && At(at) == ' ') ++at;
  return At(at) == c ? at : -1;
}

char Scanner::SignificantAfter(std::ptrdiff_t from) const {
  std::ptrdiff_t at = from + 1;
  while (InBounds(at) && At(at) == ' ') ++at;
  return InBounds(at) ? At(at) : ' ';
}

char Scanner::SignificantBefore(std::ptrdiff_t from) const {
  std::ptrdiff_t at = from - 1;
  while (InBounds(at) && At(at) == ' ') --at;
  return InBounds(at) ? At(at) : ' ';
}

std::ptrdiff_t Scanner::Find(std::ptrdiff_t from, char c) const {
  for (std::ptrdiff_t at = from; InBounds(at); ++at) {
    if (At(at) == c) return at;
  }
  return -1;
}

std::ptrdiff_t Scanner::FindUnescaped(std::ptrdiff_t from, char c) const {
  bool escaped = false;
  for (std::ptrdiff_t at = from + 1; InBounds(at); ++at) {
    if (escaped) {
      escaped = false;
    } else if (At(at) == '\\') {
      escaped = true;
    } else if (At(at) == c) {
      return at;
    }
  }
  return -1;
}

bool Scanner::SkipQuoted(char quote, std::ptrdiff_t* at) const {
  const std::ptrdiff_t close = FindUnescaped(*at, quote);
  if (close < 0) return FailAt(*at, Concat("the closing ", std::string(1, quote), " is missing"));
  *at = close + 1;
  return true;
}

std::ptrdiff_t Scanner::FindClosing(std::ptrdiff_t from, char close, Regexes regexes) const {
  const char open = At(from);
  int depth = 1;
  for (std::ptrdiff_t at = from + 1; InBounds(at) && !failed(); ++at) {
    const char quote = At(at);
    if ((quote == '\'' || quote == '"') && !SkipQuoted(quote, &at)) return -1;
    if (regexes == Regexes::kSkip && At(at) == '/' && !SkipQuoted('/', &at)) return -1;
    if (At(at) == open) ++depth;
    if (At(at) == close && --depth == 0) return at;
  }
  return -1;
}

bool Scanner::EatSignificant(std::string_view expected) {
  SkipBlanks();
  const auto after = position_ + std::ssize(expected);
  if (!InBounds(after - 1) || Slice(position_, after) != expected) return false;
  MoveTo(after);
  return true;
}

bool Scanner::FailAt(std::ptrdiff_t at, std::string_view what) const {
  if (failed()) return false;
  fault_->what = std::string(what);
  fault_->offset = OffsetOf(std::clamp<std::ptrdiff_t>(at, 0, std::ssize(text_)));
  return false;
}

}  // namespace segue::language::jsonpath
