#include "server/language/jsonata/functions/integer_format.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "server/language/jsonata/functions/number_words.h"
#include "server/language/jsonata/number_text.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata::functions {
namespace {

// The zeros of Unicode's decimal digits, as the reference knows them.
constexpr char32_t kZeros[] = {0x30,   0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6,
                               0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0,
                               0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
                               0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900,
                               0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};
constexpr double kRomanMax = 1e7;

std::u32string Characters(std::string_view text) {
  std::u32string characters;
  for (size_t at = 0; at < text.size();) characters.push_back(NextCharacter(text, &at));
  return characters;
}

std::string Text(const std::u32string& characters) {
  std::string text;
  for (const char32_t c : characters) AppendCharacter(c, &text);
  return text;
}

// Where separators of one kind stand after every so many digits: that many; else 0.
int RegularDistance(const std::vector<IntegerFormat::Separator>& separators) {
  if (separators.empty()) return 0;
  int factor = 0;
  for (const auto& separator : separators) {
    if (separator.character != separators[0].character) return 0;
    factor = std::gcd(factor, separator.position);
  }
  for (size_t i = 1; i <= separators.size(); ++i) {
    const bool there = std::any_of(separators.begin(), separators.end(), [&](const auto& s) {
      return s.position == static_cast<int>(i) * factor;
    });
    if (!there) return 0;
  }
  return factor;
}

// A picture of digits, read from its right end.
std::variant<IntegerFormat, PictureFault> ReadDigits(std::string_view picture,
                                                     IntegerFormat format) {
  std::u32string characters = Characters(picture);
  std::reverse(characters.begin(), characters.end());
  char32_t zero = 0;
  int position = 0;
  for (const char32_t c : characters) {
    const auto* group = std::find_if(std::begin(kZeros), std::end(kZeros),
                                     [c](char32_t z) { return c >= z && c <= z + 9; });
    if (group != std::end(kZeros)) {
      if (zero != 0 && zero != *group) return PictureFault{"D3131"};
      zero = *group;
      ++format.mandatory_digits;
      ++position;
    } else if (c == U'#') {
      ++format.optional_digits;
      ++position;
    } else {
      format.separators.push_back({position, c});
    }
  }
  if (format.mandatory_digits == 0) {
    format.primary = IntegerFormat::Primary::kSequence;
    format.sequence = std::string(picture);
    return format;
  }
  format.zero = zero;
  format.regular = RegularDistance(format.separators);
  return format;
}

void InsertSeparators(const IntegerFormat& format, std::u32string* digits) {
  if (format.regular > 0) {
    const auto distance = static_cast<size_t>(format.regular);
    for (size_t n = (digits->size() - 1) / distance; n > 0; --n) {
      digits->insert(digits->size() - n * distance, 1, format.separators[0].character);
    }
    return;
  }
  for (auto separator = format.separators.rbegin(); separator != format.separators.rend();
       ++separator) {
    const auto position = static_cast<size_t>(separator->position);
    if (position > digits->size()) {
      // Where the number is too short, the reference cuts it as substr with a negative start does.
      const size_t beyond = position - digits->size();
      if (beyond < digits->size()) digits->erase(0, digits->size() - beyond);
      digits->insert(0, 1, separator->character);
    } else {
      digits->insert(digits->size() - position, 1, separator->character);
    }
  }
}

std::string OrdinalSuffix(const std::u32string& digits) {
  const char32_t last = digits.back();
  const bool teen = digits.size() > 1 && digits[digits.size() - 2] == U'1';
  if (teen || last < U'1' || last > U'3') return "th";
  return last == U'1' ? "st" : last == U'2' ? "nd" : "rd";
}

std::string FormatDigits(double value, const IntegerFormat& format) {
  std::u32string digits = Characters(NumberText(value));
  const auto wanted = static_cast<size_t>(std::max(format.mandatory_digits, 0));
  if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), U'0');
  if (format.zero != U'0') {
    for (char32_t& digit : digits) digit += format.zero - U'0';
  }
  InsertSeparators(format, &digits);
  std::string text = Text(digits);
  return format.ordinal ? text + OrdinalSuffix(digits) : text;
}

std::string InCase(std::string text, IntegerFormat::Case letter_case) {
  switch (letter_case) {
    case IntegerFormat::Case::kUpper:
      return ToUpper(text);
    case IntegerFormat::Case::kLower:
      return ToLower(text);
    case IntegerFormat::Case::kTitle:
      break;
  }
  return text;
}

}  // namespace

std::variant<IntegerFormat, PictureFault> ReadIntegerPicture(std::string_view picture) {
  IntegerFormat format;
  const size_t semicolon = picture.rfind(';');
  if (semicolon != std::string_view::npos) {
    format.ordinal = picture.substr(semicolon + 1).starts_with('o');
    picture = picture.substr(0, semicolon);
  }
  using Primary = IntegerFormat::Primary;
  using Case = IntegerFormat::Case;
  constexpr struct {
    std::string_view picture;
    Primary primary;
    Case letter_case;
  } kNamed[] = {{"A", Primary::kLetters, Case::kUpper}, {"a", Primary::kLetters, Case::kLower},
                {"I", Primary::kRoman, Case::kUpper},   {"i", Primary::kRoman, Case::kLower},
                {"W", Primary::kWords, Case::kUpper},   {"w", Primary::kWords, Case::kLower},
                {"Ww", Primary::kWords, Case::kTitle}};
  for (const auto& named : kNamed) {
    if (named.picture != picture) continue;
    format.primary = named.primary;
    format.letter_case = named.letter_case;
    return format;
  }
  return ReadDigits(picture, std::move(format));
}

std::variant<std::string, PictureFault> FormatWhole(double value, const IntegerFormat& format) {
  const double magnitude = std::fabs(value);
  const bool upper = format.letter_case == IntegerFormat::Case::kUpper;
  if (!std::isfinite(value)) return NumberText(value);
  std::string text;
  switch (format.primary) {
    case IntegerFormat::Primary::kLetters:
      text = ToLetters(magnitude, upper ? 'A' : 'a');
      break;
    case IntegerFormat::Primary::kRoman:
      if (magnitude > kRomanMax) return PictureFault{"D1001", NumberText(value)};
      text = ToRoman(magnitude);
      if (upper) text = ToUpper(text);
      break;
    case IntegerFormat::Primary::kWords:
      text = InCase(ToWords(magnitude, format.ordinal ? WordForm::kOrdinal : WordForm::kCardinal),
                    format.letter_case);
      break;
    case IntegerFormat::Primary::kDecimal:
      text = FormatDigits(magnitude, format);
      break;
    case IntegerFormat::Primary::kSequence:
      return PictureFault{"D3130", format.sequence};
  }
  return value < 0 ? "-" + text : text;
}

std::variant<double, PictureFault> ParseWhole(std::string_view text, const IntegerFormat& format) {
  const bool upper = format.letter_case == IntegerFormat::Case::kUpper;
  switch (format.primary) {
    case IntegerFormat::Primary::kLetters:
      return FromLetters(text, upper ? 'A' : 'a');
    case IntegerFormat::Primary::kRoman:
      return FromRoman(upper ? std::string(text) : ToUpper(text));
    case IntegerFormat::Primary::kWords:
      return FromWords(ToLower(text));
    case IntegerFormat::Primary::kSequence:
      return PictureFault{"D3130", format.sequence};
    case IntegerFormat::Primary::kDecimal:
      break;
  }
  std::u32string digits = Characters(text);
  if (format.ordinal) digits.resize(digits.size() - std::min<size_t>(digits.size(), 2));
  std::string plain;
  for (const char32_t c : digits) {
    const bool separates =
        format.regular > 0
            ? c == U','
            : std::any_of(format.separators.begin(), format.separators.end(),
                          [c](const auto& separator) { return separator.character == c; });
    if (!separates) AppendCharacter(c >= format.zero ? c - format.zero + U'0' : c, &plain);
  }
  return LeadingInteger(plain);
}

}  // namespace segue::language::jsonata::functions
