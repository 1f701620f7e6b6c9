#pragma once

#include <cstdint>
#include <string>

namespace segue {

// A seeded generator (SplitMix64): the same seed gives the same numbers everywhere, for ever. Cheap
// to make, copy and seed anew. Not for secrets.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next();
  // In [0, bound); 0 where bound is 0.
  uint64_t Below(uint64_t bound);
  // In [0, 1).
  double Uniform();
  // An RFC 4122 version 4 UUID: "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".
  std::string Uuid();

 private:
  uint64_t state_;
};

}  // namespace segue
