// Ring<T>: a first-in first-out queue in one block of memory that grows by doubling.
// std::deque would take 576 bytes before it holds anything, which a thousand idle sessions pay for.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "umbra/base/check.h"

namespace umbra {

template <typename T>
class Ring {
 public:
  bool empty() const noexcept { return size_ == 0; }
  size_t size() const noexcept { return size_; }
  T& front() noexcept { return (*this)[0]; }
  T& back() noexcept { return (*this)[size_ - 1]; }
  T& operator[](size_t i) noexcept { return items_[(head_ + i) & (capacity_ - 1)]; }
  const T& operator[](size_t i) const noexcept { return items_[(head_ + i) & (capacity_ - 1)]; }

  T& push(T item) {
    if (size_ == capacity_) grow();
    T& slot = items_[(head_ + size_++) & (capacity_ - 1)];
    slot = std::move(item);
    return slot;
  }
  T pop() noexcept {
    UMBRA_CHECK(size_ > 0);
    T item = std::exchange(items_[head_], T());
    head_ = (head_ + 1) & (capacity_ - 1);
    if (--size_ == 0 && capacity_ > kKeptWhenEmpty) clear();
    return item;
  }
  // A burst's memory is not kept when the queue is empty again.
  static constexpr size_t kKeptWhenEmpty = 256;

  void clear() noexcept {
    items_.reset();
    head_ = size_ = capacity_ = 0;
  }

 private:
  void grow() {
    const size_t capacity = capacity_ == 0 ? 1 : capacity_ * 2;
    auto items = std::make_unique<T[]>(capacity);
    for (size_t i = 0; i < size_; ++i) items[i] = std::move((*this)[i]);
    items_ = std::move(items);
    head_ = 0;
    capacity_ = capacity;
  }

  std::unique_ptr<T[]> items_;
  size_t head_ = 0;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace umbra
