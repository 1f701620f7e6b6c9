#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace segue::simulation {

// What happened, as one number: the same seed gives the same. With `print`, as lines too.
class Trace {
 public:
  enum class Print { kNo, kYes };
  explicit Trace(Print print) : print_(print) {}

  void Mix(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash_ = (hash_ ^ ((number >> shift) & 0xff)) * 1099511628211u;
    }
  }
  void Mix(std::string_view text) {
    for (const unsigned char c : text) hash_ = (hash_ ^ c) * 1099511628211u;
  }
  template <typename... Parts>
  void Say(absl::Time now, const Parts&... parts) {
    const std::string line = absl::StrCat(parts...);
    Mix(line);
    if (print_ == Print::kNo) return;
    const std::string time = absl::FormatTime("%H:%M:%E6S", now, absl::UTCTimeZone());
    std::fprintf(stderr, "%s %s\n", time.c_str(), line.c_str());
  }
  uint64_t hash() const { return hash_; }

 private:
  const Print print_;
  uint64_t hash_ = 14695981039346656037u;
};

}  // namespace segue::simulation
