// BodyMask: fields of a JSON or form body, replaced (options.h).  A pure function of a whole body.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/rules/options.h"

namespace umbra::rules {

class BodyMask {
 public:
  static Result<std::shared_ptr<const BodyMask>> compile(const MaskBody& options);
  ~BodyMask();

  enum class Outcome : uint8_t {
    unchanged,    // there is nothing to mask in it: send it as it came
    masked,       // send `body` instead, without Content-Encoding if `unpacked`
    cannot_read,  // not what its Content-Type or Content-Encoding says, or none that is known: drop it
    too_large,    // unpacked it is larger than `unpacked_max`
  };
  struct Masked {
    Outcome outcome = Outcome::unchanged;
    std::string body;
    bool unpacked = false;
  };
  // `body` without any transfer coding; the values of its Content-Type and Content-Encoding, empty if there
  // is none.  Whether a body is looked at at all depends on its type: JSON (application/json, +json) and
  // forms; a body of another type has no fields and is unchanged.
  Masked apply(std::string_view body, std::string_view content_type, std::string_view content_encoding,
               size_t unpacked_max) const;

 private:
  struct Compiled;
  explicit BodyMask(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace umbra::rules
