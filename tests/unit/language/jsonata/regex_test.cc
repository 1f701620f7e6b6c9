#include "server/language/jsonata/regex.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>

namespace segue::language::jsonata {
namespace {

// The first match in brackets with its groups, "none", or why the pattern is refused.
std::string Matched(std::string_view pattern, std::string_view flags, std::string_view text) {
  auto compiled = Regex::Compile(pattern, flags);
  if (std::holds_alternative<std::string>(compiled)) return "refused";
  Regex::Match match;
  switch (std::get<0>(compiled)->Find(text, 0, &match)) {
    case Regex::Outcome::kNone:
      return "none";
    case Regex::Outcome::kTooMuchWork:
      return "too much";
    case Regex::Outcome::kMatched:
      break;
  }
  const auto part = [&](const Regex::Match::Part& p) {
    return std::string(text.substr(p.first, p.second - p.first));
  };
  std::string shown = "[" + part(match.whole) + "]";
  for (const auto& group : match.groups) shown += group ? "(" + part(*group) + ")" : "()";
  return shown;
}

TEST(Regex, IsJavaScripts) {
  const struct {
    std::string_view pattern;
    std::string_view flags;
    std::string_view text;
    std::string_view expected;
  } rows[] = {
      {"a(b+)", "", "xabbc", "[abb](bb)"},
      {"(z)?b", "", "abc", "[b]()"},
      {"A", "i", "xa", "[a]"},
      {"^b", "", "a\nb", "none"},
      {"^b", "m", "a\nb", "[b]"},
      {"a$", "", "a\n", "none"},
      {".", "", "\u2028\u00E9", "[\u00E9]"},
      {"\\s+", "", "a\u00A0\u3000b", "[\u00A0\u3000]"},
      {"[^\\s]", "", "\u00A0x", "[x]"},
      {"\\d", "",
       "\u0661"
       "7",
       "[7]"},
      {"[]", "", "a", "none"},
      {"[^]", "", "a", "[a]"},
      {"\\u0041\\x42", "", "AB", "[AB]"},
      {"\\ud83d\\ude00", "", "\U0001F600", "[\U0001F600]"},
      {"\\Aa", "", "Aa", "[Aa]"},  // \A is an A
      {"\\Qa", "", "Qa", "[Qa]"},  // as \Q is a Q
      {"[[:alpha:]]", "", ":]", "[:]]"},
      {"(?<year>\\d+)-\\k<year>", "", "12-12", "[12-12](12)"},
      {"(?<=a)b", "", "ab", "[b]"},
      {"(?i)a", "", "A", "refused"},
      {"(*MARK:x)a", "", "a", "refused"},
      {"a++", "", "a", "refused"},
      {"(", "", "", "refused"},
      {"a\\", "", "", "refused"},
      {"\\1(a)", "", "a", "[a](a)"},  // a group that has not matched yet matches nothing
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Matched(row.pattern, row.flags, row.text), row.expected) << row.pattern;
  }
}

TEST(Regex, BoundsItsWork) {
  EXPECT_EQ(Matched("(a+)+$", "", std::string(5000, 'a') + "b"), "too much");
}

TEST(Regex, TakesTextThatIsNoUtf8) {
  EXPECT_EQ(Matched("b", "",
                    "a\xED\xA0\x80\xFF"
                    "b"),
            "[b]");
}

}  // namespace
}  // namespace segue::language::jsonata
