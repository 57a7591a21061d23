#include "umbra/base/chunk.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "umbra/base/check.h"

namespace umbra {

Chunk Chunk::with_room(size_t capacity) {
  void* memory = std::malloc(sizeof(Block) + capacity);
  if (memory == nullptr) throw std::bad_alloc();
  return Chunk(new (memory) Block{1, 0, capacity});
}

Chunk Chunk::copy_of(std::string_view bytes) {
  Chunk chunk = with_room(bytes.size());
  chunk.append(bytes);
  return chunk;
}

void Chunk::append(std::string_view bytes) noexcept {
  UMBRA_CHECK(bytes.size() <= room());
  std::memcpy(bytes_of(block_) + block_->size, bytes.data(), bytes.size());
  block_->size += bytes.size();
}

void Chunk::release() noexcept {
  if (block_ && --block_->refs == 0) std::free(block_);
}

Slice Passing::keep(std::string_view part) {
  UMBRA_CHECK(part.data() >= all_.data() && part.data() + part.size() <= all_.data() + all_.size());
  // A small part must not keep a large read alive: budgets count a slice's own bytes.
  if (!kept_ && part.size() * 2 < all_.size()) return {Chunk::copy_of(part), 0, part.size()};
  if (!kept_) kept_ = Chunk::copy_of(all_);
  return {kept_, static_cast<size_t>(part.data() - all_.data()), part.size()};
}

}  // namespace umbra
