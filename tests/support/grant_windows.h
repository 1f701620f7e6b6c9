#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace segue::testing {

// The naive checker of a rate limit: looks at every window that begins and ends at a grant, and
// adds up the rate over it. Written apart from the bucket: long double, no shared arithmetic.
class GrantWindows {
 public:
  struct Shape {
    double rate_per_second = 0;
    double burst = 1;
  };

  // The limit from `time` on.
  void Reshape(Shape shape, absl::Time time) { shapes_.push_back({time, shape}); }
  void Grant(absl::Time time, double cost = 1) { grants_.push_back({time, cost}); }
  size_t size() const { return grants_.size(); }
  // Forgets the grants.
  void Clear() { grants_.clear(); }

  // Empty where every window holds.
  std::string FindExcess() const {
    for (size_t first = 0; first < grants_.size(); ++first) {
      const long double burst = ShapeAt(grants_[first].time).burst;
      long double taken = 0;
      for (size_t last = first; last < grants_.size(); ++last) {
        taken += grants_[last].cost;
        const long double allowed = burst + Accrued(grants_[first].time, grants_[last].time);
        // What a long double cannot tell over a test's length.
        if (taken <= allowed + 1e-9L) continue;
        return absl::StrCat("grants ", first, " to ", last, ", from ",
                            absl::FormatTime(grants_[first].time), " to ",
                            absl::FormatTime(grants_[last].time), ": ", double(taken),
                            " taken, allowed ", double(allowed));
      }
    }
    return "";
  }

 private:
  struct Change {
    absl::Time time;
    Shape shape;
  };
  struct Granted {
    absl::Time time;
    double cost;
  };

  // A grant at the very moment of a change may have been made under either.
  Shape ShapeAt(absl::Time time) const {
    Shape shape = shapes_.front().shape;
    for (const Change& change : shapes_) {
      if (change.time < time) shape = change.shape;
      if (change.time == time && change.shape.burst > shape.burst) shape.burst = change.shape.burst;
    }
    return shape;
  }

  long double Accrued(absl::Time from, absl::Time to) const {
    long double sum = 0;
    for (size_t i = 0; i < shapes_.size(); ++i) {
      const absl::Time begin = i == 0 ? from : std::max(from, shapes_[i].time);
      const absl::Time end = i + 1 < shapes_.size() ? std::min(to, shapes_[i + 1].time) : to;
      if (begin >= end) continue;
      sum += static_cast<long double>(absl::ToInt64Nanoseconds(end - begin)) / 1e9L *
             shapes_[i].shape.rate_per_second;
    }
    return sum;
  }

  std::vector<Change> shapes_;
  std::vector<Granted> grants_;
};

}  // namespace segue::testing
