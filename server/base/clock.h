#pragma once

#include "absl/time/time.h"

namespace segue {

// Where time comes from. Real in the server, virtual in tests and the simulation.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The machine's wall clock. Threads: safe.
class RealClock final : public Clock {
 public:
  absl::Time Now() const override;
};

}  // namespace segue
