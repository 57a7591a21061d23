#include "umbra/mirror/mirror.h"

#include "umbra/base/text.h"

namespace umbra::mirror {
namespace {

using http::Name;
using relay::RequestKind;

// Clients offer `Upgrade: h2c` with ordinary requests (Java's does with its first); a copy without the
// offer is an ordinary request.  Any other protocol would begin with an answer that a copy does not have.
bool offers_only_h2c(const http::Head& head) {
  return !head.has_twice(Name::upgrade) && equals_ignoring_case(head.field(Name::upgrade).value, "h2c");
}

// Why no shadow gets this request; Drop::count: none.
Drop barred(const relay::RequestSeen& request) {
  if (request.head.has(Name::marker)) return Drop::loop;
  if (request.kind == RequestKind::connect) return Drop::connect;
  if (request.kind == RequestKind::upgrade && !offers_only_h2c(request.head)) return Drop::upgrade;
  return Drop::count;
}

// RFC 9110, section 9.2.1.
bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

}  // namespace

// The shadows that are taking a body which is still coming in.
class Mirror::BodyCopies final : public relay::BodyTap {
 public:
  struct One {
    Shadow* shadow;
    std::shared_ptr<client::StreamedBody> body;
  };
  explicit BodyCopies(std::vector<One> copies) : copies_(std::move(copies)) {}
  void on_body(std::string_view part, Passing& passing, bool last) noexcept override {
    for (One& one : copies_) one.shadow->take_body(one.body, part, passing, last);
  }
  void on_aborted(relay::Abort why) noexcept override {
    for (One& one : copies_) one.shadow->abort_body(one.body, why);
  }

 private:
  std::vector<One> copies_;
};

Mirror::Mirror(net::Loop& loop, const Options& options, unsigned workers, Log& log)
    : total_{options.memory / workers}, turn_end_(loop, [this] {
        for (const auto& shadow : shadows_) shadow->end_turn();
      }) {
  for (const ShadowOptions& shadow : options.shadows) {
    shadows_.push_back(std::make_unique<Shadow>(loop, *this, shadow, options, workers, total_, log));
  }
}

Mirror::~Mirror() = default;

relay::Taken Mirror::on_request(const relay::RequestSeen& request) noexcept {
  relay::Taken taken;
  Drop why = draining_ ? Drop::draining : barred(request);
  if (why == Drop::count && !copy_head_.plan(request.head)) why = Drop::hop_options;
  if (why != Drop::count) {
    for (const auto& shadow : shadows_) {
      shadow->see();
      shadow->drop(why);
    }
    return taken;
  }
  const std::string_view method = request.head.method();
  const bool safe = is_safe(method);
  std::vector<BodyCopies::One> streamed;
  for (size_t i = 0; i < shadows_.size(); ++i) {
    Shadow& shadow = *shadows_[i];
    shadow.see();
    auto offered = shadow.offer(copy_head_, request, method == "HEAD", safe);
    if (offered.taken) taken.copied_to |= uint64_t{1} << i;
    if (offered.body && !request.complete) streamed.push_back({&shadow, std::move(offered.body)});
  }
  if (!streamed.empty()) taken.body = std::make_unique<BodyCopies>(std::move(streamed));
  return taken;
}

void Mirror::drain() {
  draining_ = true;
  for (const auto& shadow : shadows_) shadow->drain();
}

void Mirror::cut() {
  for (const auto& shadow : shadows_) shadow->cut();
}

bool Mirror::quiet() const noexcept {
  for (const auto& shadow : shadows_) {
    if (!shadow->quiet()) return false;
  }
  return true;
}

void Mirror::when_quiet(std::function<void()> on_quiet) {
  on_quiet_ = std::move(on_quiet);
  on_shadow_quiet();
}

void Mirror::on_shadow_quiet() {
  if (on_quiet_ && quiet()) std::exchange(on_quiet_, nullptr)();
}

std::vector<metrics::ShadowCounters> Mirror::counters() const {
  std::vector<metrics::ShadowCounters> all;
  for (const auto& shadow : shadows_) all.push_back(shadow->counters());
  return all;
}

}  // namespace umbra::mirror
