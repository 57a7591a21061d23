// CopyHead: the head of a copy, made from the head as received (design, section 4).
//
// Planned once an exchange, for all shadows: the lines that stay, as runs of bytes that lie side by side;
// a shadow's own lines (Host, the marker) are put between them.  No allocation but the chunk.
#pragma once

#include <string_view>
#include <vector>

#include "umbra/base/chunk.h"
#include "umbra/http/head.h"

namespace umbra::mirror {

class CopyHead {
 public:
  // Comparing every field with every option must not become a stranger's way to keep the loop busy.
  static constexpr size_t kHopOptionsMax = 32;

  // `head` must hold until the last write().  False: Connection names too many fields to look for each.
  bool plan(const http::Head& head);
  // What write() appends, at most.
  size_t size(std::string_view host_line, std::string_view marker_line) const noexcept {
    return bytes_ + host_line.size() + marker_line.size() + 2;
  }
  // Both lines with their CR LF; `marker_line` may be empty.
  void write(Chunk& out, std::string_view host_line, std::string_view marker_line) const noexcept;

 private:
  bool collect_hop_options(const http::Head& head);
  bool stays(const http::Field& field) const noexcept;
  void keep(std::string_view line);

  std::vector<std::string_view> runs_;         // reused
  std::vector<std::string_view> hop_options_;  // what Connection names; reused
  size_t host_at_ = 0;                         // Host stands before this run
  size_t bytes_ = 0;
};

}  // namespace umbra::mirror
