#include "umbra/mirror/copy_head.h"

#include "umbra/base/text.h"

namespace umbra::mirror {
namespace {

using http::Name;

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  }
  return true;
}

}  // namespace

// RFC 9110, section 7.6.1: what Connection names is for this hop only.
bool CopyHead::collect_hop_options(const http::Head& head) {
  hop_options_.clear();
  if (!head.has(Name::connection)) return true;
  for (const http::Field& field : head.fields()) {
    if (field.known != Name::connection) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      if (hop_options_.size() == kHopOptionsMax) return false;
      hop_options_.push_back(trim_blanks(rest.substr(0, comma)));
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return true;
}

bool CopyHead::stays(const http::Field& field) const noexcept {
  switch (field.known) {
    case Name::connection:
    case Name::expect:
    case Name::host:
    case Name::keep_alive:
    case Name::proxy:
    case Name::te:
    case Name::upgrade:
      return false;
    // Framing belongs to the message, whatever Connection says.
    case Name::content_length:
    case Name::transfer_encoding:
      return true;
    case Name::marker:
    case Name::other:
      break;
  }
  for (const std::string_view option : hop_options_) {
    if (same_name(option, field.name)) return false;
  }
  return true;
}

void CopyHead::keep(std::string_view line) {
  bytes_ += line.size();
  if (!runs_.empty() && runs_.size() > host_at_ && runs_.back().data() + runs_.back().size() == line.data()) {
    runs_.back() = {runs_.back().data(), runs_.back().size() + line.size()};
  } else {
    runs_.push_back(line);
  }
}

bool CopyHead::plan(const http::Head& head) {
  if (!collect_hop_options(head)) return false;
  runs_.clear();
  bytes_ = 0;
  // A copy goes out on a connection of umbra's own, which speaks HTTP/1.1 (RFC 9112, section 2.3).
  host_at_ = 0;
  const std::string_view line = head.start_line();
  keep(head.minor_version() == 1 ? std::string_view(line.data(), line.size() + 2)
                                 : line.substr(0, line.size() - 1));
  if (head.minor_version() == 0) keep("1\r\n");
  host_at_ = runs_.size();
  for (const http::Field& field : head.fields()) {
    if (field.known == Name::host) host_at_ = runs_.size();
    if (stays(field)) keep(field.line);
  }
  return true;
}

void CopyHead::write(Chunk& out, std::string_view host_line, std::string_view marker_line) const noexcept {
  for (size_t i = 0; i < runs_.size(); ++i) {
    if (i == host_at_) out.append(host_line);
    out.append(runs_[i]);
  }
  if (host_at_ == runs_.size()) out.append(host_line);
  out.append(marker_line);
  out.append("\r\n");
}

}  // namespace umbra::mirror
