#include "server/language/jsonata/functions/number_words.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace segue::language::jsonata::functions {
namespace {

constexpr std::string_view kFew[] = {"Zero",    "One",     "Two",       "Three",    "Four",
                                     "Five",    "Six",     "Seven",     "Eight",    "Nine",
                                     "Ten",     "Eleven",  "Twelve",    "Thirteen", "Fourteen",
                                     "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"};
constexpr std::string_view kOrdinals[] = {
    "Zeroth",     "First",     "Second",    "Third",       "Fourth",     "Fifth",     "Sixth",
    "Seventh",    "Eighth",    "Ninth",     "Tenth",       "Eleventh",   "Twelfth",   "Thirteenth",
    "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth"};
constexpr std::string_view kDecades[] = {"Twenty",  "Thirty", "Forty",  "Fifty",  "Sixty",
                                         "Seventy", "Eighty", "Ninety", "Hundred"};
constexpr std::string_view kMagnitudes[] = {"Thousand", "Million", "Billion", "Trillion"};

constexpr std::pair<int, std::string_view> kRoman[] = {
    {1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
    {40, "xl"},  {10, "x"},   {9, "ix"},  {5, "v"},    {4, "iv"},  {1, "i"}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// "Twenty" -> "Twentieth".
std::string OrdinalOfDecade(std::string_view decade) {
  return std::string(decade.substr(0, decade.size() - 1)) + "ieth";
}

enum class After { kNothing, kMore };

std::string Words(double number, After after, WordForm form) {
  const bool more = after == After::kMore;
  const bool ordinal = form == WordForm::kOrdinal;
  if (number <= 19) {
    const auto index = static_cast<size_t>(number);
    return (more ? " and " : "") + std::string(ordinal ? kOrdinals[index] : kFew[index]);
  }
  const auto rest_of = [&](double rest) {
    if (rest > 0) return Words(rest, After::kMore, form);
    return std::string(ordinal ? "th" : "");
  };
  if (number < 100) {
    const double rest = std::fmod(number, 10);
    const std::string_view decade = kDecades[static_cast<size_t>(number / 10) - 2];
    std::string words = more ? " and " : "";
    if (rest > 0) return words.append(decade) + "-" + Words(rest, After::kNothing, form);
    return words + (ordinal ? OrdinalOfDecade(decade) : std::string(decade));
  }
  if (number < 1000) {
    std::string words = more ? ", " : "";
    words.append(kFew[static_cast<size_t>(number / 100)]).append(" Hundred");
    return words + rest_of(std::fmod(number, 100));
  }
  const double magnitude =
      std::min(std::floor(std::log10(number) / 3), static_cast<double>(std::size(kMagnitudes)));
  const double factor = std::pow(10, magnitude * 3);
  const double mantissa = std::floor(number / factor);
  std::string words = more ? ", " : "";
  words += Words(mantissa, After::kNothing, WordForm::kCardinal);
  words.append(" ").append(kMagnitudes[static_cast<size_t>(magnitude) - 1]);
  return words + rest_of(number - mantissa * factor);
}

using WordValues = absl::flat_hash_map<std::string, double>;

WordValues MakeWordValues() {
  WordValues values;
  for (size_t i = 0; i < std::size(kFew); ++i) {
    values[Lower(kFew[i])] = static_cast<double>(i);
    values[Lower(kOrdinals[i])] = static_cast<double>(i);
  }
  for (size_t i = 0; i < std::size(kDecades); ++i) {
    const double value = static_cast<double>(i + 2) * 10;
    values[Lower(kDecades[i])] = value;
    values[Lower(OrdinalOfDecade(kDecades[i]))] = value;
  }
  values["hundredth"] = 100;
  for (size_t i = 0; i < std::size(kMagnitudes); ++i) {
    const double value = std::pow(10, static_cast<double>(i + 1) * 3);
    values[Lower(kMagnitudes[i])] = value;
    values[Lower(kMagnitudes[i]) + "th"] = value;
  }
  return values;
}

const WordValues& AllWordValues() {
  static const WordValues values = MakeWordValues();
  return values;
}

// The length of what separates words at `at`: ", ", " and ", a blank, a hyphen, a backslash.
size_t SeparatorLength(std::string_view text, size_t at) {
  const auto blank = [&](size_t i) {
    return i < text.size() && std::isspace(static_cast<unsigned char>(text[i])) != 0;
  };
  if (text[at] == ',' && blank(at + 1)) return 2;
  if (blank(at) && text.substr(at + 1, 3) == "and" && blank(at + 4)) return 5;
  return blank(at) || text[at] == '\\' || text[at] == '-' ? 1 : 0;
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words(1);
  for (size_t at = 0; at < text.size();) {
    if (const size_t length = SeparatorLength(text, at); length > 0) {
      words.emplace_back();
      at += length;
    } else {
      words.back().push_back(text[at++]);
    }
  }
  return words;
}

}  // namespace

std::string ToWords(double value, WordForm form) { return Words(value, After::kNothing, form); }

double FromWords(std::string_view text) {
  std::vector<double> segments = {0};
  for (const std::string& word : SplitWords(text)) {
    const auto found = AllWordValues().find(word);
    if (found == AllWordValues().end()) return std::numeric_limits<double>::quiet_NaN();
    if (found->second >= 100) {
      segments.back() *= found->second;
      continue;
    }
    double top = segments.back();
    segments.pop_back();
    if (top >= 1000) {
      segments.push_back(top);
      top = 0;
    }
    segments.push_back(top + found->second);
  }
  double sum = 0;
  for (const double segment : segments) sum += segment;
  return sum;
}

std::vector<std::string> NumberWords() {
  std::vector<std::string> words;
  for (const auto& [word, value] : AllWordValues()) words.push_back(word);
  // The longer first, so that a choice among them finds "fourteenth" before "four".
  std::sort(words.begin(), words.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  return words;
}

std::string ToRoman(double value) {
  std::string roman;
  for (const auto& [number, numeral] : kRoman) {
    for (; value >= number; value -= number) roman += numeral;
  }
  return roman;
}

double FromRoman(std::string_view text) {
  constexpr std::pair<char, int> kDigits[] = {{'M', 1000}, {'D', 500}, {'C', 100}, {'L', 50},
                                              {'X', 10},   {'V', 5},   {'I', 1}};
  double decimal = 0;
  int largest = 1;
  for (size_t i = text.size(); i > 0; --i) {
    const auto* digit = std::find_if(std::begin(kDigits), std::end(kDigits),
                                     [&](const auto& entry) { return entry.first == text[i - 1]; });
    if (digit == std::end(kDigits)) return std::numeric_limits<double>::quiet_NaN();
    if (digit->second < largest) {
      decimal -= digit->second;
    } else {
      largest = digit->second;
      decimal += digit->second;
    }
  }
  return decimal;
}

std::string ToLetters(double value, char first) {
  std::string letters;
  for (; value > 0; value = std::floor((value - 1) / 26)) {
    letters.push_back(static_cast<char>(first + static_cast<int>(std::fmod(value - 1, 26))));
  }
  std::reverse(letters.begin(), letters.end());
  return letters;
}

double FromLetters(std::string_view text, char first) {
  double value = 0;
  for (const char c : text) value = value * 26 + (c - first + 1);
  return value;
}

}  // namespace segue::language::jsonata::functions
