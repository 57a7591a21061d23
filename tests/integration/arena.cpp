#include "integration/arena.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "support/eventually.h"
#include "support/http_script.h"
#include "umbra/base/check.h"
#include "umbra/mirror/compile.h"

namespace umbra::integration {
namespace {

using support::Millis;
using support::Record;
using support::ScriptedOrigin;

constexpr size_t kRecordMax = 64 * 1024;  // of what a shadow gets; the app's records are whole

Transcript transcript(Heard heard, const ScriptedOrigin& app, size_t connection) {
  app.wait_for_connections(connection + 1);
  app.wait_until_over();
  return {std::move(heard), app.record(connection)};
}

Transcript talk_directly(const Kind& kind) {
  ScriptedOrigin app(support::serve_http);
  Heard heard = kind.talk(app.port(), app);
  return transcript(std::move(heard), app, 0);
}

Transcript& baseline(const Kind& kind) {
  static std::map<std::string, Transcript> known;
  return known[kind.name];
}

std::string difference(std::string_view whose, std::string_view with, std::string_view without) {
  if (with == without) return "";
  const auto at = std::mismatch(with.begin(),
                                with.begin() + static_cast<ptrdiff_t>(std::min(with.size(), without.size())),
                                without.begin());
  const auto offset = static_cast<size_t>(at.first - with.begin());
  return fmt::format("{} bytes differ at {}: {} instead of {}, '{}' instead of '{}'\n", whose, offset,
                     with.size(), without.size(), with.substr(offset, 40), without.substr(offset, 40));
}

std::string difference(std::string_view whose, support::Ending with, support::Ending without) {
  if (with == without) return "";
  return fmt::format("{} connection ended by {} instead of {}\n", whose, name_of(with), name_of(without));
}

net::Address target(const Fault& fault, const ScriptedOrigin& origin) {
  net::Address address = origin.address();
  if (fault.where == Fault::Where::unresolved) address.host = "shadow.invalid";
  return address;
}

// Everything that the arena's kinds send passes.
void add_rules(mirror::ShadowOptions& shadow) {
  rules::Choose choose;
  choose.allow.emplace_back().path = "^/(a|chunked|form|chunks|again-[0-9]+)$";
  rules::Sample sample;
  sample.by = rules::Sample::By::header;
  sample.name = "X-User";
  sample.missing = rules::Sample::Missing::keep;
  shadow.rules.steps = {choose, sample, rules::SetHeader{"X-Env", "shadow", false, false}};
  shadow.rules.body.mask.json = {"card"};
  UMBRA_CHECK(mirror::compile_rules(shadow));
}

}  // namespace

const Transcript& without_umbra(const Kind& kind) {
  Transcript& known = baseline(kind);
  if (known.app.bytes.empty()) known = talk_directly(kind);
  return known;
}

support::Clock::duration time_limit(const Kind& kind) {
  return 3 * without_umbra(kind).client.took + Millis(200);
}

std::string difference(const Transcript& with, const Transcript& without) {
  return difference("the client's", with.client.bytes, without.client.bytes) +
         difference("the client's", with.client.ending, without.client.ending) +
         difference("the app's", with.app.bytes, without.app.bytes) +
         difference("the app's", with.app.ending, without.app.ending);
}

Arena::Arena(const Fault& fault, unsigned pipeline, Copies copies)
    : where_(fault.where),
      copies_(copies),
      app_(support::serve_http),
      bad_(fault.script, {fault.receive_buffer, fault.where == Fault::Where::connected, kRecordMax}),
      good_(support::serve_http, {0, true, kRecordMax}),
      umbra_(options(fault, pipeline)),
      watcher_(umbra_) {}

config::ProxyOptions Arena::options(const Fault& fault, unsigned pipeline) const {
  auto made = support::proxy_options(app_.address(), {target(fault, bad_), good_.address()});
  made.mirror.memory = kMemory;
  made.mirror.timeout = kTimeout;
  made.mirror.pipeline = pipeline;
  if (copies_ == Copies::edited)
    std::for_each(made.mirror.shadows.begin(), made.mirror.shadows.end(), add_rules);
  return made;
}

Transcript Arena::talk(const Kind& kind) {
  for (;;) {
    const size_t connection = app_.connections();  // where the next one will stand
    Heard heard = kind.talk(umbra_.port(), app_);
    const bool final = heard.took < time_limit(kind) || !steady();
    if (++talks_ == kTalksMax || final) return transcript(std::move(heard), app_, connection);
    baseline(kind) = talk_directly(kind);
  }
}

bool Arena::settled() {
  return support::eventually([this] {
    const auto snapshot = umbra_.snapshot();
    return snapshot.counters_of(0).in_flight == 0 && snapshot.counters_of(1).in_flight == 0;
  });
}

void Arena::become(const Fault& fault) {
  bad_.replace(fault.script);
  support::eventually([this] { return bad_counters().connections_open == 0; });
}

void Arena::repair() {
  bad_.replace(support::serve_http);
  if (where_ == Fault::Where::refused) bad_.listen();
}

bool Arena::copy_arrives(const std::string& target, std::string& copy) {
  return bad_.wait_for(
      [&](const std::list<Record>& records) {
        for (const Record& record : records) {
          for (const std::string& request : record.requests) {
            if (support::target_of(request) == target) copy = request;
          }
        }
        return !copy.empty();
      },
      Millis(100));
}

std::string Arena::request_for(const std::string& target) const {
  const std::string head = fmt::format("POST {} HTTP/1.1\r\nHost: app.example\r\n", target);
  if (copies_ == Copies::unedited) return head + "Content-Length: 3\r\n\r\nabc";
  return head + "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"card\":\"42\"}";
}

std::string Arena::copy_for(const std::string& target) const {
  const std::string head = fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\n", target, bad_.address().text());
  if (copies_ == Copies::unedited) return head + "Content-Length: 3\r\nUmbra-Copy: s0\r\n\r\nabc";
  return head +
         "Content-Type: application/json\r\nX-Env: shadow\r\nContent-Length: 14\r\nUmbra-Copy: s0\r\n\r\n"
         "{\"card\":\"***\"}";
}

std::string Arena::next_copy() {
  std::string copy;
  std::string target;
  size_t tries = 0;
  const auto began = support::Clock::now();
  const bool came = support::eventually([&] {
    target = fmt::format("/again-{}", ++tries);
    support::TestClient client(umbra_.port());
    client.exchange(request_for(target));
    return copy_arrives(target, copy);
  });
  const bool soon = support::Clock::now() - began < kRecovery || !steady();
  if (!came || !soon)
    return fmt::format("of {} copies none arrived in time: {}", tries, outcomes(bad_counters()));
  return copy == copy_for(target) ? "" : fmt::format("the copy is not whole: {}", copy);
}

}  // namespace umbra::integration
