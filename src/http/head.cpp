#include "umbra/http/head.h"

#include <cstring>

#include "umbra/base/text.h"
#include "umbra/http/lexis.h"

namespace umbra::http {
namespace {

Name known_name(std::string_view name) noexcept {
  const auto is = [&](std::string_view lower) { return equals_ignoring_case(name, lower); };
  switch (name.size()) {
    case 2:
      if (is("te")) return Name::te;
      break;
    case 4:
      if (is("host")) return Name::host;
      break;
    case 6:
      if (is("expect")) return Name::expect;
      break;
    case 7:
      if (is("upgrade")) return Name::upgrade;
      break;
    case 10:
      if (is("connection")) return Name::connection;
      if (is("keep-alive")) return Name::keep_alive;
      if (is("umbra-copy")) return Name::marker;
      break;
    case 14:
      if (is("content-length")) return Name::content_length;
      break;
    case 17:
      if (is("transfer-encoding")) return Name::transfer_encoding;
      break;
    default:
      break;
  }
  if (name.size() > 6 && (name[0] | 0x20) == 'p' && equals_ignoring_case(name.substr(0, 6), "proxy-")) {
    return Name::proxy;
  }
  return Name::other;
}

// "HTTP/1.0" or "HTTP/1.1"; the minor version goes to `minor`.
Opaque parse_version(std::string_view version, unsigned& minor) {
  constexpr std::string_view known = "HTTP/1.";
  const bool whole = version.size() == 8 && std::memcmp(version.data(), known.data(), known.size()) == 0;
  if (whole && (version[7] == '0' || version[7] == '1')) {
    minor = version[7] == '1' ? 1 : 0;
    return Opaque::none;
  }
  return version.substr(0, 5) == "HTTP/" ? Opaque::bad_version : Opaque::bad_start_line;
}

}  // namespace

const Field& Head::field(Name name) const noexcept {
  for (const Field& field : fields()) {
    if (field.known == name) return field;
  }
  return fields_[0];
}

bool Head::lists(Name name, std::string_view lower_token) const noexcept {
  if (!has(name)) return false;
  for (const Field& field : fields()) {
    if (field.known != name) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      if (equals_ignoring_case(trim_blanks(rest.substr(0, comma)), lower_token)) return true;
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return false;
}

Opaque Head::parse_request_line(std::string_view line) {
  size_t i = 0;
  while (i < line.size() && is_token_byte(line[i])) ++i;
  if (i == 0 || i == line.size() || line[i] != ' ') return Opaque::bad_start_line;
  method_ = line.substr(0, i);
  const size_t target = ++i;
  while (i < line.size() && line[i] > ' ' && line[i] < 0x7f) ++i;  // VCHAR; obs-text is a fault (signed)
  if (i == target) return Opaque::bad_start_line;
  target_ = line.substr(target, i - target);
  if (i == line.size()) return Opaque::bad_version;  // HTTP/0.9
  if (line[i] != ' ') return Opaque::bad_start_line;
  return parse_version(line.substr(i + 1), minor_);
}

Opaque Head::parse_status_line(std::string_view line) {
  if (line.size() < 12) return Opaque::bad_start_line;
  if (const Opaque fault = parse_version(line.substr(0, 8), minor_); fault != Opaque::none) return fault;
  if (line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) return Opaque::bad_start_line;
  status_ = 0;
  for (const char digit : line.substr(9, 3)) {
    if (digit < '0' || digit > '9') return Opaque::bad_start_line;
    status_ = status_ * 10 + static_cast<unsigned>(digit - '0');
  }
  return status_ < 100 ? Opaque::bad_start_line : Opaque::none;
}

Head::Verdict Head::parse(Side side, std::string_view bytes, Opaque& reason) {
  if (!fields_) fields_ = std::make_unique<Field[]>(kFieldsMax);
  count_ = 0;
  seen_ = seen_twice_ = 0;
  status_ = 0;
  method_ = target_ = {};
  const auto fault = [&reason](Opaque why) {
    reason = why;
    return Verdict::fault;
  };

  const size_t line_end = find_control(bytes, 0);
  if (line_end == bytes.size()) return Verdict::incomplete;
  if (bytes[line_end] == '\n') return fault(Opaque::bare_line_end);
  if (bytes[line_end] != '\r') return fault(Opaque::bad_start_line);
  if (line_end + 1 == bytes.size()) return Verdict::incomplete;
  if (bytes[line_end + 1] != '\n') return fault(Opaque::bare_line_end);
  start_line_ = bytes.substr(0, line_end);
  const Opaque bad_line =
      side == Side::request ? parse_request_line(start_line_) : parse_status_line(start_line_);
  if (bad_line != Opaque::none) return fault(bad_line);

  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data() + line_end + 2; at != end;) {
    if (*at == '\r') {
      if (at + 1 == end) return Verdict::incomplete;
      if (at[1] != '\n') return fault(Opaque::bare_line_end);
      raw_ = bytes.substr(0, static_cast<size_t>(at + 2 - bytes.data()));
      return Verdict::complete;
    }
    const FieldLine line = scan_field_line({at, static_cast<size_t>(end - at)});
    if (line.verdict == FieldLine::Verdict::incomplete) return Verdict::incomplete;
    if (line.verdict == FieldLine::Verdict::fault) return fault(line.fault);
    if (count_ == kFieldsMax) return fault(Opaque::too_many_fields);
    const std::string_view name(at, line.name_size);
    const Name known = known_name(name);
    fields_[count_++] = {
        {at, line.size}, name, {at + line.value_begin, line.value_end - line.value_begin}, known};
    seen_twice_ |= seen_ & bit(known);
    seen_ |= bit(known);
    at += line.size;
  }
  return Verdict::incomplete;
}

}  // namespace umbra::http
