#include "server/language/jsonata/functions/date_match.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "server/language/jsonata/functions/number_words.h"
#include "server/language/jsonata/utf.h"

namespace segue::language::jsonata::functions {
namespace {

// Where a part that begins at some place may end. What is tried first stands last.
using Ends = absl::InlinedVector<size_t, 4>;

// So many ends are looked at, and no more: a text that would need more fits no picture that anybody
// means.
constexpr size_t kEndsMax = 1'000'000;

bool IsZone(const DatePicture::Part& part) {
  return part.component == 'Z' || part.component == 'z';
}

bool IsSame(std::string_view one, std::string_view other) {
  const auto is_same = [](unsigned char a, unsigned char b) {
    return absl::ascii_toupper(a) == absl::ascii_toupper(b);
  };
  if (std::ranges::equal(one, other, is_same)) return true;
  const auto is_ascii = [](unsigned char c) { return absl::ascii_isascii(c); };
  return !std::ranges::all_of(other, is_ascii) && ToUpper(one) == ToUpper(other);
}

// The words of numbers, and what joins them.
const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all = NumberWords();
    for (const char* joint : {"and", "-", ",", " "}) all.emplace_back(joint);
    return all;
  }();
  return words;
}

std::optional<PictureFault> FaultOf(const DatePicture::Part& part) {
  if (part.component == 0 || (IsZone(part) && part.integer)) return std::nullopt;
  if (part.integer) {
    if (part.integer->primary != IntegerFormat::Primary::kSequence) return std::nullopt;
    return PictureFault{"D3130", part.integer->sequence};
  }
  if (std::string_view("MxFP").find(part.component) != std::string_view::npos) return std::nullopt;
  return PictureFault{"D3133", std::string(1, part.component)};
}

class Placing {
 public:
  Placing(std::string_view text, const DatePicture& picture) : text_(text), parts_(picture.parts) {}

  // Goes back to the last part that may end elsewhere, where those behind it find no place.
  bool Run() {
    size_t start = 0;
    size_t ends = 0;
    while (placed_.size() < parts_.size() || start < text_.size()) {
      if (placed_.size() < parts_.size()) {
        placed_.push_back({.start = start, .ends = EndsOf(parts_[placed_.size()], start)});
        ends += placed_.back().ends.size();
      }
      while (!placed_.empty() && placed_.back().ends.empty()) placed_.pop_back();
      if (placed_.empty() || ends > kEndsMax) return false;
      start = placed_.back().end = placed_.back().ends.back();
      placed_.back().ends.pop_back();
    }
    return true;
  }

  std::vector<std::string_view> Places() const {
    std::vector<std::string_view> places;
    places.reserve(placed_.size());
    for (const Place& place : placed_) {
      places.push_back(text_.substr(place.start, place.end - place.start));
    }
    return places;
  }

 private:
  struct Place {
    size_t start = 0;
    size_t end = 0;
    Ends ends;  // that are still to be tried
  };

  Ends EndsOf(const DatePicture::Part& part, size_t start) const {
    if (part.component == 0) return EndsOfLiteral(part.literal, start);
    if (IsZone(part) && part.integer) return EndsOfZone(part, start);
    return part.integer ? EndsOfInteger(part, start) : EndsOfLetters(kAllLetters, start);
  }

  Ends EndsOfLiteral(std::string_view literal, size_t start) const {
    if (!IsSame(text_.substr(start, literal.size()), literal)) return {};
    return {start + literal.size()};
  }

  Ends EndsOfInteger(const DatePicture::Part& part, size_t start) const {
    switch (part.integer->primary) {
      case IntegerFormat::Primary::kLetters:
        return EndsOfLetters(kAllLetters, start);
      case IntegerFormat::Primary::kRoman:
        return EndsOfLetters("MDCLXVI", start);
      case IntegerFormat::Primary::kWords:
        return EndsOfWords(start);
      case IntegerFormat::Primary::kDecimal:
      case IntegerFormat::Primary::kSequence:  // FaultOf
        return EndsOfDigits(part, start);
    }
  }

  // Of all lengths from 1.
  Ends EndsOfLetters(std::string_view letters, size_t start) const {
    Ends ends;
    for (size_t at = start; at < text_.size(); ++at) {
      const char upper = absl::ascii_toupper(static_cast<unsigned char>(text_[at]));
      if (letters.find(upper) == std::string_view::npos) break;
      ends.push_back(at + 1);
    }
    return ends;
  }

  Ends EndsOfDigits(size_t start) const {
    Ends ends;
    for (size_t at = start; at < text_.size(); ++at) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(text_[at]))) break;
      ends.push_back(at + 1);
    }
    return ends;
  }

  Ends EndsOfDigits(const DatePicture::Part& part, size_t start) const {
    const int most = part.digits;
    const int optional = part.integer->optional_digits;
    const int least = most <= 0 ? 1 : optional > 0 ? std::max(most - optional, 0) : most;
    Ends ends;
    if (least == 0) ends.push_back(start);
    for (const size_t end : EndsOfDigits(start)) {
      const auto count = static_cast<int>(end - start);
      if (count >= least && (most <= 0 || count <= most)) ends.push_back(end);
    }
    if (!part.integer->ordinal) return ends;
    Ends with_suffix;
    for (const size_t end : ends) {
      for (const char* suffix : {"th", "st", "nd", "rd"}) {
        if (IsSame(text_.substr(end, 2), suffix)) with_suffix.push_back(end + 2);
      }
    }
    return with_suffix;
  }

  Ends EndsOfZone(const DatePicture::Part& part, size_t start) const {
    if (part.component == 'z') {
      if (!IsSame(text_.substr(start, 3), "GMT")) return {};
      start += 3;
    }
    const std::string_view sign = text_.substr(start, 1);
    if (sign != "+" && sign != "-") return {};
    Ends hours = EndsOfDigits(start + 1);
    const char separator = ZoneSeparator(part);
    if (separator == 0 || hours.empty()) return hours;
    const size_t end = hours.back();
    if (text_.substr(end, 1) != std::string_view(&separator, 1)) return {};
    return EndsOfDigits(end + 1);
  }

  // Each place that words lead to, first along the words that go first.
  Ends EndsOfWords(size_t start) const {
    struct Step {
      size_t at;
      size_t word;  // to be tried there next
    };
    Ends ends;
    std::vector<Step> way = {{start, 0}};
    std::vector<bool> seen(text_.size() + 1);
    while (!way.empty()) {
      Step& step = way.back();
      if (step.word == Words().size()) {
        if (step.at != start) ends.push_back(step.at);
        way.pop_back();
        continue;
      }
      const std::string& word = Words()[step.word++];
      const size_t end = step.at + word.size();
      if (!IsSame(text_.substr(step.at, word.size()), word) || seen[end]) continue;
      seen[end] = true;
      way.push_back({end, 0});
    }
    std::reverse(ends.begin(), ends.end());
    return ends;
  }

  static constexpr std::string_view kAllLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

  const std::string_view text_;
  const std::vector<DatePicture::Part>& parts_;
  absl::InlinedVector<Place, 16> placed_;
};

}  // namespace

char ZoneSeparator(const DatePicture::Part& part) {
  if (part.integer->regular == 0) return 0;
  return static_cast<char>(part.integer->separators[0].character & 0x7F);
}

std::variant<std::vector<std::string_view>, PictureFault> PlaceParts(std::string_view text,
                                                                     const DatePicture& picture) {
  for (const DatePicture::Part& part : picture.parts) {
    if (auto fault = FaultOf(part)) return *std::move(fault);
  }
  Placing placing(text, picture);
  return placing.Run() ? placing.Places() : std::vector<std::string_view>();
}

}  // namespace segue::language::jsonata::functions
