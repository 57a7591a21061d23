// MaskedCopy: a MaskedMessage on its way to a shadow: within the shadow's memory while it is gathered, then
// offered like any other copy.
//
// Owned by the exchange's tap, on the worker's thread.  In flight for its shadow from the first call to the
// last.
#pragma once

#include <memory>

#include "umbra/mirror/masked_message.h"
#include "umbra/mirror/shadow.h"

namespace umbra::mirror {

class MaskedCopy {
 public:
  MaskedCopy(const std::shared_ptr<Shadow>& shadow, MaskedMessage message, bool head_method, bool safe);
  ~MaskedCopy();
  MaskedCopy(const MaskedCopy&) = delete;
  MaskedCopy& operator=(const MaskedCopy&) = delete;

  // Body bytes as framed on the wire.  `last`: the body ends with them.
  void take(std::string_view wire, bool last, Nanos now);
  void drop(Drop why);
  // It has been offered to its shadow, or dropped.
  bool over() const noexcept { return over_; }
  bool offered() const noexcept { return offered_; }

 private:
  bool hold(Shadow& shadow);
  std::shared_ptr<Shadow> let_go();

  std::weak_ptr<Shadow> shadow_;  // alive while this is in flight for it, but for the worker's end
  MaskedMessage message_;
  bool head_method_;
  bool safe_;
  bool over_ = false;
  bool offered_ = false;
  size_t held_ = 0;
};

}  // namespace umbra::mirror
