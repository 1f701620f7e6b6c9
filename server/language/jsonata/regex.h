#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace segue::language::jsonata {

// A compiled JavaScript regular expression, matched by PCRE2 with a bound on its work.
//
// Threads: immutable; may be shared.
class Regex {
 public:
  // `flags` are of "im". The text says why a pattern is refused.
  static std::variant<std::unique_ptr<const Regex>, std::string> Compile(std::string_view pattern,
                                                                         std::string_view flags);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  // A match: the offsets in bytes of the whole and of each group; nothing for a group that took no
  // part.
  struct Match {
    using Part = std::pair<size_t, size_t>;
    Part whole;
    std::vector<std::optional<Part>> groups;
  };
  enum class Outcome { kMatched, kNone, kTooMuchWork };

  // The first match at or after `start`.
  Outcome Find(std::string_view text, size_t start, Match* match) const;

  const std::string& pattern() const { return pattern_; }

 private:
  struct Code;
  Regex(std::string pattern, std::unique_ptr<Code> code);

  const std::string pattern_;
  const std::unique_ptr<Code> code_;
};

}  // namespace segue::language::jsonata
