#include "umbra/base/chunk.h"

#include <cstdlib>
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

void Chunk::free_block(Block* block) noexcept { std::free(block); }

Slice Passing::keep(std::string_view part) {
  UMBRA_CHECK(part.data() >= all_.data() && part.data() + part.size() <= all_.data() + all_.size());
  // A small part must not keep a large read alive: budgets count a slice's own bytes.
  if (!kept_ && part.size() * 2 < all_.size()) return {Chunk::copy_of(part), 0, part.size()};
  if (!kept_) kept_ = Chunk::copy_of(all_);
  return {kept_, static_cast<size_t>(part.data() - all_.data()), part.size()};
}

}  // namespace umbra
