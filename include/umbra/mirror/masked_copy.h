// MaskedCopy: a copy whose body must be masked before any byte of it leaves: gathered whole, within the
// shadow's memory, masked, framed anew and then offered like any other.
//
// Owned by the exchange's BodyCopies, on the worker's thread.  In flight for its shadow from the first to the
// last call.
#pragma once

#include <memory>
#include <string>

#include "umbra/http/body_data.h"
#include "umbra/mirror/preparation.h"
#include "umbra/mirror/shadow.h"
#include "umbra/rules/body_mask.h"

namespace umbra::mirror {

class MaskedCopy {
 public:
  // `head`: planned without framing lines.  `max`: of the body's data, also unpacked.
  MaskedCopy(std::weak_ptr<Shadow> shadow, std::shared_ptr<const rules::BodyMask> mask, size_t max,
             const CopyHead& head, const rules::Draft& draft, const http::Head& received, bool safe);
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
  bool hold(Shadow& shadow, size_t bytes);
  std::shared_ptr<Shadow> let_go();
  void finish(Nanos now);

  std::weak_ptr<Shadow> shadow_;  // alive while this is in flight for it, but for the worker's end
  std::shared_ptr<const rules::BodyMask> mask_;
  size_t max_;
  bool head_method_;
  bool safe_;
  bool over_ = false;
  bool offered_ = false;
  size_t held_ = 0;
  std::string head_;  // without framing, without the empty line
  std::string content_type_;
  std::string content_encoding_;
  bool readable_ = true;
  http::BodyData data_;
  std::string body_;
};

}  // namespace umbra::mirror
