// LiveEditor: what the sessions of a relay share to edit the heads of live requests (LiveEdits, options.h).
// LiveEdit: one session's: what its client sends in, what its app is to get out.
//
// Nothing is held back but a request's head that has not come whole, up to kHeadMax.  Where a head cannot be
// followed, it and all that comes behind it passes as it is; that is counted, once a session.  Owned by a
// relay and a session; the worker's thread only.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "umbra/http/message_reader.h"
#include "umbra/metrics/counters.h"
#include "umbra/relay/options.h"

namespace umbra::relay {

// One line for each edit, for the start-up log.
std::vector<std::string> describe(const LiveEdits& edits);

class LiveEditor {
 public:
  // `head` is what heads are read into; it may be used by others between two calls.
  LiveEditor(const LiveEdits& edits, http::Head& head, metrics::SessionCounters& counters);

  const LiveEdits& edits() const noexcept { return edits_; }

 private:
  friend class LiveEdit;
  void append_random_id(std::string& out);

  const LiveEdits edits_;
  const std::string id_name_;  // lower case
  http::Head& head_;
  metrics::SessionCounters& counters_;
  std::string out_;
  std::array<unsigned char, 1024> random_{};
  size_t random_used_ = sizeof random_;
};

class LiveEdit {
 public:
  // `client`: its address without a port; empty: unknown, and X-Forwarded-For is left alone.  `secure`: it
  // speaks TLS.
  LiveEdit(LiveEditor& editor, std::string client, bool secure)
      : editor_(editor),
        client_(std::move(client)),
        secure_(secure),
        reader_(http::Side::request, kHeadMax) {}

  // What the app is to get now; holds until the next call to any session's LiveEdit.  `lost`: why the
  // observer cannot tell that these bytes are requests; none: they are.
  std::string_view take(std::string_view bytes, Opaque lost);
  // The rest of the connection passes as it is.  Gives back what was held.
  std::string release();
  size_t held_bytes() const noexcept { return held_.size(); }

 private:
  void take_event(const http::Event& event, std::string_view taken, std::string_view rest);
  void give_up(std::string_view rest, Opaque why);
  void append_edited(const http::Head& head);
  size_t room_for_edits() const noexcept;
  void count_unedited() noexcept;

  LiveEditor& editor_;
  std::string client_;
  bool secure_;
  http::MessageReader reader_;
  std::string held_;
  bool passing_ = false;
  bool switching_ = false;  // the last request may end HTTP on this connection
  bool counted_ = false;
};

}  // namespace umbra::relay
