#include "umbra/relay/live_edit.h"

#include <sys/random.h>

#include <algorithm>
#include <span>

#include "umbra/base/check.h"
#include "umbra/base/text.h"
#include "umbra/relay/tap.h"

namespace umbra::relay {
namespace {

using http::Event;

constexpr std::string_view kForwardedFor = "x-forwarded-for";
constexpr std::string_view kForwardedProto = "x-forwarded-proto";
constexpr size_t kIdBytes = 16;
constexpr size_t kFieldsAdded = 3;
constexpr size_t kPunctuation = 3 * sizeof("X-Forwarded-Proto: https\r\n");

std::string_view version_text(ProxyProtocol version) {
  if (version == ProxyProtocol::any) return "v1 or v2";
  return version == ProxyProtocol::v1 ? "v1" : "v2";
}

const http::Field* last_field(const http::Head& head, std::string_view lower_name) {
  const auto fields = head.fields();
  for (size_t i = fields.size(); i > 0; --i) {
    if (equals_ignoring_case(fields[i - 1].name, lower_name)) return &fields[i - 1];
  }
  return nullptr;
}

// The connection has left HTTP as its two ends agreed: there is nothing that could be edited.
bool is_no_request(Opaque lost) { return lost == Opaque::tunnel || lost == Opaque::connect; }

}  // namespace

std::vector<std::string> describe(const LiveEdits& edits) {
  std::vector<std::string> lines;
  if (edits.accept != ProxyProtocol::off) {
    lines.push_back("a PROXY header (" + std::string(version_text(edits.accept)) +
                    ") is expected before each connection and taken off");
  }
  if (edits.send != ProxyProtocol::off) {
    lines.push_back("the app is sent a PROXY header (" + std::string(version_text(edits.send)) +
                    ") before each connection");
  }
  if (edits.forwarded_append) {
    lines.emplace_back(
        "live requests get X-Forwarded-For appended and X-Forwarded-Proto where it is missing");
  }
  if (!edits.request_id.empty()) {
    lines.push_back("live requests without " + edits.request_id + " get one with a random value");
  }
  return lines;
}

LiveEditor::LiveEditor(const LiveEdits& edits, http::Head& head, metrics::SessionCounters& counters)
    : edits_(edits), id_name_(lower_case(edits.request_id)), head_(head), counters_(counters) {}

void LiveEditor::append_random_id(std::string& out) {
  if (random_used_ == random_.size()) {
    for (size_t have = 0; have < random_.size();) {
      // Up to 256 bytes come whole, but before the system has gathered any entropy.
      const ssize_t more =
          ::getrandom(random_.data() + have, std::min<size_t>(random_.size() - have, 256), 0);
      have += more > 0 ? static_cast<size_t>(more) : 0;
    }
    random_used_ = 0;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  for (const unsigned char byte : std::span(random_).subspan(random_used_, kIdBytes)) {
    out += digits[byte >> 4];
    out += digits[byte & 0xf];
  }
  random_used_ += kIdBytes;
}

std::string_view LiveEdit::take(std::string_view bytes, Opaque lost) {
  if (passing_) return bytes;
  std::string& out = editor_.out_;
  out.clear();
  if (lost != Opaque::none) {
    give_up(bytes, lost);
    return out;
  }
  if (reader_.between_messages()) switching_ = false;  // the app has declined
  std::string_view rest = bytes;
  while (!rest.empty() && !passing_) {
    if (switching_ && reader_.between_messages()) {
      give_up(rest, Opaque::upgrade_pending);
      break;
    }
    const std::string_view before = rest;
    const Event event = reader_.next(rest, editor_.head_);
    if (event.kind == Event::Kind::body && event.bytes.size() == bytes.size()) return bytes;
    take_event(event, before.substr(0, before.size() - rest.size()), rest);
  }
  return out;
}

// `taken`: what the reader took for the event; `rest`: what comes behind.  What it has of a head that is not
// whole is exactly what is held; empty lines before a head are not.
void LiveEdit::take_event(const Event& event, std::string_view taken, std::string_view rest) {
  std::string& out = editor_.out_;
  switch (event.kind) {
    case Event::Kind::more: {
      const size_t of_head = reader_.held_bytes() - held_.size();
      out += taken.substr(0, taken.size() - of_head);
      held_ += taken.substr(taken.size() - of_head);
      return;
    }
    case Event::Kind::head: {
      const size_t of_head = editor_.head_.raw().size() - held_.size();
      out += taken.substr(0, taken.size() - of_head);
      std::string().swap(held_);
      switching_ = kind_of(editor_.head_) != RequestKind::ordinary;
      append_edited(editor_.head_);
      reader_.forget_head();
      return;
    }
    case Event::Kind::body:
      out += taken;
      return;
    case Event::Kind::tunnel:
    case Event::Kind::fault:
      out += std::exchange(held_, {});
      out += taken;
      give_up(rest, event.fault);
      return;
  }
}

void LiveEdit::give_up(std::string_view rest, Opaque why) {
  passing_ = true;
  editor_.out_ += std::exchange(held_, {});
  editor_.out_ += rest;
  if (!is_no_request(why)) count_unedited();
}

std::string LiveEdit::release() {
  passing_ = true;
  if (!held_.empty()) count_unedited();
  return std::exchange(held_, {});
}

void LiveEdit::count_unedited() noexcept {
  if (!std::exchange(counted_, true)) ++editor_.counters_.live_unedited;
}

// What the edits add to a head, at most.
size_t LiveEdit::room_for_edits() const noexcept {
  return client_.size() + editor_.id_name_.size() + 2 * kIdBytes + kPunctuation;
}

void LiveEdit::append_edited(const http::Head& head) {
  std::string& out = editor_.out_;
  const std::string_view raw = head.raw();
  // Edits must not make a head too large for who can follow it as it is.
  if (raw.size() + room_for_edits() > kHeadMax || head.fields().size() + kFieldsAdded > http::kFieldsMax) {
    count_unedited();
    out += raw;
    return;
  }
  size_t copied = 0;
  const bool forwarded = editor_.edits_.forwarded_append;
  const http::Field* const known = forwarded && !client_.empty() ? last_field(head, kForwardedFor) : nullptr;
  if (known != nullptr) {
    copied = static_cast<size_t>(known->value.data() + known->value.size() - raw.data());
    out += raw.substr(0, copied);
    if (!known->value.empty()) out += ", ";
    out += client_;
  }
  out += raw.substr(copied, raw.size() - copied - 2);
  if (forwarded && !client_.empty() && known == nullptr) {
    out += "X-Forwarded-For: ";
    out += client_;
    out += "\r\n";
  }
  if (forwarded && last_field(head, kForwardedProto) == nullptr) {
    out += secure_ ? "X-Forwarded-Proto: https\r\n" : "X-Forwarded-Proto: http\r\n";
  }
  if (!editor_.id_name_.empty() && last_field(head, editor_.id_name_) == nullptr) {
    out += editor_.edits_.request_id;
    out += ": ";
    editor_.append_random_id(out);
    out += "\r\n";
  }
  out += "\r\n";
}

}  // namespace umbra::relay
