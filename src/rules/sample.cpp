#include "umbra/rules/sample.h"

#include <fmt/format.h>

#include <limits>

#include "umbra/base/text.h"
#include "umbra/rules/cookie.h"
#include "umbra/rules/field.h"
#include "umbra/rules/key_hash.h"
#include "umbra/rules/query.h"

namespace umbra::rules {
namespace {

// Null is "there is none": what is there and empty points somewhere.
std::string_view present(std::string_view value) noexcept {
  return value.data() != nullptr ? value : std::string_view("", 0);
}

std::string_view cookie(const Draft& draft, std::string_view wanted) noexcept {
  std::string_view found;
  draft.each_field([&](std::string_view name, std::string_view value) {
    if (!same_ignoring_case(name, "cookie")) return true;
    each_cookie(value, [&](const Cookie& one) {
      if (one.name == wanted) found = present(one.value);
      return found.data() == nullptr;
    });
    return found.data() == nullptr;
  });
  return found;
}

// One client has one key, whether it came over IPv4 or mapped into IPv6.
std::string_view client(std::string_view address) noexcept {
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = address.starts_with(kMapped) && address.find('.') != address.npos;
  return mapped ? address.substr(kMapped.size()) : address;
}

}  // namespace

bool within(uint64_t place, BasisPoints share) noexcept {
  constexpr uint64_t kOne = std::numeric_limits<uint64_t>::max() / kAll;
  return share >= kAll || place / kOne < share;
}

Result<SampleStep> SampleStep::compile(const Sample& sample) {
  const auto fault = [](std::string detail) { return Error{Errc::bad_config, std::move(detail)}; };
  if (sample.percent > kAll || sample.ramp_from > kAll) return fault("sample: 100 % is the most");
  switch (sample.by) {
    case Sample::By::draw:
    case Sample::By::client:
      break;
    case Sample::By::header:
      if (!is_field_name(sample.name)) {
        return fault(fmt::format("sample by header '{}': the name of a header is expected", sample.name));
      }
      break;
    case Sample::By::cookie:
    case Sample::By::query:
      if (sample.name.empty()) return fault("sample by cookie or query parameter: its name is expected");
      break;
  }
  return SampleStep(sample);
}

std::string_view SampleStep::parameter(const Draft& draft) const noexcept {
  std::string_view found;
  if (sample_.hash != Sample::Hash::umbra) {
    const auto value = gor_parameter(draft.target(), sample_.name);
    return value ? present(*value) : found;
  }
  each_parameter(draft.query(), [&](const Parameter& one) {
    if (one.is_named(sample_.name)) found = present(one.value);
    return found.data() == nullptr;
  });
  return found;
}

std::string_view SampleStep::key(const Draft& draft, const Exchange& exchange) const noexcept {
  std::string_view key;
  switch (sample_.by) {
    case Sample::By::draw:
      break;
    case Sample::By::header:
      key = draft.header(sample_.name);
      break;
    case Sample::By::cookie:
      key = cookie(draft, sample_.name);
      break;
    case Sample::By::query:
      key = parameter(draft);
      break;
    case Sample::By::client:
      return exchange.client.empty() ? std::string_view() : client(exchange.client);
  }
  return key.empty() && sample_.empty_is_missing ? std::string_view() : key;
}

// A straight line from ramp_from to percent.
BasisPoints SampleStep::share_at(Nanos age) const noexcept {
  if (age >= sample_.ramp) return sample_.percent;
  const double from = sample_.ramp_from;
  const double part = static_cast<double>(age) / static_cast<double>(sample_.ramp);
  return static_cast<BasisPoints>(from + (static_cast<double>(sample_.percent) - from) * part);
}

bool SampleStep::keeps_key(std::string_view key, BasisPoints share) const noexcept {
  switch (sample_.hash) {
    case Sample::Hash::umbra:
      break;
    case Sample::Hash::gor_percent:
      // A whole percentage is gor's to the bit; its hundredths are drawn from the rest of the hash.
      return gor_hash(key) % 100 * 100 + gor_hash(key) / 100 % 100 < share;
    case Sample::Hash::gor_share:
      return gor_hash(key) <= sample_.share_limit;
  }
  return within(key_hash(key), share);
}

bool SampleStep::keeps(const Draft& draft, const Exchange& exchange, Nanos began,
                       const BasisPoints* percent) const noexcept {
  const bool own = sample_.hash == Sample::Hash::umbra;
  const Nanos age = exchange.now > began ? exchange.now - began : 0;
  const BasisPoints share = percent != nullptr && own ? *percent : share_at(age);
  if (sample_.by == Sample::By::draw) return within(exchange.draw, share);
  const std::string_view found = key(draft, exchange);
  if (found.data() != nullptr) return keeps_key(found, share);
  switch (sample_.missing) {
    case Sample::Missing::keep:
      return true;
    case Sample::Missing::drop:
      return false;
    case Sample::Missing::random:
      break;
  }
  return within(exchange.draw, share);
}

}  // namespace umbra::rules
