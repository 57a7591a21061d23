// TestClient: a Wire that connects to 127.0.0.1:port.
#pragma once

#include "support/wire.h"

namespace umbra::support {

class TestClient final : public Wire {
 public:
  // is_open() says whether it has connected.
  explicit TestClient(uint16_t port, Millis patience = kPatience) : Wire(connect_to(port, patience)) {}

  // The next answer with the interim ones before it, raw; without a length it ends with the connection.
  std::string read_answer(Millis patience = kPatience) { return read_message(MessageKind::answer, patience); }
  std::string read_answer_to_head(Millis patience = kPatience) {
    return read_message(MessageKind::answer_to_head, patience);
  }
  // Sends a request and reads its answer.
  std::string exchange(std::string_view request, Millis patience = kPatience) {
    return send(request, patience) ? read_answer(patience) : "";
  }
};

}  // namespace umbra::support
