#include "umbra/mirror/mirror.h"

#include <algorithm>
#include <utility>

#include "umbra/mirror/body_meter.h"
#include "umbra/mirror/masked_copy.h"
#include "umbra/rules/sample.h"

namespace umbra::mirror {
namespace {

static_assert(kShadowsMax <= 64, "a bit of relay::Taken::copied_to for each");

// RFC 9110, section 9.2.1.
bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

// Whether a person's percentage takes the place of one in the rules; else it is the draw's.
bool has_own_sample(const rules::Options& rules) {
  return std::any_of(rules.steps.begin(), rules.steps.end(), [](const rules::Step& step) {
    const auto* sample = std::get_if<rules::Sample>(&step);
    return sample != nullptr && sample->hash == rules::Sample::Hash::umbra;
  });
}

}  // namespace

struct Mirror::Leg {
  ShadowOptions options;
  std::shared_ptr<Shadow> shadow;
  ShadowRules rules;
  bool has_own_sample = false;
  Steering steering;
  unsigned bit = 0;

  // What a worker remembers of its rules (ramps, buckets) goes on while what they are compiled of is the
  // same.
  void take_rules(const ShadowOptions& next, unsigned workers) {
    if (options.rules == next.rules && options.authorization == next.authorization) return;
    rules = rules_of(next, workers, monotonic_now());
  }
};

// What all shadows are asked about.
struct Mirror::Seen {
  const relay::RequestSeen& request;
  rules::Exchange exchange;
  bool head_method;
  bool safe;
};

// The shadows that are taking a body which is still coming in.  A shadow may go in the meantime.
class Mirror::BodyCopies final : public relay::BodyTap {
 public:
  struct Streamed {
    std::weak_ptr<Shadow> shadow;
    std::shared_ptr<client::StreamedBody> body;
    BodyMeter meter;
  };
  void add(Streamed copy) { streamed_.push_back(std::move(copy)); }
  void add(std::unique_ptr<MaskedCopy> copy) { masked_.push_back(std::move(copy)); }

  void on_body(std::string_view part, Passing& passing, bool last) noexcept override {
    for (Streamed& copy : streamed_) {
      const auto shadow = copy.shadow.lock();
      if (!shadow) continue;
      if (!copy.meter.fits(part)) {
        shadow->outgrow_body(copy.body);
      } else {
        shadow->take_body(copy.body, part, passing, last);
      }
    }
    for (const auto& copy : masked_) copy->take(part, last, monotonic_now());
  }
  void on_aborted(relay::Abort why) noexcept override {
    for (Streamed& copy : streamed_) {
      if (const auto shadow = copy.shadow.lock()) shadow->abort_body(copy.body, why);
    }
    for (const auto& copy : masked_) copy->drop(drop_of(why));
  }

 private:
  static Drop drop_of(relay::Abort why) noexcept {
    switch (why) {
      case relay::Abort::client_aborted:
        return Drop::client_aborted;
      case relay::Abort::opaque:
        return Drop::opaque;
      case relay::Abort::draining:
        break;
    }
    return Drop::draining;
  }

  std::vector<Streamed> streamed_;
  std::vector<std::unique_ptr<MaskedCopy>> masked_;
};

Mirror::Mirror(net::Loop& loop, const Options& options, unsigned workers, Log& log)
    : loop_(loop),
      log_(log),
      workers_(workers),
      raw_(loop, *this, workers, total_, log),
      turn_end_(loop, [this] { end_turn(); }) {
  set_off(options.off);
  reconfigure(options);
}

Mirror::~Mirror() = default;

// ---- configuration ----

unsigned Mirror::take_bit(const std::string& name) {
  while (bits_.test(last_bit_ = (last_bit_ + 1) % kShadowsMax)) {
  }
  bits_.set(last_bit_);
  if (names_of_bits_.size() <= last_bit_) names_of_bits_.resize(last_bit_ + 1);
  names_of_bits_[last_bit_] = name;
  return static_cast<unsigned>(last_bit_);
}

std::unique_ptr<Mirror::Leg> Mirror::make_leg(const ShadowOptions& options, const Options& all) {
  auto leg = std::make_unique<Leg>();
  leg->shadow = std::make_shared<Shadow>(loop_, *this, options, all, workers_, total_, log_);
  leg->rules = rules_of(options, workers_, monotonic_now());
  leg->steering.paused = options.paused;
  leg->bit = take_bit(options.name);
  return leg;
}

// First those that go: the new ones need their bits.
void Mirror::let_go_of_all_but(const std::vector<ShadowOptions>& shadows) {
  const auto goes = [&](const auto& leg) {
    return std::none_of(shadows.begin(), shadows.end(),
                        [&](const ShadowOptions& shadow) { return same_place(leg->options, shadow); });
  };
  for (auto& leg : legs_) {
    if (!goes(leg)) continue;
    leg->shadow->drain();
    bits_.reset(leg->bit);
    leaving_.push_back(std::move(leg));
  }
  std::erase(legs_, nullptr);
}

void Mirror::reconfigure(const Options& options) {
  total_.limit = options.memory / workers_;
  raw_.reconfigure(options);
  let_go_of_all_but(options.shadows);
  is_raw_.clear();
  wants_client_ = false;
  auto before = std::exchange(legs_, {});
  for (const ShadowOptions& shadow : options.shadows) {
    is_raw_.push_back(shadow.raw);
    if (shadow.raw) continue;
    const auto stays = std::find_if(before.begin(), before.end(),
                                    [&](const auto& leg) { return leg && same_place(leg->options, shadow); });
    if (stays == before.end()) {
      legs_.push_back(make_leg(shadow, options));
    } else {
      legs_.push_back(std::move(*stays));
      legs_.back()->shadow->reconfigure(shadow, options, workers_);
      legs_.back()->take_rules(shadow, workers_);
    }
    legs_.back()->options = shadow;
    legs_.back()->has_own_sample = has_own_sample(shadow.rules);
    wants_client_ = wants_client_ || (shadow.program && shadow.program->looks_at_client());
  }
  bury_left();
}

void Mirror::steer(std::string_view shadow, const Steering& steering) {
  raw_.pause(shadow, steering.paused);
  for (const auto& leg : legs_) {
    if (leg->options.name != shadow) continue;
    leg->steering = steering;
    if (!steering.paused) leg->shadow->watchdog().resume();
  }
}

// ---- copies ----

relay::Taken Mirror::on_request(const relay::RequestSeen& request) noexcept {
  relay::Taken taken;
  const Drop why = draining_ ? Drop::draining
                   : off_    ? Drop::paused
                             : preparation_.begin(request.head, request.kind);
  if (why != Drop::count) {
    for (const auto& leg : legs_) {
      leg->shadow->see();
      leg->shadow->drop(why);
    }
    return taken;
  }
  const std::string_view method = request.head.method();
  const Seen seen{request, {request.client, random_.next(), request.now}, method == "HEAD", is_safe(method)};
  std::unique_ptr<BodyCopies> bodies;
  for (const auto& leg : legs_) {
    leg->shadow->see();
    if (copy_to(*leg, seen, bodies)) taken.copied_to |= uint64_t{1} << leg->bit;
  }
  taken.body = std::move(bodies);
  return taken;
}

bool Mirror::copy_to(Leg& leg, const Seen& seen, std::unique_ptr<BodyCopies>& bodies) {
  const relay::RequestSeen& request = seen.request;
  Shadow& shadow = *leg.shadow;
  const auto dropped = [&](Drop why) {
    shadow.drop(why);
    return false;
  };
  if (leg.steering.paused) return dropped(Drop::paused);
  if (shadow.watchdog().stopped(request.now)) return dropped(Drop::stopped);
  const auto& percent = leg.steering.percent;
  if (percent && !leg.has_own_sample && !rules::within(seen.exchange.draw, *percent)) {
    shadow.sample_out();
    return false;
  }
  const auto prepared = preparation_.prepare(leg.rules, seen.exchange, percent ? &*percent : nullptr);
  switch (prepared.fate) {
    case Preparation::Fate::filtered:
      shadow.filter();
      return false;
    case Preparation::Fate::sampled_out:
      shadow.sample_out();
      return false;
    case Preparation::Fate::dropped:
      return dropped(prepared.drop);
    case Preparation::Fate::copy:
      break;
  }
  BodyMeter meter(request.head, leg.options.rules.body.max);
  if (meter.exceeded(request.head, request.body)) return dropped(Drop::body_too_large);
  const bool has_body = !(request.complete && request.body.empty());
  if (has_body && leg.options.body_mask &&
      MaskedMessage::needed(*leg.options.body_mask, preparation_.draft())) {
    return copy_masked(leg, seen, bodies);
  }
  auto offered = shadow.offer(*prepared.head, request, seen.head_method, seen.safe);
  if (offered.body && !request.complete) {
    if (!bodies) bodies = std::make_unique<BodyCopies>();
    bodies->add({leg.shadow, std::move(offered.body), meter});
  }
  return offered.taken;
}

bool Mirror::copy_masked(Leg& leg, const Seen& seen, std::unique_ptr<BodyCopies>& bodies) {
  const relay::RequestSeen& request = seen.request;
  MaskedMessage message(leg.options.body_mask, masked_body_max(leg.options), preparation_.unframed(leg.rules),
                        leg.shadow->host_line(), preparation_.draft(), request.head);
  auto copy = std::make_unique<MaskedCopy>(leg.shadow, std::move(message), seen.head_method, seen.safe);
  copy->take(request.body, request.complete, request.now);
  if (request.complete || copy->over()) return copy->offered();
  if (!bodies) bodies = std::make_unique<BodyCopies>();
  bodies->add(std::move(copy));
  return true;
}

// ---- turns and the end ----

void Mirror::end_turn() {
  for (const auto& leg : legs_) leg->shadow->end_turn();
  for (const auto& leg : leaving_) leg->shadow->end_turn();
  raw_.end_turn();
  bury_left();
}

// Not from a shadow's own call: it would return into the dead.
void Mirror::bury_left() {
  std::erase_if(leaving_, [this](const auto& leg) {
    if (!leg->shadow->quiet()) return false;
    metrics::ShadowCounters last = leg->shadow->counters();
    last.clear_levels();
    gone_.add(last);
    log_.info("shadow has gone", {{"shadow", leg->options.name},
                                  {"seen", last.seen},
                                  {"filtered", last.filtered},
                                  {"sampled_out", last.sampled_out},
                                  {"dropped", last.dropped.sum()},
                                  {"completed", last.completed},
                                  {"failed", last.failed.sum()}});
    return true;
  });
}

void Mirror::drain() {
  draining_ = true;
  for (const auto& leg : legs_) leg->shadow->drain();
  raw_.drain();
}

void Mirror::cut() {
  for (const auto& leg : legs_) leg->shadow->cut();
  for (const auto& leg : leaving_) leg->shadow->cut();
  raw_.cut();
}

bool Mirror::quiet() const noexcept {
  const auto is_quiet = [](const auto& leg) { return leg->shadow->quiet(); };
  return raw_.quiet() && std::all_of(legs_.begin(), legs_.end(), is_quiet) &&
         std::all_of(leaving_.begin(), leaving_.end(), is_quiet);
}

void Mirror::when_quiet(std::function<void()> on_quiet) {
  on_quiet_ = std::move(on_quiet);
  on_shadow_quiet();
}

void Mirror::on_shadow_quiet() {
  if (!leaving_.empty() || raw_.anyone_leaving()) turn_end_.arm();
  if (on_quiet_ && quiet()) std::exchange(on_quiet_, nullptr)();
}

metrics::ShadowCounters Mirror::removed() const {
  metrics::ShadowCounters all = gone_;
  all.add(raw_.removed());
  for (const auto& leg : leaving_) all.add(leg->shadow->counters());
  return all;
}

std::vector<metrics::ShadowCounters> Mirror::counters() const {
  std::vector<metrics::ShadowCounters> all;
  const std::vector<metrics::ShadowCounters> raw = raw_.counters();
  auto next_raw = raw.begin();
  auto next = legs_.begin();
  for (const bool is_raw : is_raw_) all.push_back(is_raw ? *next_raw++ : (*next++)->shadow->counters());
  return all;
}

}  // namespace umbra::mirror
