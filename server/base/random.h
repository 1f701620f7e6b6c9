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
  // A version 4 UUID (RFC 9562, section 5.4): "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".
  std::string Uuid();
  // A version 7 UUID (section 5.7): begins with the time, milliseconds of Unix time, so that later
  // ones sort after earlier ones. A time that 48 bits cannot hold loses its high bits.
  std::string TimedUuid(int64_t unix_millis);

 private:
  uint64_t state_;
};

}  // namespace segue
