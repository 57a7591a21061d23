#include "umbra/mirror/copy_head.h"

#include <utility>

#include "umbra/base/text.h"

namespace umbra::mirror {
namespace {

using http::Name;

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

bool CopyHead::names_hop_option(std::string_view name) const noexcept {
  for (const std::string_view option : hop_options_) {
    if (same_ignoring_case(option, name)) return true;
  }
  return false;
}

bool CopyHead::stays(const http::Field& field) const noexcept {
  switch (field.known) {
    case Name::connection:
    case Name::expect:
    case Name::keep_alive:
    case Name::proxy:
    case Name::te:
    case Name::upgrade:
      return false;
    // Framing belongs to the message, whatever Connection says; Host is looked after by keep_fields().
    case Name::content_length:
    case Name::transfer_encoding:
    case Name::host:
      return true;
    case Name::marker:
    case Name::other:
      break;
  }
  return !names_hop_option(field.name);
}

bool CopyHead::stays(const rules::Draft::Field& field, FramingLines framing) const noexcept {
  if (framing == FramingLines::left_out) {
    if (field.known == Name::content_length || field.known == Name::transfer_encoding) return false;
    if (equals_ignoring_case(field.name, "trailer") || equals_ignoring_case(field.name, "content-encoding")) {
      return false;
    }
  }
  return field.ours || stays(http::Field{field.line, field.name, field.value, field.known});
}

void CopyHead::keep(std::string_view line) {
  bytes_ += line.size();
  if (runs_.size() > joined_from_ && runs_.back().data() + runs_.back().size() == line.data()) {
    runs_.back() = {runs_.back().data(), runs_.back().size() + line.size()};
  } else {
    runs_.push_back(line);
  }
}

// A copy goes out on a connection of umbra's own, which speaks HTTP/1.1 (RFC 9112, section 2.3).
void CopyHead::begin_line(const http::Head& head, std::string_view target) {
  const std::string_view line = head.start_line();
  if (target.data() == head.target().data() && head.minor_version() == 1) {
    return keep({line.data(), line.size() + 2});
  }
  keep(line.substr(0, head.method().size() + 1));
  keep(target);
  keep(" HTTP/1.1\r\n");
}

template <typename Fields, typename Stays>
void CopyHead::keep_fields(const Fields& fields, HostLine host, Stays stays) {
  bool had_host = false;
  for (const auto& field : fields) {
    if (field.known == Name::host) {
      if (std::exchange(had_host, true)) continue;
      if (host == HostLine::replaced) {
        host_at_ = joined_from_ = runs_.size();
        continue;
      }
    }
    if (stays(field)) keep(field.line);
  }
}

bool CopyHead::plan(const http::Head& head) {
  if (!collect_hop_options(head)) return false;
  runs_.clear();
  bytes_ = joined_from_ = 0;
  begin_line(head, head.target());
  // Where it will be if there is none: first.
  host_at_ = joined_from_ = runs_.size();
  keep_fields(head.fields(), HostLine::replaced, [this](const http::Field& field) { return stays(field); });
  return true;
}

bool CopyHead::plan(const rules::Draft& draft, HostLine host, FramingLines framing) {
  const http::Head& head = draft.received();
  if (!collect_hop_options(head)) return false;
  runs_.clear();
  bytes_ = joined_from_ = 0;
  begin_line(head, draft.target());
  host_at_ = joined_from_ = runs_.size();
  if (host == HostLine::kept && draft.header("host").data() != nullptr) host_at_ = kNoHostLine;
  const auto stays_here = [&](const rules::Draft::Field& field) { return stays(field, framing); };
  if (draft.changed()) {
    keep_fields(draft.fields(), host, stays_here);
  } else {
    keep_fields(head.fields(), host, [&](const http::Field& field) {
      return stays_here({field.line, field.name, field.value, field.known, false});
    });
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
