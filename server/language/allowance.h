#pragma once

#include <cstdint>

namespace segue::language {

// What the expressions of one state may take together: the memory that they make values of, in
// bytes, and their work. Each is bounded by itself, but a definition has room for tens of
// thousands. What is shared with the input costs nothing.
class Allowance {
 public:
  static constexpr int64_t kBytes = int64_t{256} << 20;
  // What a step of work is worth: all of it is some 20 million steps.
  static constexpr int64_t kStepBytes = 12;

  explicit Allowance(int64_t bytes = kBytes) : left_(bytes) {}

  int64_t left() const { return left_; }

  // False where that is more than is left; then nothing is.
  bool Take(int64_t bytes) {
    const bool is_there = bytes <= left_;
    left_ = is_there ? left_ - bytes : 0;
    return is_there;
  }

 private:
  int64_t left_;
};

}  // namespace segue::language
