#pragma once

#include <cstddef>
#include <forward_list>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/base/json.h"

namespace segue::language::jsonata {

// The memory of one evaluation: handed out in pieces, given back as a whole at its end. So values
// are plain words, and what an expression takes is bounded.
class Arena {
 public:
  explicit Arena(size_t bytes_max) : bytes_left_(bytes_max) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  size_t bytes_left() const { return bytes_left_; }

  // Whether more was asked for than the evaluation may have. It then fails at its next step; small
  // pieces are handed out until then.
  bool exhausted() const { return exhausted_; }

  // Whether `bytes` more may be had. Ask before taking what may be large. False exhausts the arena.
  bool Fits(size_t bytes);
  // Counts `bytes` that the evaluation has elsewhere; false where that is too much.
  bool Count(size_t bytes);

  void* Allocate(size_t bytes) {
    bytes = (bytes + 7) & ~size_t{7};
    if (bytes > static_cast<size_t>(end_ - next_)) return AllocateChunk(bytes);
    std::byte* piece = next_;
    next_ += bytes;
    return piece;
  }

  template <typename T, typename... Arguments>
  T* New(Arguments&&... arguments) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8);
    return new (Allocate(sizeof(T))) T{std::forward<Arguments>(arguments)...};
  }

  // Not initialised.
  template <typename T>
  T* NewArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 8);
    return static_cast<T*>(Allocate(count * sizeof(T)));
  }

  std::string_view Copy(std::string_view text);

  // Keeps a value of the host, which takes about `bytes`, alive until the end.
  const Json* Keep(Json value, size_t bytes);

 private:
  static constexpr size_t kFirstBytes = 2048;
  static constexpr size_t kChunkBytes = size_t{16} << 10;

  void* AllocateChunk(size_t bytes);

  alignas(16) std::byte first_[kFirstBytes];
  std::byte* next_ = first_;
  std::byte* end_ = first_ + kFirstBytes;
  size_t bytes_left_;
  bool exhausted_ = false;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::forward_list<Json> kept_;
};

}  // namespace segue::language::jsonata
