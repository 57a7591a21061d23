// MaskedMessage: a request whose body must be masked before any byte of it leaves: gathered whole, masked,
// framed anew with a Content-Length.
#pragma once

#include <memory>
#include <string>

#include "umbra/base/reason.h"
#include "umbra/http/body_data.h"
#include "umbra/mirror/copy_head.h"
#include "umbra/rules/body_mask.h"

namespace umbra::mirror {

class MaskedMessage {
 public:
  // Whether a body with these fields must be gathered: what cannot hold anything to mask is copied as it
  // comes.
  static bool needed(const rules::BodyMask& mask, const rules::Draft& draft);

  // `head`: planned without framing lines; `draft`: what it was planned from; `received`: as it came in.
  // `max`: of the body's data, also unpacked.
  MaskedMessage(std::shared_ptr<const rules::BodyMask> mask, size_t max, const CopyHead& head,
                std::string_view host_line, const rules::Draft& draft, const http::Head& received);

  // Body bytes as framed on the wire.  Why the message is lost; Drop::count: it is not.
  Drop take(std::string_view wire);
  // After the last byte: the whole message is in head() and body(), or is lost.
  Drop finish();

  size_t held_bytes() const noexcept { return head_.size() + body_.size(); }
  // Without the marker.
  const std::string& head() const noexcept { return head_; }
  const std::string& body() const noexcept { return body_; }

 private:
  std::shared_ptr<const rules::BodyMask> mask_;
  size_t max_;
  std::string head_;
  std::string content_type_;
  std::string content_encoding_;
  bool readable_;
  http::BodyData data_;
  std::string body_;
};

}  // namespace umbra::mirror
