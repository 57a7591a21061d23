// CopyHead: the head of a copy, made from the head as received (design, section 4).
//
// Planned once an exchange for all shadows whose rules edit nothing, and once for each other one: the lines
// that stay, as runs of bytes that lie side by side; a shadow's own lines (Host, the marker) are put between
// them. No allocation but the chunk.
#pragma once

#include <string_view>
#include <vector>

#include "umbra/base/chunk.h"
#include "umbra/http/head.h"
#include "umbra/rules/draft.h"

namespace umbra::mirror {

class CopyHead {
 public:
  // Comparing every field with every option must not become a stranger's way to keep the loop busy.
  static constexpr size_t kHopOptionsMax = 32;

  enum class HostLine : uint8_t { replaced, kept };
  enum class FramingLines : uint8_t { kept, left_out };

  // `head` must hold until the last write().  False: Connection names too many fields to look for each.
  bool plan(const http::Head& head);
  // A draft that rules may have changed, which must hold likewise.  kept: Host as it stands there, if there
  // is one.  left_out: without Content-Length, Transfer-Encoding, Trailer and Content-Encoding, for a body
  // that is framed anew.
  bool plan(const rules::Draft& draft, HostLine host, FramingLines framing = FramingLines::kept);
  // Whether write() puts `host_line` in.
  bool takes_host_line() const noexcept { return host_at_ != kNoHostLine; }
  // What write() appends, at most.
  size_t size(std::string_view host_line, std::string_view marker_line) const noexcept {
    return bytes_ + host_line.size() + marker_line.size() + 2;
  }
  // Both lines with their CR LF; `marker_line` may be empty.
  void write(Chunk& out, std::string_view host_line, std::string_view marker_line) const noexcept;

 private:
  static constexpr size_t kNoHostLine = ~size_t{0};

  bool collect_hop_options(const http::Head& head);
  bool names_hop_option(std::string_view name) const noexcept;
  bool stays(const http::Field& field) const noexcept;
  bool stays(const rules::Draft::Field& field, FramingLines framing) const noexcept;
  void begin_line(const http::Head& head, std::string_view target);
  template <typename Fields, typename Stays>
  void keep_fields(const Fields& fields, HostLine host, Stays stays);
  void keep(std::string_view line);

  std::vector<std::string_view> runs_;         // reused
  std::vector<std::string_view> hop_options_;  // what Connection names; reused
  size_t host_at_ = kNoHostLine;               // Host stands before this run
  size_t joined_from_ = 0;                     // runs before this one are not added to
  size_t bytes_ = 0;
};

}  // namespace umbra::mirror
