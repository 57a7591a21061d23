// BodyMask: fields of a JSON or form body, replaced (options.h).  A pure function of a whole body.
//
// Which bodies are looked at is their Content-Type's to say (body_type.h), and each kind only where something
// of it is to be masked:
//   JSON                  masked, or cannot_read where it is no JSON (json_reader.h says how strictly)
//   ndjson, jsonl         each line as JSON
//   forms                 masked; if JSON is to be masked and it begins as JSON does, read as JSON
//   text/plain            if it begins as JSON does, read as JSON; else unchanged
//   multipart/form-data   cannot_read if form fields are to be masked; else unchanged
//   other multipart, json-seq and what else has "json" in its name, a missing, broken or second Content-Type
//                         cannot_read
//   all others            unchanged: XML, octet-stream, images, protobuf ... have no fields that could be
//   named
// Only a body that is looked at is unpacked: gzip and deflate; another coding, or several: cannot_read.
// What is not masked stays byte for byte as it was.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "umbra/base/result.h"
#include "umbra/rules/options.h"

namespace umbra::rules {

class BodyMask {
 public:
  // The error's detail says which path or name is wrong and what is expected.
  static Result<std::shared_ptr<const BodyMask>> compile(const MaskBody& options);
  ~BodyMask();

  enum class Outcome : uint8_t {
    unchanged,    // there is nothing to mask in it: send it as it came
    masked,       // send `body` instead, without Content-Encoding if `unpacked`
    cannot_read,  // not what its Content-Type or Content-Encoding says, or none that is known: drop it
    too_large,  // unpacked, or masked, it is larger than `unpacked_max`; or too many values are to be masked
  };
  struct Masked {
    Outcome outcome = Outcome::unchanged;
    std::string body;
    bool unpacked = false;
  };
  // Whether a body of that type can hold anything that is to be masked; else it may pass as it comes.
  bool concerns(std::string_view content_type) const;
  // `body` without any transfer coding; the values of its Content-Type and Content-Encoding: empty if there
  // is none, joined with commas if there are several lines.  An empty body is unchanged.
  Masked apply(std::string_view body, std::string_view content_type, std::string_view content_encoding,
               size_t unpacked_max) const;

 private:
  struct Compiled;
  explicit BodyMask(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace umbra::rules
