#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace segue::language::jsonpath {

// The first fault of a parse, shared by the scanners of all its parts.
struct ParseFault {
  std::string what;   // empty: none yet
  size_t offset = 0;  // in the whole text
};

// A cursor over a text that ends at end(), and the searches that Jayway's grammar is made of (its
// CharacterIndex). That grammar looks ahead for closing brackets before it reads what is inside, so
// that what it accepts depends on how each search treats blanks, quotes and the end; hence the
// searches are kept as they are there. -1: not found.
class Scanner {
 public:
  // `base` is the offset of `text` in the whole text.
  Scanner(std::string_view text, size_t base, ParseFault* fault)
      : text_(text), base_(base), end_(std::ssize(text)), fault_(fault) {}

  // One past the last character that counts. What is behind it may still be read.
  std::ptrdiff_t end() const { return end_; }
  void ShortenEnd() { --end_; }
  std::ptrdiff_t position() const { return position_; }
  void MoveTo(std::ptrdiff_t position) { position_ = position; }
  void Advance(std::ptrdiff_t count = 1) { position_ += count; }
  bool InBounds() const { return InBounds(position_); }
  bool InBounds(std::ptrdiff_t at) const { return at >= 0 && at < end_; }
  // At the last character or behind it.
  bool AtTail() const { return position_ >= end_ - 1; }

  // Outside the text: '\0', and a fault.
  char At(std::ptrdiff_t at) const;
  char Current() const { return At(position_); }
  std::string_view Slice(std::ptrdiff_t from, std::ptrdiff_t to) const;
  size_t OffsetOf(std::ptrdiff_t at) const { return base_ + static_cast<size_t>(at); }

  // Blanks are spaces only. The last character is never skipped.
  void SkipBlanks();
  void TrimEnd();

  // The first character after `from` that is no blank: where it is, if it is `c`.
  std::ptrdiff_t FindSignificant(std::ptrdiff_t from, char c) const;
  char SignificantAfter(std::ptrdiff_t from) const;
  char SignificantBefore(std::ptrdiff_t from) const;
  std::ptrdiff_t Find(std::ptrdiff_t from, char c) const;
  // After `from`; a backslash hides the character behind it.
  std::ptrdiff_t FindUnescaped(std::ptrdiff_t from, char c) const;
  // The bracket that closes the one at `from`; quoted texts do not count.
  enum class Regexes { kCount, kSkip };
  std::ptrdiff_t FindClosing(std::ptrdiff_t from, char close, Regexes regexes) const;

  // Skips blanks and then `expected`, if it is there.
  bool EatSignificant(std::string_view expected);

  // Notes a fault at the cursor, unless there is one already. False.
  bool Fail(std::string_view what) const { return FailAt(position_, what); }
  bool FailAt(std::ptrdiff_t at, std::string_view what) const;
  bool failed() const { return !fault_->what.empty(); }

 private:
  // Moves behind the text or expression that `quote` begins at *at, if one does.
  bool SkipQuoted(char quote, std::ptrdiff_t* at) const;

  std::string_view text_;
  size_t base_;
  std::ptrdiff_t position_ = 0;
  std::ptrdiff_t end_;
  ParseFault* fault_;
};

}  // namespace segue::language::jsonpath
