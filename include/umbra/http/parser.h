// The second opinion: llhttp, with all lenient flags off, reads the same bytes as the strict check of
// head.h and chunked.h.  Where the two do not agree, a message is ambiguous.
#pragma once

#include <memory>
#include <string_view>

#include "umbra/http/framing.h"

namespace umbra::http {

// Whether llhttp takes head.raw() for one whole head with this framing.
bool llhttp_agrees(Side side, const Head& head, const Framing& framing);

// llhttp over a chunked body, in step with ChunkedReader.
class ChunkedCheck {
 public:
  ChunkedCheck();
  ~ChunkedCheck();
  // Reads body bytes.  False when llhttp sees an error, or an end elsewhere than at the end of `bytes`
  // exactly when `last` says so.
  bool agrees(std::string_view bytes, bool last);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace umbra::http
