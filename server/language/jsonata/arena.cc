#include "server/language/jsonata/arena.h"

#include <algorithm>
#include <cstring>

namespace segue::language::jsonata {

bool Arena::Fits(size_t bytes) {
  if (bytes <= bytes_left_) return true;
  exhausted_ = true;
  return false;
}

bool Arena::Count(size_t bytes) {
  if (!Fits(bytes)) return false;
  bytes_left_ -= bytes;
  return true;
}

void* Arena::AllocateChunk(size_t bytes) {
  // Chunks grow with what was taken already, so that a large evaluation asks seldom.
  const size_t grown = kChunkBytes << std::min<size_t>(chunks_.size(), 6);
  const size_t size = std::max(bytes, grown);
  if (size > bytes_left_) {
    exhausted_ = true;
    bytes_left_ = 0;
  } else {
    bytes_left_ -= size;
  }
  chunks_.emplace_back(new std::byte[size]);
  std::byte* chunk = chunks_.back().get();
  // A large piece has a chunk of its own; the rest of the current one stays in use.
  if (bytes > grown / 2) return chunk;
  next_ = chunk + bytes;
  end_ = chunk + size;
  return chunk;
}

const Json* Arena::Keep(Json value, size_t bytes) {
  Count(bytes);
  return &kept_.emplace_front(std::move(value));
}

std::string_view Arena::Copy(std::string_view text) {
  if (text.empty()) return {};
  char* copy = static_cast<char*>(Allocate(text.size()));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

}  // namespace segue::language::jsonata
