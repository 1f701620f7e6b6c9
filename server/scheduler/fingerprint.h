#pragma once

#include <cstdint>
#include <string_view>

namespace segue::scheduler {

// A 64-bit hash of a sequence of fields (FNV-1a over their lengths and bytes). Stored: it must
// never change.
class Fingerprint {
 public:
  Fingerprint& Add(std::string_view field) {
    Add(static_cast<int64_t>(field.size()));
    for (const unsigned char c : field) Mix(c);
    return *this;
  }
  Fingerprint& Add(int64_t number) {
    for (int shift = 0; shift < 64; shift += 8) {
      Mix(static_cast<unsigned char>(static_cast<uint64_t>(number) >> shift));
    }
    return *this;
  }
  uint64_t value() const { return hash_; }

 private:
  void Mix(unsigned char byte) { hash_ = (hash_ ^ byte) * 1099511628211u; }
  uint64_t hash_ = 14695981039346656037u;
};

}  // namespace segue::scheduler
