#include "integration/transparency/conversation.h"

#include <fmt/format.h>

#include <future>
#include <ostream>

namespace umbra::integration {
namespace {

using support::Ending;
using support::Wire;

// Counts the bytes of all turns, so that a cut belongs to exactly one.
class Cutter {
 public:
  explicit Cutter(const Cuts& cuts) : cuts_(cuts) {}
  std::vector<size_t> within(size_t size) {
    std::vector<size_t> offsets;
    for (const size_t cut : cuts_) {
      if (cut > passed_ && cut < passed_ + size) offsets.push_back(cut - passed_);
    }
    passed_ += size;
    return offsets;
  }

 private:
  const Cuts& cuts_;
  size_t passed_ = 0;
};

// One side's part: says its turns, hears the other's.  Returns what it heard.
std::string take_part(Wire& wire, const Conversation& conversation, Turn::Side side, const Cuts& cuts) {
  Cutter cutter(cuts);
  std::string heard;
  bool gone = false;
  for (const Turn& turn : conversation.turns) {
    const auto offsets = cutter.within(turn.bytes.size());
    if (gone) continue;
    if (turn.side != side) {
      if (turn.what == Turn::What::bytes) {
        heard += wire.read_exactly(turn.bytes.size());
      } else {
        heard += wire.read_until_eof();
        gone = turn.what == Turn::What::reset;
      }
      continue;
    }
    switch (turn.what) {
      case Turn::What::bytes:
        wire.send_cut(turn.bytes, offsets);
        break;
      case Turn::What::end:
        wire.half_close();
        break;
      case Turn::What::reset:
        wire.reset();
        gone = true;
        break;
    }
  }
  if (!gone) heard += wire.read_until_eof();
  return heard;
}

bool ends(const Conversation& conversation, Turn::Side side) {
  for (const Turn& turn : conversation.turns) {
    if (turn.side == side && turn.what != Turn::What::bytes) return true;
  }
  return false;
}

// Whoever does not end by itself ends when the other one has.
Conversation with_ends(Conversation conversation) {
  if (!ends(conversation, Turn::Side::client)) conversation.turns.push_back(client_ends());
  if (!ends(conversation, Turn::Side::app)) conversation.turns.push_back(app_ends());
  return conversation;
}

std::string printable(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 400)) {
    out += c >= ' ' && c < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out + (bytes.size() > 400 ? "..." : "");
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Conversation& conversation) {
  return out << conversation.name;
}

std::string describe(const Heard& heard) {
  return fmt::format("app: {} bytes, {}: {}\nclient: {} bytes, {}: {}", heard.by_app.size(),
                     name_of(heard.apps_end), printable(heard.by_app), heard.by_client.size(),
                     name_of(heard.clients_end), printable(heard.by_client));
}

size_t length_of(const Conversation& conversation) {
  size_t length = 0;
  for (const Turn& turn : conversation.turns) length += turn.bytes.size();
  return length;
}

Heard hold(const Conversation& conversation, uint16_t port, support::ScriptedOrigin& app, const Cuts& cuts) {
  const Conversation whole = with_ends(conversation);
  struct AppsPart {
    std::string heard;
    Ending end = Ending::open;
  };
  auto done = std::make_shared<std::promise<AppsPart>>();
  auto apps_part = done->get_future();
  app.play([whole, cuts, done](support::OriginConnection& connection) {
    AppsPart part;
    part.heard = take_part(connection, whole, Turn::Side::app, cuts);
    part.end = connection.ending();
    done->set_value(part);
  });
  Heard heard;
  {
    support::TestClient client(port);
    heard.by_client = take_part(client, whole, Turn::Side::client, cuts);
    heard.clients_end = client.ending();
  }
  if (apps_part.wait_for(support::kPatience) == std::future_status::ready) {
    const AppsPart part = apps_part.get();
    heard.by_app = part.heard;
    heard.apps_end = part.end;
  } else {
    heard.by_app = "(the app never heard the end)";
  }
  return heard;
}

}  // namespace umbra::integration
