#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace segue::language::jsonata::functions {

// Numbers in English words ("Twelve Thousand, Three Hundred and Forty-Five"), in Roman numerals and
// in letters.

enum class WordForm { kCardinal, kOrdinal };

std::string ToWords(double value, WordForm form);
// NaN where a word is no number. `text` is in lower case.
double FromWords(std::string_view text);
// All words that numbers are written with, in lower case.
std::vector<std::string> NumberWords();

// In lower case. Requires value < 1e7.
std::string ToRoman(double value);
// Of upper case.
double FromRoman(std::string_view text);

// 1 is `first`, 26 the last letter, 27 two letters.
std::string ToLetters(double value, char first);
double FromLetters(std::string_view text, char first);

}  // namespace segue::language::jsonata::functions
