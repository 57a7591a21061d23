// A Conversation: what a client and an app say to each other, in turns, and what umbra is to make of it.
//
// Each turn is said by one side and heard by the other before the next one begins, so that it is the same
// however fast the bytes travel.  It is held once without umbra, and then with umbra between, whole and cut
// in many ways; both sides must have heard the same bytes and the same end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/proxy_fixture.h"
#include "support/scripted_origin.h"
#include "support/test_client.h"

namespace umbra::integration {

struct Turn {
  enum class Side : uint8_t { client, app };
  enum class What : uint8_t { bytes, end, reset };  // end: sends no more, and reads on
  Side side;
  What what = What::bytes;
  std::string bytes;
};

inline Turn client_says(std::string bytes) {
  return {Turn::Side::client, Turn::What::bytes, std::move(bytes)};
}
inline Turn app_says(std::string bytes) { return {Turn::Side::app, Turn::What::bytes, std::move(bytes)}; }
inline Turn client_ends() { return {Turn::Side::client, Turn::What::end, ""}; }
inline Turn app_ends() { return {Turn::Side::app, Turn::What::end, ""}; }
inline Turn client_resets() { return {Turn::Side::client, Turn::What::reset, ""}; }
inline Turn app_resets() { return {Turn::Side::app, Turn::What::reset, ""}; }

struct Conversation {
  std::string name;
  std::vector<Turn> turns;
  size_t copies = 0;                           // whole requests that the shadow gets
  Opaque opaque = Opaque::none;                // why umbra stops following
  std::optional<Drop> dropped = std::nullopt;  // of what is followed and not copied
};
std::ostream& operator<<(std::ostream& out, const Conversation& conversation);

// What umbra follows, and what it cannot or must not.
std::vector<Conversation> sound_conversations();
std::vector<Conversation> odd_conversations();

// How what is said is cut into sends: behind which bytes of all that one side says.
using Cuts = std::vector<size_t>;

struct Heard {
  std::string by_app;
  std::string by_client;
  support::Ending apps_end = support::Ending::open;
  support::Ending clients_end = support::Ending::open;
  bool operator==(const Heard&) const = default;
};
std::string describe(const Heard& heard);

// Holds a conversation through `port`, at which `app` can be reached, directly or not.
Heard hold(const Conversation& conversation, uint16_t port, support::ScriptedOrigin& app, const Cuts& cuts);

// All bytes that the sides say; cuts lie within.
size_t length_of(const Conversation& conversation);

}  // namespace umbra::integration
