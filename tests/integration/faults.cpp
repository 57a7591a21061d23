#include "integration/faults.h"

#include <algorithm>

#include "support/http_script.h"
#include "support/peer_queue.h"
#include "umbra/base/check.h"

namespace umbra::integration {
namespace {

using support::http_answer;
using support::Millis;
using Connection = support::OriginConnection;

constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";

// ---- what does not answer in time ----

void never_reads(Connection& c) { c.hold(); }

void never_answers(Connection& c) { c.wait_for_end(); }

void answers_late(Connection& c) {
  for (std::string request = c.read_request(); !request.empty(); request = c.read_request()) {
    c.hold(Millis(120));
    if (!c.send(http_answer(request))) return;
  }
}

void answers_byte_by_byte(Connection& c) {
  for (std::string request = c.read_request(); !request.empty(); request = c.read_request()) {
    if (!c.send_slowly(http_answer(request), 1, Millis(25))) return;
  }
}

void reads_byte_by_byte(Connection& c) {
  while (!c.read_exactly(1).empty()) c.hold(Millis(5));
}

// ---- what breaks the connection ----

void resets_at_connect(Connection& c) { c.reset(); }

void resets_mid_request(Connection& c) {
  c.read_exactly(10);
  c.reset();
}

void resets_mid_answer(Connection& c) {
  const std::string answer = http_answer(c.read_request());
  c.send(answer.substr(0, answer.size() / 2));
  support::wait_until_peer_has_read(c.fd(), Millis(200));
  c.reset();
}

void closes_early(Connection& c) { c.read_request(); }

void closes_mid_head(Connection& c) {
  c.read_request();
  c.send("HTTP/1.1 200 OK\r\nContent-Le");
}

void closes_within_the_request(Connection& c) {
  c.read_exactly(10);
  c.half_close();
  c.wait_for_end();
}

void answers_without_reading(Connection& c) {
  c.read_exactly(10);
  c.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

// ---- what is no sound answer ----

void garbage(Connection& c) {
  using namespace std::string_view_literals;
  c.read_request();
  c.send("\x00\x16\xff\r\n\r\nSMTP? 220 ready\r\n\r\n"sv);
  c.wait_for_end();
}

void endless_header(Connection& c) {
  c.read_request();
  std::string fields;
  while (fields.size() < 16 * 1024) fields += "X-Endless: again and again\r\n";
  bool sent = c.send("HTTP/1.1 200 OK\r\n");
  while (sent) sent = c.send(fields);
}

void endless_header_slowly(Connection& c) {
  c.read_request();
  c.send_slowly("HTTP/1.1 200 OK\r\nX-Endless: " + std::string(4096, 'x'), 1, Millis(10));
}

void endless_body(Connection& c) {
  c.read_request();
  bool sent = c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
  while (sent) sent = c.send(chunk);
}

void endless_interim(Connection& c) {
  c.read_request();
  std::string many;
  while (many.size() < 16 * 1024) many += kInterim;
  while (c.send(many)) {
  }
}

void only_interim(Connection& c) {
  c.read_request();
  c.send(kInterim);
  c.wait_for_end();
}

void too_short_body(Connection& c) {
  c.read_request();
  c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
}

void too_short_body_and_waits(Connection& c) {
  c.read_request();
  c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
  c.wait_for_end();
}

void too_long_body(Connection& c) {
  c.read_request();
  c.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nmuch longer than five\r\n");
  c.wait_for_end();
}

void answers_twice(Connection& c) {
  const std::string answer = http_answer(c.read_request());
  c.send(answer + answer);
  c.wait_for_end();
}

void speaks_first(Connection& c) {
  c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  c.wait_for_end();
}

// ---- what is sound, but no plain keep-alive ----

void interim_first(Connection& c) {
  for (std::string request = c.read_request(); !request.empty(); request = c.read_request()) {
    if (!c.send(kInterim) || !c.send(http_answer(request))) return;
  }
}

void closes_announced(Connection& c) {
  c.read_request();
  c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

void closes_unannounced(Connection& c) { c.send(http_answer(c.read_request())); }

void ends_with_connection(Connection& c) {
  c.read_request();
  c.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
}

// As gunicorn's threads: of what came in one read only the first request is answered, and the connection
// stays open.
void cannot_pipeline(Connection& c) {
  for (std::string request = c.read_request(); !request.empty(); request = c.read_request()) {
    if (!c.send(http_answer(request))) return;
    c.forget_unread();
  }
}

}  // namespace

const std::vector<Fault>& faults() {
  using Where = Fault::Where;
  static const std::vector<Fault> all{
      {"refuses",
       "nobody listens there",
       support::serve_http,
       {"failed/connect", "dropped/breaker_open"},
       Where::refused},
      {"unresolved",
       "the name leads nowhere",
       support::serve_http,
       {"failed/resolve", "dropped/breaker_open"},
       Where::unresolved},
      {"never_reads",
       "a full window must not hold the app's bytes",
       never_reads,
       {"failed/timeout"},
       Where::connected,
       4096},
      {"never_answers", "reads all, says nothing", never_answers, {"failed/timeout"}},
      {"answers_late", "nobody may wait for it", answers_late, {"completed"}},
      {"answers_byte_by_byte",
       "an answer longer than its time-out",
       answers_byte_by_byte,
       {"failed/timeout"}},
      {"reads_byte_by_byte",
       "a window that opens by a byte",
       reads_byte_by_byte,
       {"failed/timeout"},
       Where::connected,
       4096},
      {"resets_at_connect",
       "a listener whose server dies",
       resets_at_connect,
       {"failed/reset", "failed/closed_unanswered", "failed/connect", "dropped/breaker_open"}},
      {"resets_mid_request",
       "a body limit enforced with a reset",
       resets_mid_request,
       {"failed/reset", "failed/closed_unanswered"}},
      {"resets_mid_answer",
       "a crash while it writes",
       resets_mid_answer,
       {"failed/reset", "failed/closed_early"}},
      {"closes_early", "FIN instead of an answer", closes_early, {"failed/closed_unanswered"}},
      {"closes_mid_head", "FIN within the head", closes_mid_head, {"failed/closed_early"}},
      {"closes_within_the_request",
       "FIN before it has the request, and reads on",
       closes_within_the_request,
       {"failed/closed_unanswered"}},
      {"answers_without_reading",
       "413 and gone while the body comes",
       answers_without_reading,
       {"completed", "failed/reset"}},
      {"garbage", "not HTTP at all", garbage, {"failed/protocol"}},
      {"endless_header", "as fast as it can", endless_header, {"failed/protocol"}},
      {"endless_header_slowly", "one byte at a time", endless_header_slowly, {"failed/timeout"}},
      {"endless_body", "as fast as it can", endless_body, {"failed/timeout"}},
      {"endless_interim", "100 Continue for ever, as fast as it can", endless_interim, {"failed/timeout"}},
      {"only_interim", "100 Continue and nothing more", only_interim, {"failed/timeout"}},
      {"too_short_body", "less than Content-Length, then FIN", too_short_body, {"failed/closed_early"}},
      {"too_short_body_and_waits",
       "less than Content-Length, then nothing",
       too_short_body_and_waits,
       {"failed/timeout"}},
      {"too_long_body", "more than Content-Length", too_long_body, {"completed"}},
      {"answers_twice", "an answer to nothing", answers_twice, {"completed"}},
      {"speaks_first",
       "an answer before the question",
       speaks_first,
       {"completed", "failed/protocol", "failed/timeout"}},
      {"interim_first", "100 Continue, then an answer", interim_first, {"completed"}},
      {"closes_announced", "Connection: close with every answer", closes_announced, {"completed"}},
      {"closes_unannounced",
       "FIN after every answer",
       closes_unannounced,
       {"completed", "failed/closed_unanswered", "failed/reset"}},
      {"ends_with_connection", "an answer without a length", ends_with_connection, {"completed"}},
      {"cannot_pipeline", "answers the first of several", cannot_pipeline, {"completed"}},
  };
  return all;
}

const Fault& fault_named(std::string_view name) {
  const auto& all = faults();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Fault& f) { return name == f.name; });
  UMBRA_CHECK(found != all.end());
  return *found;
}

}  // namespace umbra::integration
