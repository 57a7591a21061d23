#include "umbra/mirror/mirror.h"

#include <algorithm>
#include <utility>

#include "umbra/mirror/body_meter.h"
#include "umbra/mirror/masked_copy.h"
#include "umbra/rules/sample.h"

namespace umbra::mirror {
namespace {

constexpr unsigned kBits = 64;  // of relay::Taken::copied_to

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

unsigned Mirror::free_bit(const std::string& name) {
  for (unsigned tries = 0; tries < kBits; ++tries) {
    const unsigned bit = last_bit_++ % kBits;
    const auto has_bit = [bit](const auto& leg) { return leg->bit == bit; };
    if (std::any_of(legs_.begin(), legs_.end(), has_bit)) continue;
    if (names_of_bits_.size() <= bit) names_of_bits_.resize(bit + 1);
    names_of_bits_[bit] = name;
    return bit;
  }
  return kBits - 1;  // not reached: there are at most kShadowsMax shadows
}

std::unique_ptr<Mirror::Leg> Mirror::make_leg(const ShadowOptions& options, const Options& all) {
  auto leg = std::make_unique<Leg>();
  leg->shadow = std::make_shared<Shadow>(loop_, *this, options, all, workers_, total_, log_);
  leg->steering.paused = options.paused;
  leg->bit = free_bit(options.name);
  return leg;
}

std::unique_ptr<Mirror::Leg> Mirror::take_leg(const ShadowOptions& options) {
  const auto found = std::find_if(legs_.begin(), legs_.end(),
                                  [&](const auto& leg) { return leg && same_place(leg->options, options); });
  return found == legs_.end() ? nullptr : std::move(*found);
}

void Mirror::reconfigure(const Options& all) {
  total_.limit = all.memory / workers_;
  raw_.reconfigure(all);
  is_raw_.clear();
  for (const ShadowOptions& shadow : all.shadows) is_raw_.push_back(shadow.raw);
  Options options = all;
  std::erase_if(options.shadows, [](const ShadowOptions& shadow) { return shadow.raw; });
  std::vector<std::unique_ptr<Leg>> legs;
  std::vector<const ShadowOptions*> added;
  for (const ShadowOptions& shadow : options.shadows) {
    auto leg = take_leg(shadow);
    if (leg) {
      leg->shadow->reconfigure(shadow, options, workers_);
      // What a worker remembers of its rules (ramps, buckets) goes on while they are the same.
      if (!(leg->options.rules == shadow.rules)) leg->rules = rules_of(shadow, workers_, monotonic_now());
    }
    legs.push_back(std::move(leg));
  }
  for (auto& leg : legs_) {
    if (!leg) continue;
    leg->shadow->drain();
    leaving_.push_back(std::move(leg));
  }
  legs_.clear();
  for (auto& leg : legs) {
    if (leg) legs_.push_back(std::move(leg));
  }
  // The new ones last, so that they get bits that nobody has.
  for (size_t i = 0; i < options.shadows.size(); ++i) {
    const ShadowOptions& shadow = options.shadows[i];
    const bool stays = i < legs_.size() && same_place(legs_[i]->options, shadow);
    if (!stays) {
      auto leg = make_leg(shadow, options);
      leg->rules = rules_of(shadow, workers_, monotonic_now());
      legs_.insert(legs_.begin() + static_cast<std::ptrdiff_t>(i), std::move(leg));
    }
    legs_[i]->options = shadow;
    legs_[i]->has_own_sample = has_own_sample(shadow.rules);
  }
  wants_client_ = std::any_of(
      options.shadows.begin(), options.shadows.end(),
      [](const ShadowOptions& shadow) { return shadow.program && shadow.program->looks_at_client(); });
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
  const rules::Exchange exchange{request.client, random_.next(), request.now};
  std::unique_ptr<BodyCopies> bodies;
  for (const auto& leg : legs_) {
    leg->shadow->see();
    if (copy_to(*leg, request, exchange, bodies)) taken.copied_to |= uint64_t{1} << leg->bit;
  }
  taken.body = std::move(bodies);
  return taken;
}

bool Mirror::copy_to(Leg& leg, const relay::RequestSeen& request, const rules::Exchange& exchange,
                     std::unique_ptr<BodyCopies>& bodies) {
  Shadow& shadow = *leg.shadow;
  const auto dropped = [&](Drop why) {
    shadow.drop(why);
    return false;
  };
  if (leg.steering.paused) return dropped(Drop::paused);
  if (shadow.watchdog().stopped(request.now)) return dropped(Drop::stopped);
  const auto& percent = leg.steering.percent;
  if (percent && !leg.has_own_sample && !rules::within(exchange.draw, *percent)) {
    shadow.sample_out();
    return false;
  }
  const auto prepared = preparation_.prepare(leg.rules, exchange, percent ? &*percent : nullptr);
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
  if (leg.options.body_mask && !(request.complete && request.body.empty())) {
    return copy_masked(leg, request, bodies);
  }
  const std::string_view method = request.head.method();
  auto offered = shadow.offer(*prepared.head, request, method == "HEAD", is_safe(method));
  if (offered.body && !request.complete) {
    if (!bodies) bodies = std::make_unique<BodyCopies>();
    bodies->add({leg.shadow, std::move(offered.body), meter});
  }
  return offered.taken;
}

bool Mirror::copy_masked(Leg& leg, const relay::RequestSeen& request, std::unique_ptr<BodyCopies>& bodies) {
  const std::string_view method = request.head.method();
  MaskedMessage message(leg.options.body_mask, masked_body_max(leg.options), preparation_.unframed(leg.rules),
                        leg.shadow->host_line(), preparation_.draft(), request.head);
  auto copy = std::make_unique<MaskedCopy>(leg.shadow, std::move(message), method == "HEAD", is_safe(method));
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
