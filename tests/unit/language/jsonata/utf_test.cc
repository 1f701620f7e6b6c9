#include "server/language/jsonata/utf.h"

#include <gtest/gtest.h>

namespace segue::language::jsonata {
namespace {

constexpr std::string_view kFace = "\U0001F600";
constexpr std::string_view kHighHalf = "\xED\xA0\xBD";
constexpr std::string_view kLowHalf = "\xED\xB8\x80";

TEST(Utf, Counts) {
  EXPECT_EQ(CharacterCount("h\u00E9llo"), 5u);
  EXPECT_EQ(CharacterCount(kFace), 1u);
  EXPECT_EQ(Utf16Length("a\u00E9"), 2u);
  EXPECT_EQ(Utf16Length(kFace), 2u);
  EXPECT_EQ(Utf16Length(kHighHalf), 1u);
  EXPECT_EQ(ByteOffset("h\u00E9llo", 2), 3u);
  EXPECT_EQ(ByteOffset("ab", 9), 2u);
}

TEST(Utf, HalvesJoin) {
  std::string text;
  AppendCharacter(0xD83D, &text);
  EXPECT_EQ(text, kHighHalf);
  EXPECT_TRUE(HasLoneSurrogate(text));
  AppendCharacter(0xDE00, &text);
  EXPECT_EQ(text, kFace);
  EXPECT_FALSE(HasLoneSurrogate(text));
  EXPECT_TRUE(HasLoneSurrogate(kLowHalf));
}

TEST(Utf, OrdersByCodeUnits) {
  EXPECT_LT(CompareUtf16("a", "b"), 0);
  EXPECT_LT(CompareUtf16("a", "ab"), 0);
  EXPECT_EQ(CompareUtf16("ab", "ab"), 0);
  EXPECT_LT(CompareUtf16(kFace, "\uFF5E"), 0);  // D83D < FF5E, though the character is larger
  EXPECT_GT(CompareUtf16(kFace, "\u00E9"), 0);
}

TEST(Utf, Cases) {
  EXPECT_EQ(ToUpper("stra\u00DFe \u00E9\uFB01"), "STRASSE \u00C9FI");
  EXPECT_EQ(ToLower("\u00C9A"), "\u00E9a");
}

TEST(Utf, TakesWhatIsNoUtf8ByteByByte) {
  size_t at = 0;
  EXPECT_EQ(NextCharacter("\xFFz", &at), 0xFFu);
  EXPECT_EQ(at, 1u);
  at = 0;
  EXPECT_EQ(NextCharacter("\xE2\x82", &at), 0xE2u);
  EXPECT_EQ(at, 1u);
}

}  // namespace
}  // namespace segue::language::jsonata
