// Chunk: bytes in memory that several owners share, counted by reference.  Slice: a part of one.
//
// The count is a plain integer: a chunk is made, shared and freed on one worker's thread and never
// leaves it.  What must cross threads crosses as a std::string through Loop::post.
// Passing: bytes that lie in a loop's read buffer only while the read callback runs; the first
// caller that must keep a part of them pays for one copy, which all later callers share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "umbra/base/check.h"

namespace umbra {

class Chunk {
 public:
  Chunk() = default;
  Chunk(const Chunk& other) noexcept : block_(other.block_) { retain(); }
  Chunk(Chunk&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Chunk& operator=(Chunk other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Chunk() { release(); }

  static Chunk copy_of(std::string_view bytes);
  static Chunk with_room(size_t capacity);

  explicit operator bool() const noexcept { return block_ != nullptr; }
  std::string_view view() const noexcept {
    return block_ ? std::string_view(bytes_of(block_), block_->size) : std::string_view();
  }
  size_t size() const noexcept { return block_ ? block_->size : 0; }
  bool sole_owner() const noexcept { return block_ && block_->refs == 1; }
  size_t room() const noexcept { return block_ ? block_->capacity - block_->size : 0; }

  // Adds bytes at the end; the caller has checked room().  Slices made before stay valid, for the
  // bytes never move.
  void append(std::string_view bytes) noexcept {
    UMBRA_CHECK(bytes.size() <= room());
    if (bytes.empty()) return;
    std::memcpy(bytes_of(block_) + block_->size, bytes.data(), bytes.size());
    block_->size += bytes.size();
  }
  // Begins anew; only for a sole owner.
  void clear() noexcept { block_->size = 0; }

 private:
  struct Block {
    size_t refs;
    size_t size;
    size_t capacity;
  };
  explicit Chunk(Block* block) noexcept : block_(block) {}
  static char* bytes_of(Block* block) noexcept { return reinterpret_cast<char*>(block + 1); }
  void retain() const noexcept {
    if (block_) ++block_->refs;
  }
  void release() noexcept {
    if (block_ && --block_->refs == 0) free_block(block_);
  }
  static void free_block(Block* block) noexcept;

  Block* block_ = nullptr;
};

struct Slice {
  Chunk chunk;
  size_t offset = 0;
  size_t size = 0;
  std::string_view view() const noexcept { return chunk.view().substr(offset, size); }
};

class Passing {
 public:
  explicit Passing(std::string_view all) noexcept : all_(all) {}
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;

  std::string_view view() const noexcept { return all_; }
  // `part` must lie inside view().
  Slice keep(std::string_view part);

 private:
  std::string_view all_;
  Chunk kept_;
};

}  // namespace umbra
