#include "umbra/rules/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "umbra/base/text.h"
#include "umbra/rules/field.h"
#include "umbra/rules/header_edits.h"
#include "umbra/rules/key_hash.h"

namespace umbra::rules {
namespace {

constexpr std::string_view kParent = "traceparent";
constexpr std::string_view kState = "tracestate";
constexpr std::string_view kOldParent = "Umbra-Trace-Parent";
constexpr uint8_t kSampled = 0x01;
constexpr uint8_t kRandom = 0x02;  // the trace-id is random: level 2

// Upper case is not valid.
int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

bool is_id(std::string_view text) noexcept {
  return is_hex(text) && text.find_first_not_of('0') != text.npos;
}

// None: there is no line of it, or several, or it is not valid.
std::optional<TraceParent> trace_parent(const Draft& draft) noexcept {
  std::string_view value;
  size_t lines = 0;
  draft.each_field([&](std::string_view name, std::string_view text) {
    if (same_ignoring_case(name, kParent)) {
      value = text;
      ++lines;
    }
    return lines < 2;
  });
  return lines == 1 ? TraceParent::parse(value) : std::nullopt;
}

void drop(Draft& draft) {
  draft.remove_header(kParent);
  draft.remove_header(kState);
}

void set(Draft& draft, std::string_view name, std::string value) {
  apply(SetHeader{std::string(name), std::move(value)}, draft);
}

void begin_child(Draft& draft, const TraceParent& parent, TraceIds& ids) {
  set(draft, kParent,
      fmt::format("00-{}-{:016x}-{:02x}", parent.trace_id, ids.next(), parent.flags & (kSampled | kRandom)));
}

void restart(Draft& draft, const TraceParent& parent, TraceIds& ids) {
  const std::string old(draft.header(kParent));
  const uint64_t high = ids.next();
  const uint64_t low = ids.next();
  set(draft, kParent,
      fmt::format("00-{:016x}{:016x}-{:016x}-{:02x}", high, low, ids.next(),
                  (parent.flags & kSampled) | kRandom));
  draft.remove_header(kState);
  set(draft, kOldParent, old);
}

}  // namespace

uint64_t TraceIds::next() noexcept {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;  // the golden ratio's bits: counts far apart
  uint64_t id = 0;
  while (id == 0) id = mix(draw_ ^ mix(salt_ + ++count_ * kStep));
  return id;
}

std::optional<TraceParent> TraceParent::parse(std::string_view value) noexcept {
  constexpr size_t kSize = 55;  // of version 00; a later one may have more behind a `-`
  if (value.size() < kSize) return std::nullopt;
  const std::string_view version = value.substr(0, 2);
  const std::string_view flags = value.substr(53, 2);
  if (!is_hex(version) || version == "ff" || value[2] != '-' || value[35] != '-' || value[52] != '-') {
    return std::nullopt;
  }
  if (value.size() > kSize && (version == "00" || value[kSize] != '-')) return std::nullopt;
  TraceParent parent{value.substr(3, 32), value.substr(36, 16), 0};
  if (!is_id(parent.trace_id) || !is_id(parent.parent_id) || !is_hex(flags)) return std::nullopt;
  parent.flags = static_cast<uint8_t>(hex_digit(flags[0]) * 16 + hex_digit(flags[1]));
  return parent;
}

void apply(const Trace& trace, Draft& draft, TraceIds& ids) {
  if (trace.mode == Trace::Mode::copy) return;
  if (trace.mode == Trace::Mode::drop) return drop(draft);
  const auto parent = trace_parent(draft);
  if (!parent) return drop(draft);
  if (trace.mode == Trace::Mode::child) return begin_child(draft, *parent, ids);
  restart(draft, *parent, ids);
}

}  // namespace umbra::rules
